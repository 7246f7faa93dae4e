import { Client, type ClientConfig, type QueryResult } from "pg";
import { engine, lastLogLines, stackPrefix, withoutFrames } from "../../../cli/engine";
import { Postgres, type PostgresArgs } from "../../../components/postgres";
import { type Alone, type AloneProgram, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";
import { healthyContainer } from "../../support/container";

jest.setTimeout(120_000);

const CONTAINER = `${stackPrefix("alone-postgres")}-postgres`;
const PEOPLE = "CREATE TABLE person (id int PRIMARY KEY, name text);\nCREATE PUBLICATION people FOR TABLE person;\n";
const FIRST = { source: { init: PEOPLE, changeCapture: true }, metastore: { owner: "hive" } };

/** A server with some databases, and everything that a client needs of each. */
function programOf(databases: PostgresArgs["databases"]): AloneProgram {
    return (host) => {
        const server = new Postgres("postgres", { host, databases });
        const of = Object.keys(databases).map((name) => {
            const { owner, changeCapture, url, jdbcUrl } = server.database(name);
            const capture = changeCapture && { user: changeCapture.user, password: changeCapture.password };
            return [name, { owner, capture, url: url.onHost, urlInNetwork: url.inNetwork, jdbc: jdbcUrl.onHost }];
        });
        return {
            address: server.address.onHost,
            administrator: server.administrator.password,
            databases: Object.fromEntries(of),
        };
    };
}

describe("Postgres", () => {
    let alone: Alone;

    beforeAll(async () => {
        alone = await startAlone("postgres", programOf(FIRST));
    });
    afterAll(() => alone?.stop());

    const of = (database: string) => alone.outputs.databases[database];

    /** Runs one statement on a connection of its own. */
    async function query(config: string | ClientConfig, sql: string): Promise<QueryResult["rows"]> {
        const client = new Client(config);
        await client.connect();
        try {
            return (await client.query(sql)).rows;
        } finally {
            await client.end();
        }
    }

    const asAdministrator = (sql: string) =>
        query(`postgresql://postgres:${alone.outputs.administrator}@${alone.outputs.address}/postgres`, sql);

    it("lets each owner into its own database, from the host", async () => {
        expect(await query(of("source").url, "SELECT current_user, current_database()")).toEqual([
            { current_user: "source", current_database: "source" },
        ]);
        expect(await query(of("metastore").url, "CREATE TABLE made_by_owner (a int)")).toEqual([]);
        expect(of("metastore").owner.user).toBe("hive");
        expect(of("metastore").jdbc).toBe(`jdbc:postgresql://${alone.outputs.address}/metastore`);
    });

    it("lets each owner into its own database, from the network", async () => {
        const said = await alone.run(
            "postgres",
            ["bash", "-c", 'psql "$URL" -Atc "SELECT current_user"'],
            [`URL=${of("metastore").urlInNetwork}`],
        );
        expect(said.trim()).toBe("hive");
    });

    it("keeps owners out of each other's databases", async () => {
        const elsewhere = String(of("metastore").url).replace(/metastore$/, "source");
        await expect(query(elsewhere, "SELECT 1")).rejects.toThrow(/permission denied for database "source"/);
    });

    it("refuses a wrong password, and everyone else in its own container", async () => {
        const wrong = String(of("source").url).replace(/:[^:@]+@/, ":guessed@");
        await expect(query(wrong, "SELECT 1")).rejects.toThrow(/password authentication failed/);
        const inside = await engine()
            .getContainer(CONTAINER)
            .exec({
                User: "1234",
                Cmd: ["psql", "--no-password", "-U", "source", "-c", "SELECT 1"],
                AttachStdout: true,
                AttachStderr: true,
            });
        const said: Buffer[] = [];
        for await (const part of await inside.start({ hijack: true, stdin: false })) said.push(part as Buffer);
        expect(withoutFrames(Buffer.concat(said))).toMatch(/authentication failed/);
    });

    it("streams changes to the capture user, who can read everything and write nothing", async () => {
        const { user, password } = of("source").capture;
        const capture = String(of("source").url).replace(/\/\/.*@/, `//${user}:${password}@`);
        await query(capture, "SELECT pg_create_logical_replication_slot('first', 'pgoutput')");
        await query(of("source").url, "INSERT INTO person VALUES (1, 'Ada')");
        const changes = await query(
            capture,
            "SELECT data FROM pg_logical_slot_peek_binary_changes('first', NULL, NULL, 'proto_version', '1', 'publication_names', 'people')",
        );
        expect(Buffer.concat(changes.map(({ data }) => data)).toString("latin1")).toContain("Ada");
        expect(await query(capture, "SELECT name FROM person")).toEqual([{ name: "Ada" }]);
        await expect(query(capture, "DELETE FROM person")).rejects.toThrow(/permission denied/);
        await query(capture, "SELECT pg_drop_replication_slot('first')");
    });

    it("bounds what a slot that nobody reads can keep, and checks its pages", async () => {
        const rows = await asAdministrator(
            "SELECT name, setting FROM pg_settings WHERE name IN ('wal_level', 'max_slot_wal_keep_size', 'data_checksums', 'password_encryption') ORDER BY name",
        );
        expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
            data_checksums: "on",
            max_slot_wal_keep_size: "1024",
            password_encryption: "scram-sha-256",
            wal_level: "logical",
        });
    });

    it("has room for parallel queries larger than a container's /dev/shm", async () => {
        const plan = `SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
            SET min_parallel_table_scan_size = 0; SET work_mem = '80MB'; SET enable_mergejoin = off; SET enable_nestloop = off;
            CREATE TEMPORARY TABLE mark (a int);
            CREATE TABLE wide AS SELECT i, repeat('x', 100) AS t FROM generate_series(1, 400000) i; ANALYZE wide;`;
        const client = new Client(of("metastore").url);
        await client.connect();
        try {
            await client.query(plan);
            const join = "SELECT count(*) FROM wide a JOIN wide b ON a.i = b.i AND a.t = b.t";
            const { rows } = await client.query(`EXPLAIN ${join}`);
            expect(JSON.stringify(rows)).toContain("Parallel Hash");
            expect((await client.query(join)).rows).toEqual([{ count: "400000" }]);
            await client.query("DROP TABLE wide");
        } finally {
            await client.end();
        }
    });

    it("shows no password in its state, its container or its log", async () => {
        const passwords = [alone.outputs.administrator, of("source").owner.password, of("source").capture.password];
        const container = engine().getContainer(CONTAINER);
        const seen = [
            clearState(await alone.state()),
            JSON.stringify(await container.inspect()),
            JSON.stringify(await container.top({ ps_args: "axo pid,args" })),
            (await lastLogLines(engine(), CONTAINER, 1_000)).join("\n"),
        ].join("\n");
        for (const password of passwords) {
            expect(password).toMatch(/^\w{24}$/);
            expect(seen.includes(password)).toBe(false);
        }
    });

    it("changes nothing at a second up", async () => {
        expect(await alone.up()).toEqual({ changes: 0 });
    });

    it("has its rows after a kill", async () => {
        await alone.crash("postgres");
        expect(await query(of("source").url, "SELECT * FROM person")).toEqual([{ id: 1, name: "Ada" }]);
    });

    it("gets a database that is added, runs changed SQL once more, and keeps all it had", async () => {
        const init = `${PEOPLE.replace("TABLE", "TABLE IF NOT EXISTS").replace(/CREATE PUB.*\n/, "")}INSERT INTO person VALUES (2, 'Bob');\n`;
        const databases = { ...FIRST, source: { ...FIRST.source, init }, superset: {} };
        await alone.up(programOf(databases));
        expect(await query(of("superset").url, "SELECT current_user")).toEqual([{ current_user: "superset" }]);
        expect(await query(of("source").url, "SELECT name FROM person ORDER BY id")).toEqual([
            { name: "Ada" },
            { name: "Bob" },
        ]);
        await alone.crash("postgres");
        expect(await query(of("source").url, "SELECT count(*)::int FROM person")).toEqual([{ count: 2 }]);
    });

    it("stops in good order at once although a client stays connected", async () => {
        const client = new Client(of("source").url);
        client.on("error", () => {});
        await client.connect();
        const container = engine().getContainer(CONTAINER);
        const started = Date.now();
        await container.stop({ t: 30 });
        expect(Date.now() - started).toBeLessThan(10_000);
        expect((await container.inspect()).State.ExitCode).toBe(0);
        expect((await lastLogLines(engine(), CONTAINER, 5)).join("\n")).toContain("database system is shut down");
        await container.start();
        await healthyContainer(CONTAINER, 30);
        await client.end().catch(() => {});
    });

    it("comes up whole although it was killed in the middle of its very first start", async () => {
        const original = engine().getContainer(CONTAINER);
        const { Config } = await original.inspect();
        const copy = await engine().createContainer({
            Image: Config.Image,
            Entrypoint: Config.Entrypoint as string[],
            Cmd: Config.Cmd,
            User: Config.User,
            Labels: Config.Labels,
            Healthcheck: Config.Healthcheck,
            HostConfig: { Init: true, CapDrop: ["ALL"] },
        });
        try {
            await copy.putArchive(await original.getArchive({ path: "/etc/millrace" }), { path: "/etc" });
            const halfMade = "/var/lib/postgresql/data/pgdata.part/PG_VERSION";
            let interrupted = 0;
            for (const milliseconds of [100, 300, 600, 1_000]) {
                await copy.start();
                await new Promise((resolve) => setTimeout(resolve, milliseconds));
                await copy.kill();
                await copy.wait();
                interrupted += await copy
                    .infoArchive({ path: halfMade })
                    .then(() => 1)
                    .catch(() => 0);
            }
            expect(interrupted).toBeGreaterThan(0);
            await copy.start();
            await healthyContainer(copy.id, 60);
        } finally {
            await copy.remove({ force: true, v: true });
        }
    });
});
