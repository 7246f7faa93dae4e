import { Client } from "pg";
import { changeFigures } from "../../../cli/bench-changes";
import { CustomerTopics } from "../../../cli/verify/customer-topics";
import { pinotStore } from "../../../cli/verify/pinot-store";
import { Kafka } from "../../../components/kafka";
import { KafkaConnect } from "../../../components/kafka-connect";
import { Pinot } from "../../../components/pinot";
import { Postgres } from "../../../components/postgres";
import { LEDGER_TOPIC_CONFIG, type SqlStore } from "../../../lib/ledger";
import { readLedgers } from "../../../lib/ledger/read";
import { CustomerCdc, type CustomerCdcArgs } from "../../../pipelines/customer-cdc";
import { customerLedgerChecks, customerRowChecks } from "../../../pipelines/customer-cdc/checks";
import { COMPARED, differencesText, pinotRows, rowDifferences, sourceRows } from "../../../pipelines/customer-cdc/rows";
import { Topic } from "../../../resources";
import { type Alone, type AloneProgram, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";

jest.setTimeout(300_000);

const LEDGER = "millrace.ledger.customer";

/** The pipeline on servers of its own. */
function program(args: Partial<CustomerCdcArgs> = {}): AloneProgram {
    return (host) => {
        const kafka = new Kafka("kafka", { host });
        const pinot = new Pinot("pinot", { host });
        const postgres = new Postgres("postgres", { host, databases: { source: { changeCapture: true } } });
        const database = postgres.database("source");
        const captureSecret = "source.password";
        const secrets = { [captureSecret]: database.changeCapture?.password ?? "" };
        const connect = new KafkaConnect("kafka-connect", { host, kafka, secrets });
        const parts = { host, database, kafka, connect, captureSecret, pinot };
        new CustomerCdc("customer-cdc", { ...parts, deletionProtection: false, flushRows: 2_000, ...args });
        const ledger = { topic: LEDGER, partitions: 1, config: LEDGER_TOPIC_CONFIG, deletionProtection: false };
        new Topic(LEDGER, ledger, { provider: kafka.provider, deletedWith: kafka.storage });
        return {
            brokers: kafka.bootstrapServers.onHost,
            source: database.url.onHost,
            capture: database.changeCapture,
            restUrl: connect.restUrl.onHost,
            brokerUrl: pinot.brokerUrl,
            controllerUrl: pinot.controllerUrl,
        };
    };
}

describe("persons and orders, captured from PostgreSQL into Pinot", () => {
    let servers: Alone;
    let pinot: SqlStore;
    /** Runs statements in the source, in one connection. @returns the rows of the last one. */
    async function inSource(...statements: readonly string[]): Promise<Record<string, unknown>[]> {
        const client = new Client({ connectionString: servers.outputs.source });
        client.on("error", () => undefined);
        await client.connect();
        try {
            let rows: Record<string, unknown>[] = [];
            for (const sql of statements) rows = (await client.query(sql)).rows;
            return rows;
        } finally {
            await client.end();
        }
    }
    const source: SqlStore = { query: (sql) => inSource(sql) };

    /** Waits until Pinot has exactly the rows of the source. @returns how many there are, by table. */
    async function equal(seconds = 30): Promise<Record<string, number>> {
        const deadline = Date.now() + seconds * 1_000;
        for (;;) {
            const counts: Record<string, number> = {};
            const problems: string[] = [];
            for (const table of COMPARED) {
                const expected = await sourceRows(table, source);
                const actual = await pinotRows(table, pinot);
                counts[table.name] = actual.size;
                const found = rowDifferences(expected, actual);
                if (found.length > 0) problems.push(differencesText(table.name, found));
            }
            if (problems.length === 0) return counts;
            if (Date.now() > deadline) throw new Error(`not equal within ${seconds} s: ${problems.join("; ")}`);
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    }
    /**
     * Source = topics, replayed from their beginning = Pinot, row by row, as `make verify` compares them.
     * @returns how many rows there are, by table.
     */
    async function verified(seconds = 60): Promise<Record<string, number>> {
        const timeoutMillis = seconds * 1_000;
        const topics = new CustomerTopics({ brokers: [servers.outputs.brokers], timeoutMillis, tell: () => undefined });
        const clock = {
            now: Date.now,
            sleep: (millis: number) => new Promise<void>((done) => setTimeout(done, millis)),
        };
        try {
            const results = await customerRowChecks({ source, topics, pinot, windowDays: 365, timeoutMillis, clock });
            expect(results.filter(({ verdict }) => verdict !== "equal")).toEqual([]);
            expect(results).toHaveLength(2 * COMPARED.length);
            return Object.fromEntries(results.map(({ check, actual }) => [check.split(":")[0], actual]));
        } finally {
            await topics.close();
        }
    }
    const restart = async () => {
        const answer = await fetch(`${servers.outputs.restUrl}/connectors/customer_cdc/restart?includeTasks=true`, {
            method: "POST",
        });
        expect(answer.status).toBeLessThan(300);
    };

    beforeAll(async () => {
        servers = await startAlone("customer-cdc", program());
        pinot = pinotStore({ brokerUrl: servers.outputs.brokerUrl, controllerUrl: servers.outputs.controllerUrl });
    }, 300_000);

    afterAll(async () => {
        await servers?.stop();
    }, 90_000);

    it("has what was there before: three persons, read by a snapshot", async () => {
        expect(await equal(60)).toEqual({ person: 3, orders: 3 });
        const rows = await pinot.query("SELECT id, customer_id, name, op FROM person ORDER BY id");
        expect(rows).toEqual([
            { id: 1, customer_id: 1, name: "Fasih", op: "r" },
            { id: 2, customer_id: 2, name: "Alice", op: "r" },
            { id: 3, customer_id: 3, name: "Bob", op: "r" },
        ]);
    });

    it("has an insert, an update and a delete, each within a moment: 3, 4, 4, 3", async () => {
        await inSource("INSERT INTO person (customer_id, name) VALUES (4, 'Zoë 🌍')");
        expect(await equal()).toMatchObject({ person: 4 });
        await inSource("UPDATE person SET name = 'Zoë' WHERE customer_id = 4");
        expect(await equal()).toMatchObject({ person: 4 });
        expect(await pinot.query("SELECT name, op FROM person WHERE customer_id = 4")).toEqual([
            { name: "Zoë", op: "u" },
        ]);
        await inSource("DELETE FROM person WHERE customer_id = 4");
        expect(await equal()).toEqual({ person: 3, orders: 3 });
    });

    it("says when a change was committed, not when it was read", async () => {
        const before = Date.now();
        await inSource("UPDATE orders SET status = 'paid', note = NULL WHERE id = 2");
        await equal();
        const [row] = await pinot.query("SELECT ts_ms, ts_us, lsn, note FROM orders WHERE id = 2");
        expect(Math.abs(Number(row?.ts_ms) - before)).toBeLessThan(5_000);
        expect(Math.floor(Number(row?.ts_us) / 1_000)).toBe(Number(row?.ts_ms));
        expect(row).toMatchObject({ note: "\\N" });
        expect(Number(row?.lsn)).toBeGreaterThan(0);
    });

    it("follows changed keys, several changes of a row in one transaction, and none of what was rolled back", async () => {
        await inSource(
            "BEGIN",
            "INSERT INTO person (id, customer_id, name) VALUES (50, 50, 'first')",
            "UPDATE person SET name = 'second' WHERE id = 50",
            "UPDATE person SET id = 51 WHERE id = 50",
            "INSERT INTO person (id, customer_id, name) VALUES (50, 50, 'again')",
            "DELETE FROM person WHERE id = 50",
            "INSERT INTO person (id, customer_id, name) VALUES (50, 50, 'last')",
            "COMMIT",
            "BEGIN",
            "DELETE FROM person",
            "INSERT INTO orders (customer_id, status, amount_cents) VALUES (9, 'never', 1)",
            "ROLLBACK",
        );
        expect(await equal()).toEqual({ person: 5, orders: 3 });
    });

    it("keeps a long text that an update leaves alone, and refuses TRUNCATE", async () => {
        await inSource(
            "INSERT INTO orders (customer_id, status, amount_cents, note) SELECT 7, 'paid', 1, string_agg(md5(n::text), '') FROM generate_series(1, 500) AS n",
        );
        await equal();
        await inSource("UPDATE orders SET status = 'shipped' WHERE customer_id = 7");
        await equal();
        await expect(inSource("TRUNCATE orders")).rejects.toThrow(/is captured, and TRUNCATE tells nobody/);
    });

    it("is equal across several segments, with every row changed many times", async () => {
        await inSource(
            "INSERT INTO orders (customer_id, status, amount_cents) SELECT n, 'new', n FROM generate_series(1, 1000) AS n",
        );
        for (let round = 0; round < 6; round++) {
            await inSource("UPDATE orders SET amount_cents = amount_cents + 1 WHERE customer_id <= 1000");
        }
        await inSource("DELETE FROM orders WHERE customer_id > 900 AND customer_id <= 1000");
        expect(await equal(60)).toMatchObject({ orders: 904 });
        expect(await verified()).toEqual({ person: 5, orders: 904 });
    });

    it("goes on where it was after the connector was restarted, and after PostgreSQL was killed", async () => {
        await restart();
        await inSource("UPDATE person SET name = 'after the restart' WHERE id = 1");
        await equal();
        await inSource("UPDATE person SET name = 'before the crash' WHERE id = 2");
        await servers.crash("postgres");
        await inSource("UPDATE person SET name = 'after the crash' WHERE id = 3", "DELETE FROM person WHERE id = 51");
        expect(await equal(60)).toMatchObject({ person: 4 });
        expect(await verified()).toEqual({ person: 4, orders: 904 });
    });

    it("misses nothing, and has nothing twice, when the broker is killed between two changes", async () => {
        await inSource("UPDATE person SET name = 'before the broker was killed' WHERE id = 1");
        const crash = servers.crash("kafka");
        await inSource(
            "UPDATE person SET name = 'while the broker was away' WHERE id = 2",
            "DELETE FROM orders WHERE customer_id = 900",
        );
        await crash;
        await inSource("UPDATE person SET name = 'after the broker was back' WHERE id = 3");
        expect(await verified(120)).toEqual({ person: 4, orders: 903 });
    });

    it("goes on where it was when its connector is changed in place: no second snapshot", async () => {
        const snapshots = "SELECT max(ts_us) AS newest FROM cdc_mark WHERE name = 'snapshot'";
        const [before] = await pinot.query(snapshots);
        expect(await servers.up(program({ pollMillis: 100 }))).toEqual({ changes: 1 });
        await inSource(
            "UPDATE person SET name = 'after the connector was changed' WHERE id = 1",
            "DELETE FROM orders WHERE customer_id = 899",
        );
        expect(await verified()).toEqual({ person: 4, orders: 902 });
        expect(await pinot.query("SELECT op FROM person WHERE id = 1")).toEqual([{ op: "u" }]);
        expect(await pinot.query(snapshots)).toEqual([before]);
    });

    it("keeps its place while it is removed, and misses nothing of what happened meanwhile", async () => {
        expect(await servers.up(program({ capture: "removed" }))).toEqual({ changes: 3 });
        expect(await inSource("SELECT slot_name, active FROM pg_replication_slots")).toEqual([
            { slot_name: "customer_cdc", active: false },
        ]);
        await inSource(
            "INSERT INTO person (customer_id, name) VALUES (60, 'meanwhile')",
            "UPDATE person SET name = 'changed meanwhile' WHERE id = 1",
            "DELETE FROM person WHERE id = 2",
        );
        await servers.up(program());
        expect(await equal(60)).toMatchObject({ person: 4 });
        expect(await verified()).toMatchObject({ person: 4 });
        expect(await pinot.query("SELECT op FROM person WHERE id = 1")).toEqual([{ op: "u" }]);
    });

    it("takes a snapshot when its place was dropped, and knows what is gone since", async () => {
        expect(await servers.up(program({ onRemove: "drop" }))).toEqual({ changes: 2 });
        expect(await servers.up(program({ onRemove: "drop", capture: "removed" }))).toEqual({ changes: 3 });
        expect(await inSource("SELECT slot_name FROM pg_replication_slots")).toEqual([]);
        expect(await inSource("SELECT pubname FROM pg_publication")).toEqual([]);
        await inSource(
            "INSERT INTO person (customer_id, name) VALUES (61, 'meanwhile')",
            "UPDATE person SET name = 'changed once more' WHERE id = 1",
            "DELETE FROM person WHERE id = 3",
            "DELETE FROM orders WHERE customer_id = 1",
        );
        // A transaction that began to write before the snapshot and commits after it: its place in the log is the older one.
        expect(await servers.up(program({ onRemove: "drop", capture: "stopped" }))).toEqual({ changes: 3 });
        const slow = new Client({ connectionString: servers.outputs.source });
        await slow.connect();
        await slow.query("BEGIN");
        await slow.query("UPDATE person SET name = 'committed after the snapshot' WHERE customer_id = 60");
        // Somebody else's commit takes the log beyond it.
        await inSource("UPDATE orders SET status = status WHERE id = 2");
        expect(await servers.up(program({ onRemove: "drop" }))).toEqual({ changes: 1 });
        expect(await equal(60)).toMatchObject({ person: 4 });
        expect(await pinot.query("SELECT op FROM person WHERE id = 1")).toEqual([{ op: "r" }]);
        const [read] = await pinot.query("SELECT lsn FROM person WHERE customer_id = 60");
        await slow.query("COMMIT");
        await slow.end();
        await equal();
        const [late] = await pinot.query("SELECT lsn, op FROM person WHERE customer_id = 60");
        expect(late).toMatchObject({ op: "u" });
        expect(Number(late?.lsn)).toBeLessThanOrEqual(Number(read?.lsn));
        // What was deleted while nobody was told is still stored, and no row any more.
        const [stored] = await pinot.query("SELECT COUNT(*) AS persons FROM person WHERE deleted = 'false'");
        expect(Number(stored?.persons)).toBeGreaterThan(4);
        await inSource("UPDATE person SET name = 'live again' WHERE id = 1");
        await equal();
        // The topics hold them too, and the same rule tells that they are gone.
        expect(await verified()).toMatchObject({ person: 4 });
    });

    it("ends with what the generator's ledger says, after a thousand transactions as fast as they go", async () => {
        const { source: url } = servers.outputs;
        const command = "node /opt/millrace/generators.js customer-cdc".split(" ");
        const flags = ["--changes", "4000", "--changes-per-second", "0", "--persons", "200", "--run-id", "bounded"];
        const inNetwork = url.replace(/@[^/]*\//, "@postgres:5432/");
        const variables = [`SOURCE_URL=${inNetwork}`, "KAFKA_BOOTSTRAP_SERVERS=kafka:9092", `LEDGER_TOPIC=${LEDGER}`];
        const log = await servers.run("generators", [...command, ...flags], variables);
        expect(log).toMatch(/"message":"finished"/);
        expect(log).not.toContain(new URL(url).password);
        const brokers = [servers.outputs.brokers];
        const ledgers = await readLedgers({ brokers, topic: LEDGER, timeoutMillis: 20_000 });
        const [ledger] = ledgers;
        expect(ledger).toMatchObject({ generator: "customer-cdc", run: "bounded", final: true });
        expect(ledger?.totals.rollbacks).toBeGreaterThan(10);
        await equal(60);
        await verified();
        const results = await customerLedgerChecks(ledgers, { source, pinot });
        expect(results.map(({ check, expected, actual, verdict }) => [check, expected === actual, verdict])).toEqual(
            results.map(({ check }) => [check, true, "equal"]),
        );
        expect(results).toHaveLength(4);
        expect(results[0]?.actual).toBeGreaterThan(50);
    });

    it("is measured with changes of its own, which are gone afterwards", async () => {
        const { host, username: user, password } = new URL(servers.outputs.source);
        const login = { address: host, database: "source", user, password };
        const brokers = [servers.outputs.brokers];
        const before = await source.query("SELECT id FROM orders ORDER BY id");
        const figures = await changeFigures({ source: login, brokers, pinot, seconds: 1, burst: 1_000 });
        expect(figures.map(({ unit }) => unit)).toEqual(["ms", "ms", "ms", "changes/s"]);
        for (const { value, baseline } of figures) {
            expect(value).toBeGreaterThan(0);
            expect(baseline?.value).toBeGreaterThan(0);
        }
        expect(await source.query("SELECT id FROM orders ORDER BY id")).toEqual(before);
        await equal(60);
    });

    it("changes nothing at another up, keeps its passwords to itself, and little log while the tables are quiet", async () => {
        expect(await servers.up()).toEqual({ changes: 0 });
        const { capture, source: url } = servers.outputs;
        for (const secret of [capture.password, new URL(url).password]) {
            expect(clearState(await servers.state()).includes(secret)).toBe(false);
        }
        const config = await (await fetch(`${servers.outputs.restUrl}/connectors/customer_cdc/config`)).text();
        expect(config.includes(capture.password)).toBe(false);
        const lag = async () =>
            Number(
                (
                    await inSource(
                        "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) AS lag FROM pg_replication_slots",
                    )
                )[0]?.lag,
            );
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        // Autovacuum writes too, after so many changes; a slot that stands still would be some megabytes behind by now.
        expect(await lag()).toBeLessThan(1024 * 1024);
    });
});
