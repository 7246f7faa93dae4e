import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { Kafka as KafkaClient, logLevel } from "kafkajs";
import { containersOf, engine, runInContainer, withoutFrames } from "../../../cli/engine";
import { Kafka, Pinot } from "../../../components";
import { ObjectStore } from "../../../components/object-store";
import type { DockerHost } from "../../../hosts/docker";
import { silenceNegativeTimerWarnings } from "../../../lib/ledger/timer-warnings";
import { SIZES } from "../../../lib/sizes";
import {
    kafkaStream,
    PinotSchema,
    PinotSegmentLoad,
    PinotTable,
    realtimeTable,
    storageTier,
    type TierConfig,
    Topic,
} from "../../../resources";
import { Bucket } from "../../../resources/s3/bucket";
import { s3Server } from "../../../resources/s3/session";
import { instanceTagsMatrix } from "../../provider/instance-tags-matrix";
import { segmentLoadMatrix, VISITS_CONFIG, VISITS_SCHEMA } from "../../provider/segment-load-matrix";
import { type Alone, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";
import { healthyContainer, until } from "../../support/container";
import { openExample } from "../../support/example";
import { expectWell } from "../../support/make";
import { PinotClient } from "../../support/pinot-client";
import { ProviderProcess } from "../../support/provider-process";

silenceNegativeTimerWarnings();
jest.setTimeout(240_000);

const ORDERS = {
    schemaName: "orders",
    dimensionFieldSpecs: [{ name: "id", dataType: "STRING" as const }],
    metricFieldSpecs: [{ name: "amount", dataType: "LONG" as const }],
    dateTimeFieldSpecs: [
        { name: "ts", dataType: "LONG" as const, format: "1:MILLISECONDS:EPOCH", granularity: "1:MILLISECONDS" },
    ],
};
const SUM = "SELECT COUNT(*), SUM(amount) FROM orders";
const CLUSTER = "millrace";

/** One an hour, so that there are days to move; the amount of each is its number. */
const order = (number: number) => ({ id: `o${number}`, amount: number, ts: 1_700_000_000_000 + number * 3_600_000 });

/** Count and sum of the first orders. */
const sumOf = (count: number): unknown[][] => [[count, (count * (count - 1)) / 2]];

const OFFLINE = {
    tableName: "orders",
    tableType: "OFFLINE" as const,
    segmentsConfig: { timeColumnName: "ts", replication: "1" },
    tenants: {},
    tableIndexConfig: { loadMode: "MMAP" },
    metadata: {},
};

async function logsOf(stack: string): Promise<string> {
    const texts = (await containersOf(engine(), stack)).map(async ({ id }) =>
        withoutFrames(await engine().getContainer(id).logs({ stdout: true, stderr: true })),
    );
    return (await Promise.all(texts)).join("\n");
}

describe("Pinot in one process", () => {
    let alone: Alone;
    let client: PinotClient;

    const folder = mkdtempSync(join(tmpdir(), "pinot-files-"));
    const file = join(folder, "orders.json");
    const write = (count: number): void =>
        writeFileSync(file, Array.from({ length: count }, (_, number) => JSON.stringify(order(number))).join("\n"));

    const program = (host: DockerHost) => {
        const pinot = new Pinot("pinot", { host });
        const server = { controllerUrl: pinot.controllerUrl };
        const common = { server, deletionProtection: false };
        const onPinot = { deletedWith: pinot.storage };
        const schema = new PinotSchema("orders", { ...common, schema: ORDERS }, onPinot);
        const table = new PinotTable("orders", { ...common, schema: schema.schema, table: OFFLINE }, onPinot);
        const { tableName } = table;
        new PinotSegmentLoad("orders", { ...common, table: tableName, files: [file], format: "json" }, onPinot);
        const visits = new PinotSchema("visits", { ...common, schema: VISITS_SCHEMA }, onPinot);
        new PinotTable("visits", { ...common, schema: visits.schema, table: VISITS_CONFIG }, onPinot);
        return { controllerUrl: pinot.controllerUrl, brokerUrl: pinot.brokerUrl };
    };

    beforeAll(async () => {
        write(90);
        alone = await startAlone("pinot", program);
        client = new PinotClient(alone);
    });
    afterAll(async () => {
        await alone?.stop();
        rmSync(folder, { recursive: true, force: true });
    });

    it("takes a table in the moment in which it is ready, and then the rows of a file", async () => {
        await client.answers(SUM, sumOf(90));
    });

    it("has the rows of a file that changed after the next up, and none of those that it had", async () => {
        write(100);
        expect(await alone.up()).toEqual({ changes: 1 });
        await client.answers(SUM, sumOf(100));
    });

    it("is the same at a second up", async () => {
        expect(await alone.up()).toEqual({ changes: 0 });
    });

    describe("files as segments of a real Pinot", () => {
        let provider: ProviderProcess;
        beforeAll(async () => {
            provider = await ProviderProcess.start();
        });
        afterAll(() => provider?.stop());

        segmentLoadMatrix(() => ({ controllerUrl: alone.outputs.controllerUrl, process: provider }));

        it("runs the example, whose file is found from its folder", async () => {
            const { pulumi, forget } = openExample("files-in-pinot");
            try {
                expectWell(await pulumi("stack init try"));
                expectWell(await pulumi(`config set controllerUrl ${alone.outputs.controllerUrl}`));
                expectWell(await pulumi("up --yes --skip-preview --non-interactive"));
                await client.answers("SELECT COUNT(*), SUM(amount) FROM example_orders", [[5, 1500]]);
                expectWell(await pulumi("preview --expect-no-changes --non-interactive"));
                expectWell(await pulumi("destroy --yes --skip-preview --non-interactive"));
            } finally {
                forget();
            }
        });
    });

    it("is reached by other containers under its own name, also where Trino reads segments", async () => {
        const script =
            "exec 3<>/dev/tcp/pinot/8090 && exec 4<>/dev/tcp/pinot/8099 && " +
            "printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&4 && cat <&4";
        expect(await alone.run("pinot", ["bash", "-c", script])).toMatch(/200 OK[\s\S]*OK$/);
    });

    it("comes back from a crash as the same instances, with its rows", async () => {
        const before = await client.zooKeeper(`/${CLUSTER}/INSTANCES`);
        await alone.crash("pinot", 150);
        await client.answers(SUM, sumOf(100), 30);
        expect(await client.zooKeeper(`/${CLUSTER}/INSTANCES`)).toEqual(before);
        expect(await client.zooKeeper(`/${CLUSTER}/LIVEINSTANCES`)).toEqual(before);
    });

    it("keeps its rows when ZooKeeper crashes", async () => {
        await alone.crash("pinot-zookeeper");
        await client.answers(SUM, sumOf(100), 60);
    });
});

describe("Pinot in many processes, with a password and S3", () => {
    const STACK = "alone-pinot-split";
    const TOPIC = "orders";
    let alone: Alone;
    let client: PinotClient;
    let sent = 0;

    const program =
        (memory = SIZES.small, tierConfigs: readonly TierConfig[] = []) =>
        (host: DockerHost) => {
            const kafka = new Kafka("kafka", { host });
            const store = new ObjectStore("object-store", { host, engine: "minio", console: false });
            const bucket = new Bucket(
                "segments",
                { server: s3Server(store), bucket: "pinot.segments", deletionProtection: false },
                { deletedWith: store.storage },
            );
            const pinot = new Pinot("pinot", {
                host,
                topology: "split",
                servers: 2,
                minion: true,
                authentication: "basic",
                deepStore: { endpoint: store, bucket: bucket.bucket },
                memory,
            });
            const { credentials } = pinot;
            if (credentials === undefined) throw new Error("no credentials");
            const common = {
                server: { controllerUrl: pinot.controllerUrl, authorization: credentials.authorization },
                deletionProtection: false,
            };
            const onPinot = { deletedWith: pinot.storage };
            const topic = new Topic(
                TOPIC,
                { topic: TOPIC, partitions: 1, deletionProtection: false },
                { provider: kafka.provider, deletedWith: kafka.storage },
            );
            const schema = new PinotSchema("orders", { ...common, schema: ORDERS }, onPinot);
            new PinotTable(
                "orders",
                {
                    ...common,
                    schema: schema.schema,
                    table: realtimeTable({
                        name: "orders",
                        timeColumn: "ts",
                        replication: 2,
                        stream: kafkaStream({
                            topic: topic.topicName,
                            brokers: kafka.bootstrapServers.inNetwork,
                            flushRows: "100",
                        }),
                        config: {
                            task: {
                                taskTypeConfigsMap: {
                                    RealtimeToOfflineSegmentsTask: { bucketTimePeriod: "1d", bufferTimePeriod: "1d" },
                                },
                            },
                        },
                    }),
                },
                onPinot,
            );
            const offline = tierConfigs.length === 0 ? OFFLINE : { ...OFFLINE, tierConfigs };
            new PinotTable("orders-offline", { ...common, schema: schema.schema, table: offline }, onPinot);
            return {
                controllerUrl: pinot.controllerUrl,
                brokerUrl: pinot.brokerUrl,
                authorization: credentials.authorization,
                password: credentials.password,
                kafka: kafka.bootstrapServers.onHost,
                s3: store.url.onHost,
                accessKey: store.accessKey,
                secretKey: store.secretKey,
            };
        };

    /** What the table should hold. */
    const expected = () => sumOf(sent);

    async function send(count: number): Promise<void> {
        const kafka = new KafkaClient({ brokers: [alone.outputs.kafka], logLevel: logLevel.NOTHING });
        const producer = kafka.producer();
        await producer.connect();
        const messages = Array.from({ length: count }, () => ({ value: JSON.stringify(order(sent++)) }));
        await producer.send({ topic: TOPIC, messages });
        await producer.disconnect();
    }

    async function objects(): Promise<string[]> {
        const { s3, accessKey, secretKey } = alone.outputs;
        const client = new S3Client({
            endpoint: s3,
            region: "us-east-1",
            forcePathStyle: true,
            credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
        });
        const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: "pinot.segments" }));
        client.destroy();
        return (Contents ?? []).flatMap(({ Key }) => (Key === undefined || Key.endsWith("/") ? [] : [Key])).sort();
    }

    const container = (service: string) => engine().getContainer(`millrace-${STACK}-${service}`);

    beforeAll(async () => {
        alone = await startAlone("pinot-split", program());
        client = new PinotClient(alone, alone.outputs.authorization);
    });
    afterAll(() => alone?.stop());

    it("answers /health to everybody, and everything else only to those with the password", async () => {
        const wrong = `Basic ${Buffer.from("admin:admin").toString("base64")}`;
        for (const stranger of [new PinotClient(alone), new PinotClient(alone, wrong)]) {
            expect((await stranger.controller("/health", { headers: { accept: "*/*" } })).text).toBe("OK");
            expect([401, 403]).toContain((await stranger.controller("/tables")).status);
            expect([401, 403]).toContain((await stranger.controller("/tables/orders", { method: "DELETE" })).status);
            const { status, rows, exceptions } = await stranger.query(SUM);
            // Pinot 0.11 says it in an answer with status 200: error code 180, access denied.
            if (status === 200) expect(exceptions).toMatchObject([{ errorCode: 180 }]);
            else expect([401, 403]).toContain(status);
            expect(rows).toBeUndefined();
        }
        expect((await client.controller("/tables")).text).toContain("orders");
    });

    it("consumes, and commits full segments to S3", async () => {
        // Sent in parts: a server looks whether its segment is full after each batch that it fetched.
        for (let part = 0; part < 5; part++) {
            await send(50);
            await client.answers(SUM, expected());
        }
        await until("two segments are in S3", 60, async () => (await objects()).length >= 2);
        for (const key of await objects()) expect(key).toMatch(/^millrace\/orders\/orders__0__\d+__/);
    });

    it("has its minion move a day from the realtime half of a table to the offline one, and answers as before", async () => {
        const path = "/tasks/schedule?taskType=RealtimeToOfflineSegmentsTask&tableName=orders_REALTIME";
        expect(await client.controller(path, { method: "POST" })).toMatchObject({
            status: 200,
            text: expect.stringContaining("Task_RealtimeToOfflineSegmentsTask"),
        });
        const moved = "SELECT COUNT(*) FROM orders_OFFLINE";
        await until("the day is in the offline half", 60, async () => {
            const { rows } = await client.query(moved);
            return Number(rows?.[0]?.[0] ?? 0) > 0;
        });
        await client.answers(SUM, expected());
    });

    describe("tags of an instance of a real Pinot", () => {
        let provider: ProviderProcess;
        beforeAll(async () => {
            provider = await ProviderProcess.start();
        });
        afterAll(() => provider.stop());

        instanceTagsMatrix(() => {
            const { controllerUrl, authorization } = alone.outputs;
            return { controllerUrl, authorization, process: provider, table: "orders" };
        });
    });

    it("keeps old segments on the servers of their tier, and moves them when these are others", async () => {
        const tier = storageTier({ name: "cold", serverTag: "cold_OFFLINE", segments: { olderThan: "30d" } });
        const own = "DefaultTenant_OFFLINE,DefaultTenant_REALTIME";
        const tag = (server: string, tags: string) =>
            client.controller(`/instances/Server_${server}_8098/updateTags?tags=${tags}`, { method: "PUT" });
        const holders = async (): Promise<string[]> => {
            const { text } = await client.controller("/tables/orders/externalview");
            const { OFFLINE: segments } = JSON.parse(text) as { OFFLINE: Record<string, Record<string, string>> };
            return [...new Set(Object.values(segments).flatMap((states) => Object.keys(states)))];
        };
        // Newer Pinot refuses a tier without servers.
        expect(await tag("pinot-server", `${own},cold_OFFLINE`)).toMatchObject({ status: 200 });
        expect(await alone.up(program(SIZES.small, [tier]))).toEqual({ changes: 1 });
        expect((await client.controller("/tables/orders?type=offline")).text).toContain('"segmentAge":"30d"');
        for (const [cold, other] of [
            ["pinot-server", "pinot-server-2"],
            ["pinot-server-2", "pinot-server"],
        ] as const) {
            expect(await tag(other, own)).toMatchObject({ status: 200 });
            expect(await tag(cold, `${own},cold_OFFLINE`)).toMatchObject({ status: 200 });
            const path = "/tables/orders/rebalance?type=OFFLINE&downtime=true";
            expect(await client.controller(path, { method: "POST" })).toMatchObject({ status: 200 });
            await until(`old segments are on ${cold}`, 60, async () => {
                return JSON.stringify(await holders()) === `["Server_${cold}_8098"]`;
            });
            await client.answers(SUM, expected());
        }
    });

    it("is the same at a second up", async () => {
        expect(await alone.up()).toEqual({ changes: 0 });
    });

    it("answers right again when a server and its disk are lost, and while rows come in", async () => {
        await runInContainer(engine(), container("pinot-server").id, ["bash", "-c", "rm -rf /var/lib/pinot/*"]);
        await container("pinot-server").kill();
        await client.answers(SUM, expected(), 60);
        await send(20);
        await client.answers(SUM, expected());
    });

    it("gets the segments of an empty disk back from S3", async () => {
        await container("pinot-server").start();
        await healthyContainer(`millrace-${STACK}-pinot-server`, 150);
        // Now nobody else has them.
        await container("pinot-server-2").stop();
        await client.answers("SELECT COUNT(*), SUM(amount) FROM orders_REALTIME", expected());
    });

    it("has the same instances after containers are replaced, and none that is dead", async () => {
        const instances = [
            "Broker_pinot-broker_8099",
            "Controller_pinot-controller_9000",
            "Minion_pinot-minion_9514",
            "Server_pinot-server-2_8098",
            "Server_pinot-server_8098",
        ];
        // Another heap needs other containers; the engine could change a limit in place.
        const { pinotServer, pinotBroker } = SIZES.small;
        await alone.up(
            program({
                ...SIZES.small,
                pinotServer: { ...pinotServer, heap: pinotServer.heap + 1 },
                pinotBroker: { ...pinotBroker, heap: pinotBroker.heap + 1 },
            }),
        );
        await client.answers(SUM, expected());
        const listed = JSON.parse((await client.controller("/instances")).text) as { instances: string[] };
        expect(listed.instances.sort()).toEqual(instances);
        expect(await client.zooKeeper(`/${CLUSTER}/LIVEINSTANCES`)).toEqual(instances);
    });

    it("writes its secrets neither to logs nor to the state in clear", async () => {
        const { password, authorization, secretKey } = alone.outputs as Record<string, string>;
        const places = { logs: await logsOf(STACK), state: clearState(await alone.state()) };
        for (const [place, text] of Object.entries(places)) {
            for (const secret of [password, authorization?.slice("Basic ".length), secretKey]) {
                expect(secret?.length).toBeGreaterThan(15);
                expect({ place, leaks: text.includes(secret as string) }).toEqual({ place, leaks: false });
            }
        }
    });
});
