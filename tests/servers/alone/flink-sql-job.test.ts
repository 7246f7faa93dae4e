import { Kafka as Client, logLevel } from "kafkajs";
import { Flink } from "../../../components/flink";
import { Kafka } from "../../../components/kafka";
import { FlinkSqlJob, type FlinkSqlJobArgs } from "../../../resources/flink/flink-sql-job";
import { flinkServer } from "../../../resources/flink/session";
import { type FlinkUnderTest, JobUnderTest, sqlJobMatrix } from "../../provider/flink-sql-job-matrix";
import { type Alone, type AloneProgram, startAlone } from "../../support/alone";
import { until } from "../../support/container";
import { ProviderProcess } from "../../support/provider-process";

const BROKER = `'properties.bootstrap.servers' = 'kafka:9092'`;

/** Events by key, counted into an upsert topic, and copied to another by the same job. */
const TOTALS: Omit<FlinkSqlJobArgs, "server" | "name"> = {
    setup: [
        `CREATE TEMPORARY TABLE events (id STRING, amount DOUBLE) WITH ('connector' = 'kafka', ${BROKER},
         'topic' = 'events', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json')`,
        `CREATE TEMPORARY TABLE totals (id STRING, events BIGINT, amount DOUBLE, PRIMARY KEY (id) NOT ENFORCED)
         WITH ('connector' = 'upsert-kafka', ${BROKER}, 'topic' = 'totals', 'key.format' = 'json', 'value.format' = 'json')`,
        `CREATE TEMPORARY TABLE copies (id STRING, amount DOUBLE) WITH ('connector' = 'kafka', ${BROKER},
         'topic' = 'copies', 'format' = 'json')`,
    ],
    statement: [
        "INSERT INTO totals SELECT id, COUNT(*), SUM(amount) FROM events GROUP BY id",
        "INSERT INTO copies SELECT id, amount FROM events",
    ],
};

/** A cluster with a broker, and beside it the job that a test declares. */
function program(job?: Partial<FlinkSqlJobArgs>): AloneProgram {
    return (host) => {
        const broker = new Kafka("kafka", { host });
        const flink = new Flink("flink", { host, checkpointSeconds: 1 });
        const outputs = {
            kafka: broker.bootstrapServers.onHost,
            rest: flink.restUrl.onHost,
            gateway: flink.sqlGatewayUrl.onHost,
        };
        if (job === undefined) return outputs;
        const args = { ...TOTALS, ...job, server: flinkServer(flink), name: "totals" };
        const totals = new FlinkSqlJob("totals", args, { deletedWith: flink.storage });
        return { ...outputs, jobId: totals.jobId, status: totals.status, startedFrom: totals.startedFrom };
    };
}

// Each start waits for a first checkpoint, of which the JobManager tells every three seconds.
jest.setTimeout(90_000);

describe("jobs on a real Flink", () => {
    let server: Alone;
    let process: ProviderProcess;
    let subject: FlinkUnderTest;
    let kafka: Client;

    beforeAll(async () => {
        process = await ProviderProcess.start();
        server = await startAlone("flink-sql-job", program());
        const { rest: restUrl, gateway: sqlGatewayUrl } = server.outputs;
        subject = { restUrl, sqlGatewayUrl, process, loseJobManager: () => server.crash("flink-jobmanager") };
        kafka = new Client({ brokers: [server.outputs.kafka], clientId: "test", logLevel: logLevel.NOTHING });
        const admin = kafka.admin();
        const topics = ["events", "totals", "copies"].map((topic) => ({ topic, numPartitions: 1 }));
        await admin.createTopics({ topics });
        await admin.disconnect();
    }, 240_000);

    let stopped = false;
    afterAll(async () => {
        await process?.stop();
        if (server !== undefined && !stopped) await server.stop();
    }, 120_000);

    describe("as on every cluster", () => sqlJobMatrix(() => subject));

    it("fails the creation of a job whose topic does not exist, in the broker's words", async () => {
        const job = new JobUnderTest(subject, "no topic");
        const orphan = `CREATE TEMPORARY TABLE orphan (n BIGINT) WITH ('connector' = 'kafka', ${BROKER}, 'topic' = 'nothing',
            'scan.startup.mode' = 'earliest-offset', 'format' = 'json', 'properties.group.id' = 'x')`;
        // On a busy machine the source fails late: neither a checkpoint nor the end of the wait may come before.
        const patient = { checkpointSeconds: 120, settleSeconds: 90 };
        const nowhere = "CREATE TEMPORARY TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole')";
        const statement = "INSERT INTO nowhere SELECT n FROM orphan";
        await expect(job.resource.up(job.inputs({ setup: [orphan, nowhere], statement, ...patient }))).rejects.toThrow(
            /cannot be created: it does not work\n.*UnknownTopicOrPartitionException.*\n {2}The job was cancelled/,
        );
        expect(await job.running()).toBeUndefined();
    }, 150_000);

    const produce = async (...amounts: readonly number[]): Promise<void> => {
        const producer = kafka.producer();
        await producer.connect();
        const messages = amounts.map((amount) => ({ key: "a", value: JSON.stringify({ id: "a", amount }) }));
        await producer.send({ topic: "events", messages });
        await producer.disconnect();
    };

    /** The last value of each total, and how many copies there are, read from the beginning. */
    const expectTotals = async (events: number, amount: number): Promise<void> => {
        const consumer = kafka.consumer({ groupId: `reader-${Date.now()}`, sessionTimeout: 10_000 });
        await consumer.connect();
        let last = {};
        let copies = 0;
        try {
            await consumer.subscribe({ topics: ["totals", "copies"], fromBeginning: true });
            await consumer.run({
                eachMessage: async ({ topic, message }) => {
                    if (topic === "copies") copies += 1;
                    else last = JSON.parse(String(message.value));
                },
            });
            const wanted = JSON.stringify({ id: "a", events, amount });
            await until(wanted, 60, async () => JSON.stringify(last) === wanted && copies === events).catch((error) => {
                throw new Error(`${(error as Error).message}; there are ${JSON.stringify(last)} and ${copies} copies`);
            });
        } finally {
            await consumer.disconnect();
        }
    };

    it("lives in a stack: goes on counting through a change, and goes with its cluster", async () => {
        expect(await server.up(program({}))).toEqual({ changes: 1 });
        expect(await server.up()).toEqual({ changes: 0 });
        await produce(1, 2);
        await expectTotals(2, 3);

        const first = server.outputs.jobId;
        expect(await server.up(program({ stateBackend: "rocksdb", restart: { attempts: 5 } }))).toEqual({ changes: 1 });
        expect(server.outputs.startedFrom).toMatch(/savepoints\/savepoint-/);
        expect(server.outputs.jobId).not.toBe(first);
        await produce(3);
        await expectTotals(3, 6);

        // It runs and is protected: it goes with the volume that holds its state.
        stopped = true;
        await server.stop();
    }, 180_000);
});
