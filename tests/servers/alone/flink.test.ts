import axios from "axios";
import { Kafka as Client, logLevel } from "kafkajs";
import { engine, runInContainer } from "../../../cli/engine";
import { Flink } from "../../../components/flink";
import { Kafka } from "../../../components/kafka";
import { type Alone, startAlone } from "../../support/alone";
import { until } from "../../support/container";
import { FlinkSql } from "../../support/flink-sql";

const ARCHIVE = "/var/lib/flink/archive";

/** What a command writes inside the JobManager's container. */
function inJobManager(command: string): Promise<string> {
    return runInContainer(engine(), "millrace-alone-flink-flink-jobmanager", ["bash", "-c", command]);
}

/** Flink writes `file:/path` where it was told `file:///path`. */
function folder(url: string): string {
    return new URL(url).pathname;
}

/** What the totals of a key were at last: its events counted, and their amounts summed. */
type Totals = Record<string, { events: number; amount: number }>;

describe("Flink, alone with a broker", () => {
    let server: Alone;
    let kafka: Client;
    let produce: (id: string, amounts: readonly number[]) => Promise<void>;

    beforeAll(async () => {
        server = await startAlone("flink", (host) => {
            const broker = new Kafka("kafka", { host });
            const flink = new Flink("flink", { host, checkpointSeconds: 1 });
            return {
                kafka: broker.bootstrapServers.onHost,
                rest: flink.restUrl.onHost,
                restInNetwork: flink.restUrl.inNetwork,
                gateway: flink.sqlGatewayUrl.onHost,
                gatewayInNetwork: flink.sqlGatewayUrl.inNetwork,
                checkpoints: flink.checkpointsPath,
                savepoints: flink.savepointsPath,
            };
        });
        kafka = new Client({ brokers: [server.outputs.kafka], clientId: "test", logLevel: logLevel.NOTHING });
        const admin = kafka.admin();
        await admin.createTopics({ topics: ["events", "totals"].map((topic) => ({ topic, numPartitions: 2 })) });
        await admin.disconnect();
        const producer = kafka.producer();
        await producer.connect();
        produce = async (id, amounts) => {
            const messages = amounts.map((amount) => ({ key: id, value: JSON.stringify({ id, amount }) }));
            await producer.send({ topic: "events", messages });
        };
        closing.push(() => producer.disconnect());
    }, 240_000);

    const closing: (() => Promise<void>)[] = [];
    let stopped = false;
    afterAll(async () => {
        for (const close of closing) await close();
        if (server !== undefined && !stopped) await server.stop();
    }, 120_000);

    const rest = async (path: string) => (await axios.get(`${server.outputs.rest}${path}`, { timeout: 10_000 })).data;

    /** Waits until all slots can be given again. */
    const whole = (seconds: number, taken: number): Promise<void> =>
        until(`4 slots, ${taken} taken`, seconds, async () => {
            const overview = await rest("/overview").catch(() => ({}));
            return overview["slots-total"] === 4 && overview["slots-available"] === 4 - taken;
        });

    const state = (job: string, expected: string, seconds = 60): Promise<void> =>
        until(`job ${job} ${expected}`, seconds, async () => (await rest(`/jobs/${job}`)).state === expected);

    /** Path of a job's last checkpoint, once it has completed more than some. */
    const checkpoint = async (job: string, after = 0): Promise<string> => {
        let path = "";
        await until(`job ${job} has completed ${after + 1} checkpoints`, 150, async () => {
            const { counts, latest } = await rest(`/jobs/${job}/checkpoints`);
            path = latest?.completed?.external_path ?? "";
            return counts?.completed > after && path !== "";
        });
        return path;
    };

    const completed = async (job: string): Promise<number> => (await rest(`/jobs/${job}/checkpoints`)).counts.completed;

    const startJob = async (settings: Readonly<Record<string, string>> = {}): Promise<string> => {
        const sql = await FlinkSql.open(server.outputs.gateway);
        const connector = `'properties.bootstrap.servers'='kafka:9092'`;
        for (const [key, value] of Object.entries(settings)) await sql.run(`SET '${key}'='${value}'`);
        await sql.run(
            `CREATE TABLE events (id STRING, amount DOUBLE) WITH ('connector'='kafka', ${connector}, 'topic'='events',
             'properties.group.id'='totals', 'scan.startup.mode'='earliest-offset', 'format'='json')`,
        );
        await sql.run(
            `CREATE TABLE totals (id STRING, events BIGINT, amount DOUBLE, PRIMARY KEY (id) NOT ENFORCED)
             WITH ('connector'='upsert-kafka', ${connector}, 'topic'='totals', 'key.format'='json', 'value.format'='json')`,
        );
        return sql.insert("INSERT INTO totals SELECT id, COUNT(*), SUM(amount) FROM events GROUP BY id");
    };

    /** Reads the topic of results until it says what is expected, from its beginning. */
    const expectTotals = async (expected: Totals): Promise<void> => {
        const consumer = kafka.consumer({ groupId: `reader-${Date.now()}`, sessionTimeout: 10_000 });
        await consumer.connect();
        try {
            await consumer.subscribe({ topic: "totals", fromBeginning: true });
            const seen: Totals = {};
            await consumer.run({
                eachMessage: async ({ message }) => {
                    const { id, events, amount } = JSON.parse(String(message.value));
                    seen[id] = { events, amount };
                },
            });
            const same = (): boolean =>
                Object.entries(expected).every(
                    ([id, { events, amount }]) => seen[id]?.events === events && seen[id]?.amount === amount,
                );
            await until(`totals are ${JSON.stringify(expected)}`, 150, async () => same()).catch((error) => {
                throw new Error(`${(error as Error).message}; they are ${JSON.stringify(seen)}`);
            });
        } finally {
            await consumer.disconnect();
        }
    };

    let job: string;

    it("has all its slots when up returns, and a second up changes nothing", async () => {
        expect(await rest("/overview")).toMatchObject({ taskmanagers: 1, "slots-total": 4, "slots-available": 4 });
        expect(await server.up()).toEqual({ changes: 0 });
    }, 60_000);

    it("answers inside the network as on the host", async () => {
        const ask = (url: string, path: string): string => {
            const { hostname, port } = new URL(url);
            return `exec 3<>/dev/tcp/${hostname}/${port}; printf 'GET ${path} HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n' >&3; cat <&3;`;
        };
        const { restInNetwork, gatewayInNetwork } = server.outputs;
        const script = `${ask(restInNetwork, "/overview")} ${ask(gatewayInNetwork, "/v1/info")}`;
        const answer = await server.run("flink", ["bash", "-c", script]);
        expect(answer).toContain('"slots-total":4');
        expect(answer).toContain('"productName":"Apache Flink"');
        const { data } = await axios.get(`${server.outputs.gateway}/v1/info`);
        expect(data).toMatchObject({ productName: "Apache Flink" });
    }, 30_000);

    it("takes no jar from a browser", async () => {
        const { status } = await axios.get(`${server.outputs.rest}/jars`, { validateStatus: () => true });
        expect(status).toBe(404);
    });

    it("says what is wrong with a statement", async () => {
        const sql = await FlinkSql.open(server.outputs.gateway);
        await expect(sql.run("SELECT * FROM nothing_of_this_name")).rejects.toThrow(/nothing_of_this_name/);
    }, 60_000);

    it("turns a topic into totals in another topic, with checkpoints", async () => {
        await produce("a", [1, 2, 3]);
        await produce("b", [10]);
        job = await startJob();
        await expectTotals({ a: { events: 3, amount: 6 }, b: { events: 1, amount: 10 } });
        expect(folder(await checkpoint(job))).toContain(`${folder(server.outputs.checkpoints)}/${job}/chk-`);
    }, 300_000);

    it("goes on from a savepoint, with its state moved into RocksDB", async () => {
        const sql = await FlinkSql.open(server.outputs.gateway);
        const [[savepoint] = []] = await sql.run(`STOP JOB '${job}' WITH SAVEPOINT`);
        expect(folder(String(savepoint))).toContain(`${folder(server.outputs.savepoints)}/savepoint-`);
        await produce("a", [4]);
        job = await startJob({
            "execution.state-recovery.path": String(savepoint),
            "state.backend.type": "rocksdb",
            "execution.checkpointing.incremental": "true",
        });
        await expectTotals({ a: { events: 4, amount: 10 }, b: { events: 1, amount: 10 } });
        await checkpoint(job, 1);
    }, 300_000);

    it("loses neither job nor state when a TaskManager is killed", async () => {
        await server.crash("flink-taskmanager-1");
        await produce("b", [20]);
        await expectTotals({ a: { events: 4, amount: 10 }, b: { events: 2, amount: 30 } });
        expect((await rest(`/jobs/${job}`)).state).toBe("RUNNING");
        await whole(60, 1);
    }, 300_000);

    it("is whole again after its JobManager was killed, and the job can go on from its last checkpoint", async () => {
        const last = await checkpoint(job, await completed(job));
        await server.crash("flink-jobmanager");
        await whole(60, 0);
        expect((await rest("/jobs/overview")).jobs).toEqual([]);
        await produce("a", [5]);
        job = await startJob({ "execution.state-recovery.path": last, "state.backend.type": "rocksdb" });
        await expectTotals({ a: { events: 5, amount: 15 }, b: { events: 2, amount: 30 } });
    }, 400_000);

    it("keeps the record of a job that ended, and its last checkpoint", async () => {
        await checkpoint(job);
        await axios.patch(`${server.outputs.rest}/jobs/${job}?mode=cancel`);
        await state(job, "CANCELED");
        await until("the job's record is in the archive", 30, async () =>
            (await inJobManager(`find ${ARCHIVE} -type f`)).includes(job),
        );
        expect(await inJobManager(`ls -d ${folder(server.outputs.checkpoints)}/${job}/chk-*`)).toMatch(/chk-\d/);
    }, 60_000);

    it("leaves nothing behind", async () => {
        await server.stop();
        stopped = true;
    }, 120_000);
});
