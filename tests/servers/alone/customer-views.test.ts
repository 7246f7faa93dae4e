import { pinotStore } from "../../../cli/verify/pinot-store";
import { postgresStore } from "../../../cli/verify/postgres-store";
import { trinoStore } from "../../../cli/verify/trino-store";
import { HiveMetastore } from "../../../components/hive-metastore";
import { Kafka } from "../../../components/kafka";
import { KafkaConnect } from "../../../components/kafka-connect";
import { ObjectStore } from "../../../components/object-store";
import { Pinot } from "../../../components/pinot";
import { Postgres } from "../../../components/postgres";
import { Trino } from "../../../components/trino";
import { TRINO_USER } from "../../../components/trino-spec";
import type { SqlStore } from "../../../lib/ledger";
import { CustomerCdc } from "../../../pipelines/customer-cdc";
import { analystRules } from "../../../pipelines/customer-cdc/access-rules";
import { customerRowChecks } from "../../../pipelines/customer-cdc/checks";
import { personSql } from "../../../pipelines/customer-cdc/view-sql";
import { CustomerViews } from "../../../pipelines/customer-cdc/views";
import { type Alone, type AloneProgram, startAlone } from "../../support/alone";

jest.setTimeout(300_000);

/** How much of it runs: eight servers that start at once hinder each other on two cores. */
type Stage = "sources" | "servers" | "pipeline";

/** The pipeline with its views, on servers of its own. */
function program(stage: Stage, windowDays = 365): AloneProgram {
    return (host) => {
        const databases = { source: { changeCapture: true }, metastore: { owner: "hive" } };
        const postgres = new Postgres("postgres", { host, databases });
        const kafka = new Kafka("kafka", { host });
        const pinot = new Pinot("pinot", { host });
        const objectStore = new ObjectStore("object-store", { host, engine: "minio", console: false });
        const database = postgres.database("source");
        const outputs = {
            address: postgres.address.onHost,
            owner: database.owner,
            brokerUrl: pinot.brokerUrl,
            controllerUrl: pinot.controllerUrl,
        };
        if (stage === "sources") return outputs;

        const hiveMetastore = new HiveMetastore("hive-metastore", {
            host,
            database: postgres.database("metastore"),
            objectStore,
            warehouse: "s3a://customer-views/warehouse",
        });
        const secrets = { CAPTURE: database.changeCapture?.password ?? "" };
        const connect = new KafkaConnect("kafka-connect", { host, kafka, secrets });
        const keys = { STORE_KEY: objectStore.accessKey, STORE_SECRET: objectStore.secretKey };
        const trino = new Trino("trino", { host, secrets: keys, accessControlRules: analystRules(TRINO_USER) });
        if (stage === "pipeline") {
            const parts = { host, database, kafka, connect, captureSecret: "CAPTURE", pinot };
            const cdc = new CustomerCdc("customer-cdc", { ...parts, deletionProtection: false, flushRows: 2_000 });
            new CustomerViews("customer-views", {
                trino,
                pinot,
                hiveMetastore,
                objectStore,
                secrets: { accessKey: "STORE_KEY", secretKey: "STORE_SECRET" },
                windowDays,
                deletionProtection: false,
                dependsOn: [...cdc.tables],
            });
        }
        return { ...outputs, trinoUrl: trino.url.onHost };
    };
}

describe("views on persons and orders", () => {
    let servers: Alone;
    let source: SqlStore;
    let pinot: SqlStore;
    let trino: SqlStore;
    let analyst: SqlStore;

    /** Compares every row of Pinot and of the views with the source. */
    const rowChecks = (windowDays = 365) =>
        customerRowChecks({
            source,
            pinot,
            trino,
            windowDays,
            timeoutMillis: 60_000,
            clock: { now: Date.now, sleep: (millis) => new Promise((resolve) => setTimeout(resolve, millis)) },
        });
    const allEqual = async (windowDays?: number): Promise<number[]> => {
        const results = await rowChecks(windowDays);
        expect(results.filter(({ verdict }) => verdict !== "equal")).toEqual([]);
        return results.map(({ actual }) => actual);
    };

    beforeAll(async () => {
        servers = await startAlone("customer-views", program("sources"));
        await servers.up(program("servers"));
        await servers.up(program("pipeline"));
        const { address, owner, brokerUrl, controllerUrl, trinoUrl } = servers.outputs;
        source = postgresStore({ address, database: "source", ...owner });
        pinot = pinotStore({ brokerUrl, controllerUrl });
        trino = trinoStore({ url: trinoUrl, user: TRINO_USER });
        analyst = trinoStore({ url: trinoUrl, user: "analyst" });
    }, 600_000);

    afterAll(() => servers?.stop(), 120_000);

    it("show the three persons as they were read, and the orders of the last year with nulls as nulls", async () => {
        expect(await allEqual()).toEqual([3, 3, 3, 2]);
        expect(await trino.query("SELECT * FROM hive.views.person ORDER BY id")).toEqual([
            { id: 1, customer_id: 1, name: "Fasih", op: "r" },
            { id: 2, customer_id: 2, name: "Alice", op: "r" },
            { id: 3, customer_id: 3, name: "Bob", op: "r" },
        ]);
        const found = await trino.query(
            "SELECT note, ordered_at > now() - INTERVAL '3' DAY AS recent FROM hive.views.orders_last_year ORDER BY id",
        );
        expect(found).toEqual([
            { note: null, recent: true },
            { note: "leave at the door", recent: false },
        ]);
    });

    it("follow inserts, updates and deletes", async () => {
        await source.query("INSERT INTO person (customer_id, name) VALUES (4, 'Zoë 🌍'), (5, 'gone soon')");
        await source.query("UPDATE person SET name = 'Robert' WHERE id = 3");
        await source.query("DELETE FROM person WHERE customer_id = 5");
        await source.query("DELETE FROM orders WHERE id = 1");
        expect(await allEqual()).toEqual([4, 4, 2, 1]);
    });

    it("are answered by Pinot's broker: the catalog refuses what would read segments", async () => {
        await expect(
            trino.query("SELECT upper(name) FROM pinot.default.person WHERE length(name) > 1"),
        ).rejects.toThrow(/PQL_NOT_PRESENT.*cannot be pushed/s);
        expect(await trino.query("SELECT count(*) AS persons FROM hive.views.person WHERE length(name) > 1")).toEqual([
            { persons: 4 },
        ]);
    });

    it("keep the newest version of a row, and nothing of one that is gone, should Pinot give several", async () => {
        const now = Date.now() * 1_000;
        const versions = [
            [1, "old", "false", now, 1],
            [1, "new", "false", now + 1, 2],
            // Two changes of one transaction have one commit time.
            [2, "new", "false", now, 4],
            [2, "old", "false", now, 3],
            [3, "before it was deleted", "false", now, 1],
            [3, "deleted", "true", now + 1, 2],
            [4, "of before the newest snapshot", "false", 1, 1],
        ].map(([id, name, deleted, time, lsn]) => `(${id}, ${id}, '${name}', 'u', '${deleted}', ${time}, ${lsn})`);
        const columns = "id, customer_id, name, op, deleted, ts_us, lsn";
        const given = `(SELECT * FROM (VALUES ${versions.join(", ")}) AS v (${columns}))`;
        const asked = personSql().replace(/pinot\.default\."[^"]*from person[^"]*"/, given);
        expect(await trino.query(`SELECT id, name FROM (${asked}) ORDER BY id`)).toEqual([
            { id: 1, name: "new" },
            { id: 2, name: "new" },
        ]);
    });

    const ORDERS = 200;
    /** Changes all of the orders that the tests have made. */
    const changeAll = () => source.query("UPDATE orders SET amount_cents = amount_cents + 1 WHERE customer_id > 1000");
    /** How many orders an answer has, and how many different ones. */
    const counted = async (from: string, where: string): Promise<string> => {
        const [row] = await trino.query(`SELECT count(*) AS n, count(DISTINCT id) AS ids FROM ${from} WHERE ${where}`);
        return `${row?.n}/${row?.ids}`;
    };
    const inView = () => counted("hive.views.orders_last_year", "customer_id > 1000");
    /** Changes all orders a number of times, and asks meanwhile. As fast as it goes, Pinot would do nothing but close segments. */
    const whileChanging = async (rounds: number, ask: () => Promise<unknown>) => {
        let going = true;
        const changing = (async () => {
            for (let round = 0; round < rounds; round++) {
                await changeAll();
                await new Promise((resolve) => setTimeout(resolve, 400));
            }
        })().finally(() => {
            going = false;
        });
        while (going) await ask();
        await changing;
    };

    it("have no order twice while all of them change and segments are closed, which reading segments gets wrong", async () => {
        await trino.query(
            `CREATE CATALOG segments USING pinot WITH ("pinot.controller-urls" = 'pinot:9000', "pinot.metadata-expiry" = '1s')`,
        );
        await source.query(
            `INSERT INTO orders (customer_id, status, amount_cents) SELECT 1000 + n, 'new', n FROM generate_series(1, ${ORDERS}) AS n`,
        );
        await allEqual();
        const answers: string[] = [];
        let wrong: string | undefined;
        const deadline = Date.now() + 120_000;
        // Twelve rounds close each segment at least once: it has room for a thousand rows.
        do {
            await whileChanging(12, async () => {
                answers.push(await inView());
                const found = await counted(
                    "segments.default.orders",
                    "customer_id > 1000 AND length(status) > 0 AND deleted = 'false'",
                );
                if (found !== `${ORDERS}/${ORDERS}`) wrong = found;
            });
        } while (wrong === undefined && Date.now() < deadline);
        expect(wrong).toBeDefined();
        for (const answer of answers) {
            const [rows, ids] = answer.split("/").map(Number);
            expect(rows).toBe(ids);
            expect(rows).toBeLessThanOrEqual(ORDERS);
        }
        expect(await allEqual()).toEqual([4, 4, ORDERS + 2, ORDERS + 1]);
        await trino.query("DROP CATALOG segments");
    });

    it("have every order while all of them change, as long as no segment is closed", async () => {
        const segments = async () => {
            const found = await pinot.query("SELECT DISTINCT $segmentName FROM orders LIMIT 1000");
            return found.map((row) => Object.values(row)[0]).sort();
        };
        for (let attempt = 1; ; attempt++) {
            // From here on every row is in an open segment, or a segment was closed and the attempt does not count.
            const before = await segments();
            await changeAll();
            await allEqual();
            const answers: string[] = [];
            await whileChanging(2, async () => {
                answers.push(await inView());
            });
            await allEqual();
            if (String(await segments()) !== String(before)) {
                // Three changes of every row fill a third of a segment.
                expect(attempt).toBeLessThan(10);
                continue;
            }
            expect(answers).toEqual(answers.map(() => `${ORDERS}/${ORDERS}`));
            return;
        }
    });

    it("have a materialised view that is computed when it is refreshed", async () => {
        await trino.query("REFRESH MATERIALIZED VIEW iceberg.reports.orders_by_status");
        const [expected] = await trino.query("SELECT count(*) AS n FROM hive.views.orders_last_year");
        expect(await trino.query("SELECT sum(orders) AS n FROM iceberg.reports.orders_by_status")).toEqual([expected]);
    });

    it("are read by analysts, who make tables of their own and reach nothing else", async () => {
        const asked = (sql: string) => analyst.query(sql);
        expect(await asked("SELECT count(*) AS n FROM hive.views.person")).toEqual([{ n: 4 }]);
        const orders = await asked("SELECT sum(orders) AS n FROM iceberg.reports.orders_by_status");
        await asked("CREATE TABLE iceberg.datasets.mine AS SELECT id FROM hive.views.orders_last_year");
        await asked("INSERT INTO iceberg.datasets.mine VALUES 0");
        expect(await asked("SELECT count(*) AS n FROM iceberg.datasets.mine")).toEqual(
            orders.map(({ n }) => ({ n: Number(n) + 1 })),
        );
        await asked("DROP TABLE iceberg.datasets.mine");
        const forbidden = [
            "SELECT * FROM pinot.default.person",
            'SELECT * FROM pinot.default."select id from person limit 1"',
            "DROP VIEW hive.views.person",
            "CREATE OR REPLACE VIEW hive.views.person AS SELECT 1 AS id",
            "CREATE VIEW hive.views.mine AS SELECT 1 AS id",
            "DROP SCHEMA iceberg.datasets",
            "REFRESH MATERIALIZED VIEW iceberg.reports.orders_by_status",
            "CREATE TABLE iceberg.reports.mine (id bigint)",
            "CREATE SCHEMA iceberg.mine",
            "DROP CATALOG pinot",
            `CREATE CATALOG mine USING pinot WITH ("pinot.controller-urls" = 'pinot:9000')`,
        ];
        for (const sql of forbidden) await expect(asked(sql)).rejects.toThrow(/PERMISSION_DENIED|Access Denied/);
        const seen = await asked("SHOW CATALOGS");
        expect(seen.map(({ Catalog }) => Catalog)).toEqual(["hive", "iceberg", "system"]);
    });

    it("look back as far as they are told, in place, without touching the tables", async () => {
        expect(await servers.up()).toEqual({ changes: 0 });
        expect(await servers.up(program("pipeline", 730))).toEqual({ changes: 1 });
        const [, , , orders] = await allEqual(730);
        expect(orders).toBe(202);
    });
});
