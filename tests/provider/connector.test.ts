import { UNKNOWN } from "../../resources/lifecycle";
import { FakeConnect } from "../support/fakes/connect";
import { ProviderProcess } from "../support/provider-process";
import { ConnectorUnderTest, type ConnectUnderTest, connectorMatrix } from "./connector-matrix";

const referenceTo = (key: string): string => `\${directory:/etc/secrets:${key}}`;
const REFERENCE = referenceTo("source.password");

describe("connectors on a worker that answers like Kafka Connect 4.3", () => {
    let process: ProviderProcess;
    let connect: FakeConnect;
    let guarded: FakeConnect;
    let subject: ConnectUnderTest;

    beforeAll(async () => {
        process = await ProviderProcess.start();
    });
    afterAll(() => process.stop());
    beforeEach(async () => {
        connect = await new FakeConnect().up();
        subject = {
            restUrl: connect.url,
            guardedUrl: "",
            authorization: "Basic cmlnaHQ6cmlnaHQ=",
            process,
            prefix: "person",
            login: { "database.user": "capture", "database.dbname": "source", "database.password": REFERENCE },
            lag: 0.3,
            async publication(name, exists) {
                connect.publications = connect.publications.filter((one) => one !== name);
                if (exists) connect.publications.push(name);
            },
            forget: async () => undefined,
        };
        // The same cluster, behind somebody who asks who is there.
        guarded = Object.assign(new FakeConnect(), { credentials: subject.authorization });
        Object.assign(guarded, {
            connectors: connect.connectors,
            offsets: connect.offsets,
            shown: (connect as unknown as { shown: unknown }).shown,
        });
        await guarded.up();
        subject = { ...subject, guardedUrl: guarded.url };
    });
    afterEach(() => Promise.all([connect.down(), guarded.down()]));

    describe("as on any cluster", () => connectorMatrix(() => subject));

    describe("when something goes wrong", () => {
        let connector: ConnectorUnderTest;
        beforeEach(() => {
            connector = new ConnectorUnderTest(subject, "person");
        });
        const REBALANCE = {
            status: 409,
            body: {
                error_code: 409,
                message: "Cannot complete request because of a conflicting operation (e.g. worker rebalance)",
            },
        };

        it("waits for a rebalance, whatever was asked, and is not held up by it at preview", async () => {
            connect.fail({ method: "POST", times: 2, answer: REBALANCE });
            connect.fail({ method: "PUT", path: /resume/, answer: REBALANCE });
            expect(await connector.resource.up(connector.inputs())).toBe("create");
            expect(connect.writes().filter((write) => write === "POST /connectors")).toHaveLength(3);
            connect.fail({ method: "PUT", path: /validate/, answer: REBALANCE });
            expect((await connector.resource.preview(connector.inputs())).failures).toEqual([]);
            connect.fail({ method: "DELETE", answer: REBALANCE });
            await connector.resource.up(connector.inputs({ deletionProtection: false }));
            await connector.resource.destroy();
            expect(connect.connectors).toEqual({});
        });

        it("does not take a connector that exists by now for a rebalance", async () => {
            await connector.resource.up(connector.idle());
            const other = new ConnectorUnderTest(subject, "person");
            // Somebody else is faster: it is not there when it is looked for, and there when it is declared.
            connect.fail({
                method: "GET",
                path: /^\/connectors\/person$/,
                times: 2,
                answer: { status: 404, body: {} },
            });
            const started = performance.now();
            await expect(other.resource.up(other.idle())).rejects.toThrow(
                /connector person exists by now, and was not created by this stack.*Nothing was changed/s,
            );
            expect(performance.now() - started).toBeLessThan(5_000);
            expect(other.resource.state).toBeUndefined();
        });

        it("takes a create whose reply was lost for what it was, and declares it once", async () => {
            connect.fail({ method: "POST", loseReply: true });
            expect(await connector.resource.up(connector.inputs())).toBe("create");
            expect(connect.writes().filter((write) => write === "POST /connectors")).toHaveLength(1);
        });

        it("looks whose it is when the reply to a create was lost and something else is there", async () => {
            const other = new ConnectorUnderTest(subject, "person");
            await other.resource.up(other.idle({}, { "poll.interval.ms": 1 }));
            connect.fail({
                method: "GET",
                path: /^\/connectors\/person$/,
                times: 2,
                answer: { status: 404, body: {} },
            });
            connect.fail({ method: "POST", loseReply: true });
            await expect(connector.resource.up(connector.idle())).rejects.toThrow(
                /got no answer.*Whether the server carried it out is not known/s,
            );
            expect(await connector.held()).toMatchObject({ "poll.interval.ms": "1" });
        });

        it("does not fail a preview for a worker that does not exist yet, and touches nothing when it does not come", async () => {
            await connect.down();
            expect((await connector.resource.preview(connector.inputs())).failures).toEqual([]);
            await expect(connector.resource.up(connector.inputs())).rejects.toThrow(
                /got no answer: ECONNREFUSED\n {2}Nothing was changed/,
            );
            expect(connector.resource.state).toBeUndefined();
            await connect.up();
        });

        it("does not take a worker that is down, or just starting, for a connector that is gone", async () => {
            await connector.resource.up(connector.idle());
            await connect.down();
            await expect(connector.resource.refresh()).rejects.toThrow(/got no answer/);
            await connect.up();
            const starting = {
                status: 503,
                body: { error_code: 503, message: "Request timed out. The worker is starting" },
            };
            connect.fail({ method: "GET", times: 20, answer: starting });
            await expect(connector.resource.refresh()).rejects.toThrow(/answered 503: Request timed out/);
            expect((await connector.resource.preview(connector.idle())).failures).toEqual([]);
            expect(connector.resource.state?.id).toBe("person");
        });

        it("checks offline what it can while values are not known yet, and asks the plugin about the rest", async () => {
            const unknown = { server: UNKNOWN, name: UNKNOWN, config: UNKNOWN, state: UNKNOWN, offsets: UNKNOWN };
            expect((await connector.resource.preview(unknown)).failures).toEqual([]);
            const server = { restUrl: UNKNOWN };
            expect((await connector.resource.preview(connector.inputs({ server }))).failures).toEqual([]);
            const offline = await connector.resource.preview(connector.inputs({ server }, { "tasks.max": 0 }));
            expect(offline.failures.map(({ property }) => property)).toEqual(['config["tasks.max"]']);
            expect(connect.requests).toEqual([]);
            const partly = { "database.hostname": UNKNOWN, "topic.prefix": UNKNOWN, "poll.interval.ms": "soon" };
            const { failures } = await connector.resource.preview(connector.inputs({}, partly));
            expect(failures.map(({ property }) => property)).toEqual(['config["poll.interval.ms"]']);
            expect(JSON.stringify(connect.requests)).not.toContain(UNKNOWN);
        });

        it("plans an update in place while a changed value is not known yet", async () => {
            await connector.resource.up(connector.idle());
            for (const changed of [
                connector.idle({ config: UNKNOWN }),
                connector.idle({}, { "database.user": UNKNOWN }),
            ]) {
                expect(await connector.resource.preview(changed)).toMatchObject({ failures: [], step: "update" });
            }
        });

        it("does not refuse a number that a reference will be", async () => {
            const config = { "poll.interval.ms": referenceTo("not.there.yet") };
            expect((await connector.resource.preview(connector.idle({}, config))).failures).toEqual([]);
        });

        it("writes nothing for a refused change, and nothing when only its own code is newer", async () => {
            await connector.resource.up(connector.inputs());
            const before = connect.writes().length;
            await expect(
                connector.resource.up(connector.inputs({ name: "other" }, { "tasks.max": -1 })),
            ).rejects.toThrow(/tasks.max is -1.*while deletionProtection is on/s);
            await expect(connector.resource.destroy()).rejects.toThrow(/is protected/);
            connector.resource.provider += "\n";
            expect(await connector.resource.up(connector.inputs())).toBe("update");
            expect(connect.writes()).toHaveLength(before);
            expect((await connector.resource.preview(connector.inputs())).step).toBe("same");
        });

        it("leaves a configuration as it was when the plugin refuses the new one, and says at which key", async () => {
            await connector.resource.up(connector.idle());
            // What the preview did not see, since the worker did not answer then.
            connect.fail({ method: "PUT", path: /validate/, answer: REBALANCE });
            await expect(connector.resource.up(connector.idle({}, { "snapshot.mode": "never" }))).rejects.toThrow(
                /config\["snapshot.mode"\]: The 'snapshot.mode' value is invalid.*Nothing was changed/s,
            );
            expect(await connector.held()).not.toHaveProperty("snapshot.mode");
            expect(connector.resource.state?.outputs.config).not.toHaveProperty(["snapshot.mode"]);
        });

        it("starts what failed again, so often as it may, and is content when that helps", async () => {
            connect.badStarts = 2;
            expect(await connector.resource.up(connector.inputs())).toBe("create");
            expect(connect.writes().filter((write) => write.endsWith("/restart"))).toHaveLength(2);
            connect.break("person", "java.lang.OutOfMemoryError: Java heap space\n\tat x");
            expect(await connector.resource.refresh()).toBe(true);
            const before = connect.writes().length;
            expect(await connector.resource.up(connector.inputs())).toBe("update");
            expect(connect.writes().slice(before)).toEqual(["POST /connectors/person/restart"]);
            expect(await connector.status()).toBe("RUNNING RUNNING");
        });

        it("waits for all of many tasks, and no longer than it may", async () => {
            connect.taskCount = 4;
            await connector.resource.up(connector.inputs());
            expect(await connector.status()).toBe("RUNNING RUNNING RUNNING RUNNING RUNNING");
            connect.lagMs = 60_000;
            const patience = { timeouts: { ready: 0.5 } };
            await expect(connector.resource.up(connector.inputs({ ...patience, state: "paused" }))).rejects.toThrow(
                /is not PAUSED within 0.5 s\n {2}Last seen: connector RUNNING, task 0 RUNNING.*recorded/s,
            );
        });

        it("lets go on what it had stopped when a position cannot be moved", async () => {
            await connector.resource.up(connector.inputs());
            connect.fail({
                method: "DELETE",
                path: /offsets/,
                times: 9,
                answer: { status: 500, body: { message: "no" } },
            });
            const offsets = { reset: "now" };
            await expect(connector.resource.up(connector.inputs({ offsets }))).rejects.toThrow(/answered 500: no/);
            await connector.until("RUNNING RUNNING");
            expect(connector.resource.state?.outputs).not.toHaveProperty("offsets");
        });

        it("does not move a position again because the connector had to be created again", async () => {
            const inputs = connector.inputs({ offsets: { reset: "once" } });
            await connector.resource.up(inputs);
            const stored = await connector.offsets();
            await connector.vanish();
            const broken = { status: 500, body: { error_code: 500, message: "not now" } };
            connect.fail({ method: "PUT", path: /resume/, answer: broken });
            await expect(connector.resource.up({ ...inputs, restarts: 1 })).rejects.toThrow(/not now.*recorded/s);
            expect(await connector.offsets()).toEqual(stored);
            expect(await connector.resource.up({ ...inputs, restarts: 1 })).toBe("update");
            expect(connect.writes().filter((write) => write.startsWith("DELETE /connectors/person/"))).toHaveLength(1);
        });

        it("does not move the position of a connector that is taken over, and says so", async () => {
            await connector.resource.up(connector.inputs());
            const [held] = await connector.offsets();
            const other = new ConnectorUnderTest(subject, "person");
            const inputs = other.inputs({ offsets: { reset: "now" }, onExists: "adoptIfEqual" });
            expect(await other.resource.up(inputs)).toBe("create");
            expect(await connector.offsets()).toEqual([held]);
            expect(connect.writes().join()).not.toContain("offsets");
            expect(process.output).toContain("is taken over where it stands; offsets are applied when they change");
        });

        it("does not bring what it takes over to another position while that is protected", async () => {
            await connector.resource.up(connector.idle());
            const other = new ConnectorUnderTest(subject, "person");
            const inputs = other.idle({ onExists: "adopt" }, { "slot.name": "another" });
            const { failures } = await other.resource.preview(inputs);
            expect(failures[0]?.reason).toMatch(/slot.name cannot change from person to another while/);
            expect(await other.resource.up({ ...inputs, deletionProtection: false })).toBe("create");
        });

        it("says what is left when a deletion stops half way, and ends it at the next run", async () => {
            const inputs = connector.idle({ deletionProtection: false, onDelete: { offsets: "drop" } });
            await connector.resource.up(inputs);
            const broken = { status: 500, body: { error_code: 500, message: "Request timed out" } };
            connect.fail({ method: "DELETE", path: /person$/, answer: broken });
            await expect(connector.resource.destroy()).rejects.toThrow(
                /cannot be deleted\n.*answered 500: Request timed out\n {2}It is stopped, and its position dropped/,
            );
            await connector.resource.destroy();
            expect(connect.connectors).toEqual({});
        });

        it("does not call a write undone that the worker may have carried out", async () => {
            const broken = { status: 500, body: { error_code: 500, message: "Request timed out" } };
            connect.fail({ method: "POST", answer: broken });
            await expect(connector.resource.up(connector.inputs())).rejects.toThrow(
                /answered 500: Request timed out\n {2}Whether the server carried it out is not known/,
            );
        });

        it("tells two connectors on one slot apart before both of them run and one gets nothing", async () => {
            await connector.resource.up(connector.idle());
            const second = new ConnectorUnderTest(subject, "second");
            const { failures } = await second.resource.preview(second.idle({}, { "slot.name": "person" }));
            expect(failures.map(({ property }) => property)).toEqual(['config["slot.name"]']);
            expect((await second.resource.preview(second.idle())).failures).toEqual([]);
        });

        it("says what it knows of a connector while its plugin cannot be asked", async () => {
            await connector.resource.up(connector.idle());
            const other = new ConnectorUnderTest(subject, "person");
            connect.fail({ method: "PUT", path: /validate/, answer: REBALANCE });
            const { failures } = await other.resource.preview(other.idle());
            expect(failures.map(({ property }) => property)).toEqual(["onExists"]);
            expect(process.output).toContain(`"person": the plugin cannot be asked: PUT`);
        });

        it("begins at the position that is declared with it, before it reads anything", async () => {
            const offsets = { alter: [{ partition: { server: "person" }, offset: { lsn: 42 } }] };
            await connector.resource.up(connector.inputs({ offsets }));
            expect(await connector.offsets()).toEqual(offsets.alter);
            const writes = connect.writes();
            expect(writes.indexOf("PATCH /connectors/person/offsets")).toBeLessThan(
                writes.indexOf("PUT /connectors/person/resume"),
            );
        });

        it("takes what the worker adds by itself for no drift, and a change of it for one", async () => {
            connect.added = { "interceptor.classes": "org.example.Audit" };
            await connector.resource.up(connector.idle());
            expect(connector.resource.state?.outputs.observed).toEqual({
                'config["interceptor.classes"]': "org.example.Audit",
            });
            expect(await connector.resource.refresh()).toBe(false);
            expect((await connector.resource.preview(connector.idle())).step).toBe("same");
            const before = connect.writes().length;
            expect(await connector.resource.up(connector.idle({ restarts: 1 }))).toBe("update");
            expect(connect.writes()).toHaveLength(before);
            connect.added = {};
            await connector.meddle({ "interceptor.classes": "org.example.Other" });
            expect(await connector.resource.refresh()).toBe(true);
        });

        it("refuses secrets in clear, and keeps those that are declared as such under their own input", async () => {
            const secret = "planted-password-1";
            const refused = await connector.resource.preview(connector.idle({}, { "database.password": secret }));
            expect(refused.failures.map(({ property }) => property)).toEqual(['config["database.password"]']);
            expect(refused.failures[0]?.reason).toMatch(/secretReference.*secretConfig/s);

            const { "database.password": _reference, ...config } = connector.config();
            const inputs = connector.idle({ config, secretConfig: { "database.password": secret } });
            await connector.resource.up(inputs);
            expect(await connector.held()).toMatchObject({ "database.password": secret });
            await connector.meddle({ "database.password": "planted-password-2" });
            expect(await connector.resource.refresh()).toBe(true);
            expect(await connector.resource.up(inputs)).toBe("update");
            const other = new ConnectorUnderTest(subject, "person");
            const texts = [
                ...(
                    await other.resource.preview({
                        ...inputs,
                        onExists: "adoptIfEqual",
                        secretConfig: { "database.password": "planted-password-3" },
                    })
                ).failures,
                refused.failures,
            ];
            expect(JSON.stringify(texts)).toMatch(/database.password\\*"\]: declared \[secret\], there is \[secret\]/);
            const { secretConfig, ...rest } = connector.resource.state?.outputs ?? {};
            expect(secretConfig).toEqual({ "database.password": secret });
            expect([JSON.stringify(texts), JSON.stringify(rest), process.output].join()).not.toContain(
                "planted-password",
            );
        });

        it("takes a key that moves to where it is a secret for a change, and writes nothing for it", async () => {
            await connector.resource.up(connector.idle());
            const before = connect.writes().length;
            const { "database.user": user, ...config } = connector.config();
            const inputs = connector.idle({ config, secretConfig: { "database.user": user } });
            expect(await connector.resource.up(inputs)).toBe("update");
            expect(connect.writes()).toHaveLength(before);
            expect((await connector.resource.preview(inputs)).step).toBe("same");
        });

        it("records no secret that somebody else put in clear", async () => {
            await connector.resource.up(connector.idle());
            await connector.meddle({ "database.password": "planted-by-others" });
            expect(await connector.resource.refresh()).toBe(true);
            expect(JSON.stringify(connector.resource.state)).not.toContain("planted-by-others");
            expect(await connector.resource.refresh()).toBe(false);
            expect(await connector.resource.up(connector.idle())).toBe("update");
            expect(await connector.held()).toMatchObject({ "database.password": REFERENCE });
        });

        it("looks for the connector at a new address, and leaves the one at the old address alone", async () => {
            await connector.resource.up(connector.idle());
            const elsewhere = await new FakeConnect().up();
            const server = { restUrl: elsewhere.url };
            expect(await connector.resource.up(connector.idle({ server }))).toBe("update");
            expect([Object.keys(connect.connectors), Object.keys(elsewhere.connectors)]).toEqual([
                ["person"],
                ["person"],
            ]);
            await elsewhere.down();
        });
    });
});
