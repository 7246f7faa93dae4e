import type * as pulumi from "@pulumi/pulumi";
import axios from "axios";
import { engine, memoryUse, runInContainer } from "../../../cli/engine";
import { Trino } from "../../../components/trino";
import type { DockerHost } from "../../../hosts/docker";
import { SIZES } from "../../../lib/sizes";
import { isDenied } from "../../../resources/server";
import { isStatementError, runStatement, type StatementResult, type TrinoSession } from "../../../resources/trino/api";
import { type Alone, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";

/** Handed to a memory catalog as its size: what can be looked for, and proves by a table that it was understood. */
const SECRET = "33333kB";

const RULES = JSON.stringify({
    catalogs: [
        { user: "millrace", catalog: "allowed", allow: "owner" },
        { catalog: "system", allow: "read-only" },
    ],
});

/** An open Trino, and one with password and access control. */
function program(host: DockerHost, secrets: Record<string, string>): Record<string, pulumi.Input<unknown>> {
    const open = new Trino("trino", { host, secrets });
    const locked = new Trino("trino-locked", { host, authentication: "password", accessControlRules: RULES });
    return {
        url: open.url.onHost,
        urlInNetwork: open.url.inNetwork,
        reference: open.secretReference("CATALOG_SIZE"),
        lockedUrl: locked.url.onHost,
        lockedUrlInNetwork: locked.url.inNetwork,
        password: locked.password,
        certificate: locked.certificate,
    };
}

const CONTAINER = "millrace-alone-trino-trino";

/** Asks Trino from another container: follows a statement to its end and prints what it ends with. */
const CLIENT = `
    const headers = { "x-trino-user": "millrace", ...(process.env.AUTHORIZATION && { authorization: process.env.AUTHORIZATION }) };
    (async () => {
        let answer = await fetch(process.env.URL + "/v1/statement", { method: "POST", body: process.env.SQL, headers });
        for (;;) {
            if (answer.status !== 200) return console.log("status " + answer.status);
            const page = await answer.json();
            if (page.error) return console.log(page.error.errorName);
            if (page.data) console.log(JSON.stringify(page.data));
            if (!page.nextUri) return;
            answer = await fetch(page.nextUri, { headers });
        }
    })().catch((error) => console.log("no answer: " + (error.cause?.code ?? error.message)));
`;

describe("Trino, alone", () => {
    let server: Alone;
    let stopped = false;

    beforeAll(async () => {
        server = await startAlone("trino", (host) => program(host, { CATALOG_SIZE: SECRET }));
    }, 420_000);
    afterAll(async () => {
        if (server !== undefined && !stopped) await server.stop();
    }, 120_000);

    const run = (sql: string, session: Partial<TrinoSession> = {}): Promise<StatementResult> =>
        runStatement({ url: server.outputs.url, user: "millrace", ...session }, sql);
    const failureOf = (statement: Promise<StatementResult>): Promise<Error> =>
        statement.then(
            () => new Error("it ended well"),
            (error: Error) => error,
        );
    const catalogs = async (): Promise<unknown[]> => (await run("SHOW CATALOGS")).rows.map(([name]) => name);
    const inside = (command: string): Promise<string> => runInContainer(engine(), CONTAINER, ["bash", "-c", command]);

    it("answers a query on a catalog that a statement has made", async () => {
        await run("CREATE CATALOG tpch USING tpch");
        const sql =
            "SELECT r.name, count(*) FROM tiny.nation n JOIN tiny.region r USING (regionkey) GROUP BY 1 ORDER BY 1";
        expect((await run(sql, { catalog: "tpch" })).rows[0]).toEqual(["AFRICA", 5]);
    }, 60_000);

    it("says by name and place what is wrong with a statement", async () => {
        const error = await failureOf(run("SELECT 1,\n  nothing FROM tpch.tiny.nation"));
        expect(error).toMatchObject({ errorName: "COLUMN_NOT_FOUND", location: { lineNumber: 2, columnNumber: 3 } });
    });

    it("carries nothing out before a statement's first page is fetched, so that one can be handed in again", async () => {
        const headers = { "x-trino-user": "millrace" };
        const { data } = await axios.post(`${server.outputs.url}/v1/statement`, "CREATE CATALOG lost USING tpch", {
            headers,
        });
        expect(data.nextUri).toContain("/queued/");
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        expect(await catalogs()).not.toContain("lost");
    });

    it("stops a query that is aborted", async () => {
        const abort = new AbortController();
        const sql = "SELECT count(*) FROM tpch.sf100.lineitem a, tpch.sf100.lineitem b WHERE a.comment < b.comment";
        const options = { signal: abort.signal };
        const ending = failureOf(runStatement({ url: server.outputs.url, user: "impatient" }, sql, options));
        const states = async () =>
            (await run(`SELECT state FROM system.runtime.queries WHERE "user" = 'impatient'`)).rows.flat();
        while (!(await states()).includes("RUNNING")) await new Promise((resolve) => setTimeout(resolve, 100));
        abort.abort(new Error("enough"));
        expect((await ending).message).toBe("enough");
        expect(await states()).toEqual(["FAILED"]);
    }, 60_000);

    it("gives a catalog its secret, and writes down only the reference", async () => {
        await run(`CREATE CATALOG kept USING memory WITH ("memory.max-data-per-node" = '${server.outputs.reference}')`);
        await run("CREATE TABLE kept.default.numbers AS SELECT 42 AS n");
        expect((await run("SELECT n FROM kept.default.numbers")).rows).toEqual([[42]]);

        expect(await inside("cat /data/trino/catalog/kept.properties")).toContain("CATALOG_SIZE");
        expect(await inside(`grep -rlF ${SECRET} /data/trino || echo nowhere`)).toBe("nowhere\n");
        expect(clearState(await server.state()).includes(SECRET)).toBe(false);
    }, 60_000);

    it("does not start a catalog with what no secret is called", async () => {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Trino's own form of a reference.
        const reference = "${ENV:NOBODY}";
        const error = await failureOf(
            run(`CREATE CATALOG wrong USING memory WITH ("memory.max-data-per-node" = '${reference}')`),
        );
        expect(error.message).toContain("Environment variable is not set: NOBODY");
        expect(await catalogs()).not.toContain("wrong");
    });

    it("is reached by a container of the same network", async () => {
        const environment = [`URL=${server.outputs.urlInNetwork}`, "SQL=SELECT count(*) FROM tpch.tiny.nation"];
        expect(await server.run("generators", ["node", "-e", CLIENT], environment)).toBe("[[25]]\n");
    });

    it("holds less than four fifths of its memory limit after all that", async () => {
        const { Id: id } = await engine().getContainer(CONTAINER).inspect();
        const used = (await memoryUse(engine(), [{ id, state: "running" }])).get(id) ?? Number.NaN;
        expect(used).toBeLessThan(SIZES.small.trino.limit * 0.8);
    });

    it("comes back with its catalogs when it is killed, even when a stored one is broken", async () => {
        await inside("printf 'connector.name=memory\\nno.such.property=1\\n' >/data/trino/catalog/broken.properties");
        await server.crash("trino");
        expect(await catalogs()).toEqual(expect.arrayContaining(["broken", "kept", "tpch"]));
        expect((await run("SHOW TABLES FROM tpch.tiny LIKE 'nation'")).rows).toEqual([["nation"]]);

        const error = await failureOf(run("SHOW SCHEMAS FROM broken"));
        expect(isStatementError(error, "CATALOG_UNAVAILABLE", "CATALOG_NOT_AVAILABLE")).toBe(true);
        await run("DROP CATALOG broken");
        expect(await catalogs()).not.toContain("broken");
    }, 300_000);

    it("is not changed by another up", async () => {
        expect(await server.up()).toEqual({ changes: 0 });
    }, 60_000);

    it("keeps catalogs when its container is recreated", async () => {
        const { changes } = await server.up((host) => program(host, { CATALOG_SIZE: SECRET, ANOTHER: "secret" }));
        expect(changes).toBe(1);
        expect(await catalogs()).toEqual(expect.arrayContaining(["kept", "tpch"]));
        await run("CREATE TABLE kept.default.again AS SELECT 1 AS n");
    }, 300_000);

    describe("with a password", () => {
        const login = (session: Partial<TrinoSession> = {}): Partial<TrinoSession> => ({
            url: server.outputs.lockedUrl,
            password: server.outputs.password,
            certificate: server.outputs.certificate,
            ...session,
        });
        const authorization = (password: string): string =>
            `Basic ${Buffer.from(`millrace:${password}`).toString("base64")}`;

        it("lets in who has it, over a connection that the certificate proves", async () => {
            expect(server.outputs.lockedUrl).toMatch(/^https:/);
            expect((await run("SELECT current_user", login())).rows).toEqual([["millrace"]]);
            const blind = await failureOf(run("SELECT 1", { ...login(), certificate: undefined } as never));
            expect(blind.message).toContain("SELF_SIGNED");
        });
        it("lets in nobody with another password, or with none, and says neither", async () => {
            const wrong = await failureOf(run("SELECT 1", login({ password: "Planted-Wrong" })));
            expect(isDenied(wrong)).toBe(true);
            expect(wrong.message).not.toContain("Planted-Wrong");
            const { password: _none, ...nobody } = login();
            expect(isDenied(await failureOf(run("SELECT 1", nobody)))).toBe(true);
        });
        it("does what the rules of access allow, and nothing else", async () => {
            const error = await failureOf(run("CREATE CATALOG forbidden USING memory", login()));
            expect(isStatementError(error, "PERMISSION_DENIED")).toBe(true);
            await run("CREATE CATALOG allowed USING memory", login());
            await run("CREATE TABLE allowed.default.numbers AS SELECT 25 AS n", login());
            expect((await run("SELECT n FROM allowed.default.numbers", login())).rows).toEqual([[25]]);
        });
        it("is reached by a container that trusts the certificate; plain HTTP takes nobody's statement", async () => {
            const sql = "SQL=SELECT n FROM allowed.default.numbers";
            const script = `require("node:fs").writeFileSync("/tmp/trino.pem", process.env.CERTIFICATE);
                process.env.NODE_EXTRA_CA_CERTS = "/tmp/trino.pem";
                require("node:child_process").execFileSync("node", ["-e", process.env.CLIENT], { stdio: "inherit" });`;
            const ask = (url: string): Promise<string> =>
                server.run(
                    "generators",
                    ["node", "-e", script],
                    [
                        `CERTIFICATE=${server.outputs.certificate}`,
                        `CLIENT=${CLIENT}`,
                        `URL=${url}`,
                        `AUTHORIZATION=${authorization(server.outputs.password)}`,
                        sql,
                    ],
                );
            expect(await ask(server.outputs.lockedUrlInNetwork)).toBe("[[25]]\n");
            expect(await ask("http://trino-locked:8080")).toBe("status 403\n");
        });
        it("keeps its password out of state and of everything it writes", async () => {
            expect(clearState(await server.state()).includes(server.outputs.password)).toBe(false);
            const files = await runInContainer(engine(), `${CONTAINER}-locked`, [
                "bash",
                "-c",
                `grep -rlF ${server.outputs.password} /data/trino /etc/millrace || echo nowhere`,
            ]);
            expect(files).toBe("nowhere\n");
        });
    });

    it("leaves nothing behind", async () => {
        stopped = true;
        await server.stop();
    }, 120_000);
});
