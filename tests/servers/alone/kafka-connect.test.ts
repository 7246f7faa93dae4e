import { readFileSync } from "node:fs";
import { join } from "node:path";
import axios from "axios";
import { Kafka as Client, ConfigResourceTypes, logLevel } from "kafkajs";
import { Client as Postgresql } from "pg";
import { Kafka } from "../../../components/kafka";
import { KafkaConnect, POSTGRES_CONNECTOR } from "../../../components/kafka-connect";
import { Postgres } from "../../../components/postgres";
import { type Alone, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";
import { until } from "../../support/container";

// A start takes half a minute on an idle machine.
jest.setTimeout(300_000);

const PEOPLE = "CREATE TABLE person (id int PRIMARY KEY, name text);\nCREATE PUBLICATION people FOR TABLE person;\n";
const TOPIC = "source.public.person";

describe("KafkaConnect on a broker that asks for a password", () => {
    let alone: Alone;

    beforeAll(async () => {
        alone = await startAlone("kafka-connect", (host) => {
            const kafka = new Kafka("kafka", { host, authentication: "scram" });
            const postgres = new Postgres("postgres", {
                host,
                databases: { source: { init: PEOPLE, changeCapture: true } },
            });
            const { url, changeCapture } = postgres.database("source");
            if (changeCapture === undefined) throw new Error("no user for change capture");
            const connect = new KafkaConnect("kafka-connect", {
                host,
                kafka,
                secrets: { "source.password": changeCapture.password },
            });
            return {
                url: connect.restUrl.onHost,
                urlInNetwork: connect.restUrl.inNetwork,
                reference: connect.secretReference("source.password"),
                user: changeCapture.user,
                password: changeCapture.password,
                source: url.onHost,
                broker: kafka.bootstrapServers.onHost,
                brokerPassword: kafka.credentials?.password,
            };
        });
    });
    afterAll(() => alone?.stop());

    const rest = () => axios.create({ baseURL: alone.outputs.url, timeout: 20_000 });

    function kafka(): Client {
        return new Client({
            brokers: [alone.outputs.broker],
            logLevel: logLevel.NOTHING,
            sasl: { mechanism: "scram-sha-512", username: "millrace", password: alone.outputs.brokerPassword },
        });
    }

    async function inSource(sql: string): Promise<void> {
        const client = new Postgresql(alone.outputs.source);
        await client.connect();
        await client.query(sql);
        await client.end();
    }

    const running = (): Promise<void> =>
        until("connector and task are running", 60, async () => {
            const { status, data } = await rest().get("/connectors/people/status", { validateStatus: () => true });
            // Not known yet, for a moment after it was declared; nor while the worker takes its work up.
            if (status !== 200) return false;
            const failed = data.tasks.find(({ state }: { state: string }) => state === "FAILED");
            if (failed !== undefined) throw new Error(failed.trace);
            return data.connector.state === "RUNNING" && data.tasks[0]?.state === "RUNNING";
        });

    /** Names in the topic, in the order of their records, once there are so many. */
    async function captured(count: number): Promise<string[]> {
        const admin = kafka().admin();
        await admin.connect();
        await until(`${TOPIC} is there`, 60, async () => (await admin.listTopics()).includes(TOPIC));
        await admin.disconnect();
        const consumer = kafka().consumer({ groupId: `reader-${Date.now()}` });
        const names: string[] = [];
        try {
            await consumer.connect();
            await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
            await consumer.run({
                eachMessage: async ({ message }) => {
                    names.push(JSON.parse(String(message.value)).name);
                },
            });
            await until(`${count} records in ${TOPIC}`, 60, async () => names.length >= count);
            // Were there one too many, it would come right after.
            await new Promise((resolve) => setTimeout(resolve, 1_000));
        } finally {
            await consumer.disconnect();
        }
        return names;
    }

    it("answers on the host and in its network, with Debezium", async () => {
        const { data } = await rest().get("/connector-plugins");
        expect(data.map(({ class: name }: { class: string }) => name)).toContain(POSTGRES_CONNECTOR);
        const [host, port] = new URL(alone.outputs.urlInNetwork).host.split(":");
        const ask = `exec 3<>/dev/tcp/${host}/${port} && printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`;
        expect(await alone.run("kafka-connect", ["bash", "-c", ask])).toMatch(/"status":"healthy"/);
    });

    it("keeps its topics compacted, with as many copies as there are brokers", async () => {
        const names = ["configs", "offsets", "status"].map((topic) => `kafka-connect-${topic}`);
        const admin = kafka().admin();
        await admin.connect();
        const { topics } = await admin.fetchTopicMetadata({ topics: names });
        const { resources } = await admin.describeConfigs({
            includeSynonyms: false,
            resources: names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
        });
        await admin.disconnect();
        expect(topics.map(({ partitions }) => partitions.map(({ replicas }) => replicas.length))).toEqual([
            [1],
            [1],
            [1],
        ]);
        const policies = resources.map(
            ({ configEntries }) => configEntries.find(({ configName }) => configName === "cleanup.policy")?.configValue,
        );
        expect(policies).toEqual(["compact", "compact", "compact"]);
    });

    it("runs a connector with a secret that is told to nobody", async () => {
        await inSource("INSERT INTO person VALUES (1, 'Ada'), (2, 'Grace')");
        await rest().put("/connectors/people/config", {
            "connector.class": POSTGRES_CONNECTOR,
            "plugin.name": "pgoutput",
            "database.hostname": "postgres",
            "database.user": alone.outputs.user,
            "database.password": alone.outputs.reference,
            "database.dbname": "source",
            "topic.prefix": "source",
            "publication.name": "people",
            "publication.autocreate.mode": "disabled",
            "topic.creation.default.replication.factor": "1",
            "topic.creation.default.partitions": "1",
            "exactly.once.support": "required",
            transforms: "unwrap",
            "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
        });
        await running();
        expect(await captured(2)).toEqual(["Ada", "Grace"]);

        const told = await Promise.all(
            ["/connectors?expand=info&expand=status", "/connectors/people/tasks", "/connectors/people/config"].map(
                async (path) => JSON.stringify((await rest().get(path)).data),
            ),
        );
        expect(told.join("")).toContain(alone.outputs.reference);
        for (const secret of [alone.outputs.password, alone.outputs.brokerPassword]) {
            expect(secret).toMatch(/^\w{24}$/);
            expect(told.join("").includes(secret)).toBe(false);
            expect(clearState(await alone.state()).includes(secret)).toBe(false);
        }
    });

    it("lets no connector read other files, or talk to another broker", async () => {
        const { data: config } = await rest().get("/connectors/people/config");
        const validated = async (change: Record<string, string>): Promise<string> => {
            const body = { ...config, name: "other", "slot.name": "other", ...change };
            const { data } = await rest().put(`/connector-plugins/${POSTGRES_CONNECTOR}/config/validate`, body);
            return JSON.stringify(data);
        };
        expect(await validated({ "producer.override.bootstrap.servers": "elsewhere:9092" })).toMatch(
            /producer\.override\.bootstrap\.servers[^}]*policy/i,
        );
        // Validation quotes a prefix that cannot be one: a file that was read would stand there.
        const { reference } = alone.outputs;
        expect(await validated({ "topic.prefix": reference })).not.toContain("'topic.prefix' value is invalid");
        const elsewhere = reference.replace(/:.*:.*}/, ":/etc:os-release}");
        expect(await validated({ "topic.prefix": elsewhere })).toContain(
            `'topic.prefix' value is invalid: ${elsewhere}`,
        );
    });

    it("changes nothing at a second up", async () => {
        expect(await alone.up()).toEqual({ changes: 0 });
    });

    it("goes on after a crash where it was, with no record twice", async () => {
        await inSource("INSERT INTO person SELECT i, 'person ' || i FROM generate_series(3, 50) AS i");
        await alone.crash("kafka-connect");
        await inSource("INSERT INTO person VALUES (51, 'Katherine')");
        await running();
        const names = await captured(51);
        expect(names).toHaveLength(51);
        expect(names.at(-1)).toBe("Katherine");
    });

    it("says which connector is missing where one is not in the image", async () => {
        const start = readFileSync(join(__dirname, "../../../components/scripts/kafka-connect-start.sh"), "utf8");
        await expect(
            alone.run("kafka-connect", ["bash", "-c", start, "start.sh", "no.properties", "org.example.NoSuch"]),
        ).rejects.toThrow(/connector org\.example\.NoSuch is in no jar .*debezium-connector-postgres/);
    });
});
