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
import type { SqlStore } from "../../../lib/ledger";
import { CustomerCdc } from "../../../pipelines/customer-cdc";
import { customerRowChecks } from "../../../pipelines/customer-cdc/checks";
import { CustomerViews } from "../../../pipelines/customer-cdc/views";
import { type Alone, type AloneProgram, startAlone } from "../../support/alone";

jest.setTimeout(180_000);

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
        const trino = new Trino("trino", { host, secrets: keys });
        if (stage === "pipeline") {
            const parts = { host, database, kafka, connect, captureSecret: "CAPTURE", pinot };
            const cdc = new CustomerCdc("customer-cdc", { ...parts, deletionProtection: false, flushRows: 1_000 });
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
        trino = trinoStore({ url: trinoUrl, user: "analyst" });
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

    it("have every order once while all of them change all the time, which reading segments does not", async () => {
        await trino.query(
            `CREATE CATALOG segments USING pinot WITH ("pinot.controller-urls" = 'pinot:9000', "pinot.metadata-expiry" = '1s')`,
        );
        const orders = 200;
        await source.query(
            `INSERT INTO orders (customer_id, status, amount_cents) SELECT 1000 + n, 'new', n FROM generate_series(1, ${orders}) AS n`,
        );
        await allEqual();
        let going = true;
        let rounds = 0;
        const changing = (async () => {
            // As fast as it goes, a segment would be full every second, and Pinot spend its time on closing them.
            for (; going; rounds++) {
                await source.query("UPDATE orders SET amount_cents = amount_cents + 1 WHERE customer_id > 1000");
                await new Promise((resolve) => setTimeout(resolve, 400));
            }
        })();
        const counted = { view: [] as string[], segments: [] as string[] };
        const ask = async (from: string, where: string) => {
            const [row] = await trino.query(
                `SELECT count(*) AS n, count(DISTINCT id) AS ids FROM ${from} WHERE ${where}`,
            );
            return `${row?.n}/${row?.ids}`;
        };
        try {
            for (let round = 0; round < 6; round++) {
                counted.view.push(await ask("hive.views.orders_last_year", "customer_id > 1000"));
                counted.segments.push(
                    await ask(
                        "segments.default.orders",
                        "customer_id > 1000 AND length(status) > 0 AND deleted = 'false'",
                    ),
                );
            }
        } finally {
            going = false;
            await changing;
        }
        const wrong = (answers: readonly string[]) => answers.filter((answer) => answer !== `${orders}/${orders}`);
        expect(rounds).toBeGreaterThan(5);
        expect(wrong(counted.view)).toEqual([]);
        expect(wrong(counted.segments).length).toBeGreaterThan(0);
        expect((await allEqual())[0]).toBe(4);
        await trino.query("DROP CATALOG segments");
    });

    it("have a materialised view that is computed when it is refreshed", async () => {
        await trino.query("REFRESH MATERIALIZED VIEW iceberg.reports.orders_by_status");
        const [expected] = await trino.query("SELECT count(*) AS n FROM hive.views.orders_last_year");
        expect(await trino.query("SELECT sum(orders) AS n FROM iceberg.reports.orders_by_status")).toEqual([expected]);
    });

    it("look back as far as they are told, in place, without touching the tables", async () => {
        expect(await servers.up()).toEqual({ changes: 0 });
        expect(await servers.up(program("pipeline", 730))).toEqual({ changes: 1 });
        const [, , , orders] = await allEqual(730);
        expect(orders).toBe(202);
    });
});
