import { UNKNOWN } from "../../resources/lifecycle";
import { FakeTrino } from "../support/fakes/trino-engine";
import { ProviderProcess, type StackResource } from "../support/provider-process";
import { catalogMatrix } from "./trino-catalog-matrix";
import { materializedViewMatrix } from "./trino-materialized-view-matrix";
import { schemaMatrix } from "./trino-schema-matrix";
import { resourceOf, type TrinoUnderTest } from "./trino-subject";
import { viewMatrix } from "./trino-view-matrix";

const PASSWORD = "fake-trino-password";

describe("Trino's resources on a server that answers like Trino 476", () => {
    let process: ProviderProcess;
    let trino: FakeTrino;
    let subject: TrinoUnderTest;

    beforeAll(async () => {
        process = await ProviderProcess.start();
        trino = await new FakeTrino().up();
        trino.credentials = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString("base64")}`;
        trino.environment.push("CATALOG_SIZE");
        subject = {
            access: { url: trino.url, user: "ann", password: PASSWORD },
            process,
            prefix: "matrix",
            secret: "CATALOG_SIZE",
            folder: "/data/trino",
        };
    });
    afterAll(async () => {
        await process.stop();
        await trino.down();
    });

    describe("a catalog", () => catalogMatrix(() => subject));
    describe("a schema", () => schemaMatrix(() => subject));
    describe("a view", () => viewMatrix(() => subject));
    describe("a materialized view", () => materializedViewMatrix(() => subject));

    describe("when something goes wrong", () => {
        const kinds = ["catalog", "schema", "view"] as const;
        const inputs = (kind: (typeof kinds)[number], changed: object = {}): Record<string, unknown> => ({
            server: subject.access,
            catalog: kind === "catalog" ? "mine" : "held",
            ...(kind === "catalog" && { connector: "memory", properties: { "memory.splits-per-node": 2 } }),
            ...(kind !== "catalog" && { schema: kind === "view" ? "default" : "mine" }),
            ...(kind === "view" && { view: "mine", sql: "SELECT 1 one" }),
            ...changed,
        });
        let resources: Record<(typeof kinds)[number], StackResource>;
        beforeEach(async () => {
            resources = {
                catalog: resourceOf(subject, "catalog"),
                schema: resourceOf(subject, "schema"),
                view: resourceOf(subject, "view"),
            };
            for (const name of ["mine", "held"]) trino.catalogs.delete(name);
            const held = resourceOf(subject, "catalog");
            await held.up(inputs("catalog", { catalog: "held" }));
        });

        it.each(kinds)(
            "keeps the password of a %s under its own input only, where the engine encrypts it",
            async (kind) => {
                await resources[kind].up(inputs(kind));
                const { id, outputs } = resources[kind].state ?? {};
                const { server, ...rest } = outputs ?? {};
                expect(server).toEqual(subject.access);
                expect(JSON.stringify([id, rest])).not.toContain(PASSWORD);
            },
        );

        /** All at once: each waits some seconds for the server to come back. */
        const each = (work: (kind: (typeof kinds)[number]) => Promise<unknown>) => Promise.all(kinds.map(work));

        it("does not fail a preview for a server that does not exist yet, and touches nothing when it does not come", async () => {
            await trino.down();
            await each(async (kind) => {
                expect((await resources[kind].preview(inputs(kind))).failures).toEqual([]);
                await expect(resources[kind].up(inputs(kind))).rejects.toThrow(
                    /got no answer: ECONNREFUSED\n {2}Nothing was changed/,
                );
                expect(resources[kind].state).toBeUndefined();
            });
            await trino.up();
        }, 60_000);

        it("does not take a server that is down, or starting, for an object that is gone", async () => {
            await each((kind) => resources[kind].up(inputs(kind)));
            await trino.down();
            await each((kind) => expect(resources[kind].refresh()).rejects.toThrow(/got no answer/));
            await trino.up();
            trino.fail({ times: 100, answer: { status: 503, body: "Starting" } });
            await each((kind) => expect(resources[kind].refresh()).rejects.toThrow(/answered 503: Starting/));
            for (const kind of kinds) expect(resources[kind].state).toBeDefined();
            trino.calm();
        }, 60_000);

        it.each(kinds)("checks a %s offline while values are not known yet", async (kind) => {
            trino.requests.length = 0;
            const all = Object.fromEntries(Object.keys(inputs(kind)).map((key) => [key, UNKNOWN]));
            expect((await resources[kind].preview(all)).failures).toEqual([]);
            const server = { ...subject.access, url: UNKNOWN, password: UNKNOWN };
            expect((await resources[kind].preview(inputs(kind, { server }))).failures).toEqual([]);
            expect(trino.requests).toEqual([]);
        });

        it("plans an update in place while a changed value is not known yet", async () => {
            const changed = {
                catalog: { properties: { "memory.splits-per-node": UNKNOWN } },
                schema: { forceDestroy: UNKNOWN },
                view: { sql: UNKNOWN },
            };
            for (const kind of kinds) {
                await resources[kind].up(inputs(kind));
                const plan = await resources[kind].preview(inputs(kind, changed[kind]));
                expect(plan).toMatchObject({ failures: [], step: "update" });
            }
        });

        it.each(kinds)("carries the creation of a %s out once, whatever answers are lost", async (kind) => {
            const before = trino.writes().length;
            for (let lost = 0; lost < 4; lost++)
                trino.fail({ method: lost % 2 === 0 ? "GET" : "POST", loseReply: true });
            expect(await resources[kind].up(inputs(kind))).toBe("create");
            expect(trino.writes().slice(before)).toHaveLength(1);
        });

        it("finds what a coordinator that went away in the middle has done", async () => {
            // Restarted, it knows its catalogs and no statement.
            trino.forgetAfter = /^CREATE CATALOG/;
            expect(await resources.catalog.up(inputs("catalog"))).toBe("create");
            expect(trino.catalogs.get("mine")?.connector).toBe("memory");
        });

        it("writes nothing when only its own code is newer", async () => {
            for (const kind of kinds) {
                await resources[kind].up(inputs(kind));
                const before = trino.writes().length;
                resources[kind].provider += "\n";
                expect(await resources[kind].up(inputs(kind))).toBe("update");
                expect(trino.writes()).toHaveLength(before);
            }
        });

        it("asks nothing about what stays as it is", async () => {
            for (const kind of kinds) {
                await resources[kind].up(inputs(kind));
                trino.requests.length = 0;
                expect((await resources[kind].preview(inputs(kind))).step).toBe("same");
                expect(trino.requests).toEqual([]);
            }
        });

        it.each([false, true])(
            "makes a catalog anew whose stored definition does not load (state shown: %s)",
            async (shown) => {
                trino.showsState = shown;
                await resources.catalog.up(inputs("catalog"));
                expect(await resources.catalog.refresh()).toBe(false);
                const held = trino.catalogs.get("mine");
                if (held !== undefined) held.broken = true;
                expect(await resources.catalog.refresh()).toBe(true);
                expect(resources.catalog.state?.outputs).toMatchObject({ usable: false });
                expect(await resources.catalog.up(inputs("catalog"))).toBe("update");
                expect(trino.catalogs.get("mine")?.broken).toBeUndefined();
                expect(await resources.catalog.refresh()).toBe(false);
                trino.showsState = false;
            },
        );

        it.each(["schema", "view"] as const)(
            "does not take a %s for gone while its catalog does not load",
            async (kind) => {
                await resources[kind].up(inputs(kind));
                const held = trino.catalogs.get("held");
                if (held !== undefined) held.broken = true;
                await expect(resources[kind].refresh()).rejects.toThrow(/CATALOG_UNAVAILABLE/);
            },
        );

        it("puts the very properties back that a catalog had", async () => {
            await resources.catalog.up(inputs("catalog"));
            const wrong = inputs("catalog", { properties: { "memory.splits-per-node": 3, "no.such": 1 } });
            await expect(resources.catalog.up(wrong)).rejects.toThrow(/put back/);
            expect(trino.catalogs.get("mine")?.properties).toEqual({ "memory.splits-per-node": "2" });
        });

        it("says that the catalog is gone when the old definition cannot be put back either, and creates it next time", async () => {
            trino.environment.push("SOON_GONE");
            // biome-ignore lint/suspicious/noTemplateCurlyInString: Trino's own form of a reference.
            const properties = { "memory.max-data-per-node": "${ENV:SOON_GONE}" };
            await resources.catalog.up(inputs("catalog", { properties }));
            trino.environment.pop();
            await expect(resources.catalog.up(inputs("catalog", { properties: { x: 1 } }))).rejects.toThrow(
                /'x' was not used(.*\n)+.*could not be put back either: .*not set: SOON_GONE.*\n.*The catalog is gone; the next up creates it/,
            );
            expect(trino.catalogs.has("mine")).toBe(false);
            expect(await resources.catalog.up(inputs("catalog"))).toBe("update");
            expect(trino.catalogs.has("mine")).toBe(true);
        });

        it("keeps plain secrets out of every error, where they were allowed", async () => {
            const properties = {
                "connection-url": "jdbc:postgresql://nowhere:5432/x",
                "connection-password": "planted-secret",
                "planted-secret.x": "1",
            };
            const secret = { connector: "postgresql", properties, timeouts: { ready: 0 } };
            const { failures } = await resources.catalog.preview(inputs("catalog", secret));
            expect(failures.map(({ property }) => property)).toEqual(["properties.connection-password"]);
            const text = await resources.catalog.up(inputs("catalog", { ...secret, allowPlainSecrets: true })).then(
                () => "",
                (error: Error) => error.message,
            );
            expect(text).toContain("'[secret].x' was not used");
            expect(text + process.output).not.toContain("planted-secret");
        });

        it("changes a comment without replacing the view, which would take columns' comments and the owner away", async () => {
            await resources.view.up(inputs("view"));
            const before = trino.writes().length;
            await resources.view.up(inputs("view", { comment: "about" }));
            expect(trino.writes().slice(before)).toEqual([expect.stringMatching(/^COMMENT ON VIEW .* IS 'about'$/)]);
        });

        it("looks for a catalog at a new address, and leaves the one at the old address alone", async () => {
            await resources.catalog.up(inputs("catalog"));
            const elsewhere = await new FakeTrino().up();
            const server = { url: elsewhere.url, user: "ann" };
            expect(await resources.catalog.up(inputs("catalog", { server }))).toBe("update");
            expect([trino.catalogs.has("mine"), elsewhere.catalogs.has("mine")]).toEqual([true, true]);
            await elsewhere.down();
        });
    });
});
