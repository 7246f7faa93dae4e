import { type Admin, Kafka as Client, logLevel, type SASLOptions } from "kafkajs";
import { engine, stackPrefix } from "../../../cli/engine";
import { Kafka, type KafkaArgs } from "../../../components/kafka";
import { Topic } from "../../../resources/kafka/topic";
import { type Alone, type AloneProgram, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";

// A start takes half a minute on an idle machine.
jest.setTimeout(300_000);

const TOPIC = "greetings";

/** A broker and a topic, declared by the broker's own provider. */
function programOf(args: Omit<KafkaArgs, "host">): AloneProgram {
    return (host) => {
        const kafka = new Kafka("kafka", { host, ...args });
        const { provider, storage: deletedWith } = kafka;
        const made = new Topic(
            TOPIC,
            { topic: TOPIC, partitions: 1, deletionProtection: false },
            { provider, deletedWith },
        );
        return { ...kafka.bootstrapServers, topic: made.topicName, credentials: kafka.credentials ?? null };
    };
}

describe.each(["none", "scram"] as const)("Kafka with authentication %s", (authentication) => {
    const name = `kafka-${authentication}`;
    let alone: Alone;

    beforeAll(async () => {
        alone = await startAlone(name, programOf({ authentication }));
    });
    afterAll(() => alone?.stop());

    const ours = (): SASLOptions | undefined => {
        const { credentials } = alone.outputs;
        return credentials ? { mechanism: "scram-sha-512", ...login(credentials) } : undefined;
    };
    const login = ({ username, password }: { username: string; password: string }) => ({ username, password });

    function client(sasl = ours()): Client {
        return new Client({
            brokers: [alone.outputs.onHost],
            logLevel: logLevel.NOTHING,
            retry: { retries: 3 },
            ...(sasl && { sasl }),
        });
    }

    async function asAdmin<T>(ask: (admin: Admin) => Promise<T>, sasl = ours()): Promise<T> {
        const admin = client(sasl).admin();
        try {
            await admin.connect();
            return await ask(admin);
        } finally {
            await admin.disconnect();
        }
    }

    /** What the topic holds, read on the host. */
    async function greetings(): Promise<string[]> {
        const [offsets] = await asAdmin((admin) => admin.fetchTopicOffsets(TOPIC));
        const expected = Number(offsets?.high);
        const consumer = client().consumer({ groupId: `reader-${Date.now()}` });
        const found: string[] = [];
        try {
            await consumer.connect();
            await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
            await new Promise<void>((resolve, reject) => {
                setTimeout(() => reject(new Error(`only ${found.length} of ${expected} records`)), 30_000).unref();
                void consumer.run({
                    eachMessage: async ({ message }) => {
                        found.push(String(message.value));
                        if (found.length === expected) resolve();
                    },
                });
            });
        } finally {
            await consumer.disconnect();
        }
        return found;
    }

    async function greet(value: string): Promise<void> {
        const producer = client().producer();
        await producer.connect();
        await producer.send({ topic: TOPIC, messages: [{ value }] });
        await producer.disconnect();
    }

    /** Runs Kafka's own tool in the network, with a configuration of its clients. */
    function inside(command: string, properties = javaProperties()): Promise<string> {
        const script = `printf '%s' "$CLIENT" >/tmp/client && cd /opt/kafka/bin && ${command} --command-config /tmp/client`;
        return alone.run(
            "kafka",
            ["bash", "-c", script],
            [`BROKER=${alone.outputs.inNetwork}`, `CLIENT=${properties}`],
        );
    }

    function javaProperties(): string {
        const sasl = ours() as { username: string; password: string } | undefined;
        if (sasl === undefined) return "";
        const module = "org.apache.kafka.common.security.scram.ScramLoginModule";
        return [
            "security.protocol=SASL_PLAINTEXT",
            "sasl.mechanism=SCRAM-SHA-512",
            `sasl.jaas.config=${module} required username="${sasl.username}" password="${sasl.password}";`,
        ].join("\n");
    }

    it("carries records between its host and its network, both ways", async () => {
        expect(alone.outputs.topic).toBe(TOPIC);
        await greet("from the host");
        await inside(`echo "from inside" | ./kafka-console-producer.sh --bootstrap-server $BROKER --topic ${TOPIC}`);
        expect(await greetings()).toEqual(["from the host", "from inside"]);
        const read = `./kafka-console-consumer.sh --bootstrap-server $BROKER --topic ${TOPIC} --from-beginning`;
        expect(await inside(`${read} --max-messages 2 --timeout-ms 30000`)).toMatch(/from the host\nfrom inside\n/);
    });

    it("makes no topic by a client's mistake", async () => {
        const producer = client().producer({ allowAutoTopicCreation: true });
        await producer.connect();
        await expect(producer.send({ topic: "mistyped", messages: [{ value: "x" }] })).rejects.toThrow(
            /does not host this topic-partition/,
        );
        await producer.disconnect();
        expect(await asAdmin((admin) => admin.listTopics())).not.toContain("mistyped");
    });

    it("changes nothing at a second up", async () => {
        expect(await alone.up()).toEqual({ changes: 0 });
    });

    it("has every record and group again after a crash", async () => {
        const before = await greetings();
        await alone.crash("kafka");
        expect(await greetings()).toEqual(before);
        expect(await asAdmin(async (admin) => (await admin.listGroups()).groups.length)).toBeGreaterThanOrEqual(2);
    });

    if (authentication === "scram") {
        it("refuses clients without the password, on both sides", async () => {
            const listed = (sasl: SASLOptions | undefined) => asAdmin((admin) => admin.listTopics(), sasl);
            const guess = { mechanism: "scram-sha-512", username: "millrace", password: "guessed" } as const;
            await expect(listed(guess)).rejects.toThrow(/SASL.*authentication failed/i);
            const none = new Client({
                brokers: [alone.outputs.onHost],
                logLevel: logLevel.NOTHING,
                retry: { retries: 0 },
            });
            const admin = none.admin();
            await admin.connect();
            await expect(admin.listTopics()).rejects.toThrow();
            await admin.disconnect();
            await expect(inside("timeout 8 ./kafka-topics.sh --bootstrap-server $BROKER --list", "")).rejects.toThrow();
        });

        it("shows the password in no state, and in no word or label of the container", async () => {
            const { password } = alone.outputs.credentials;
            expect(password).toMatch(/^\w{24}$/);
            expect(clearState(await alone.state()).includes(password)).toBe(false);
            const container = await engine()
                .getContainer(`${stackPrefix(`alone-${name}`)}-kafka`)
                .inspect();
            expect(JSON.stringify(container).includes(password)).toBe(false);
        });

        it("changes the password of a volume that has another one", async () => {
            const old = ours();
            const before = await greetings();
            await alone.up(programOf({ authentication, passwordRotation: "second" }));
            expect(await greetings()).toEqual(before);
            await expect(asAdmin((admin) => admin.listTopics(), old)).rejects.toThrow(/SASL.*authentication failed/i);
            expect(await alone.up()).toEqual({ changes: 0 });
        });
    } else {
        it("asks for a password from the up on that says so, with all its records", async () => {
            const before = await greetings();
            await alone.up(programOf({ authentication: "scram" }));
            expect(ours()).toBeDefined();
            expect(await greetings()).toEqual(before);
        });
    }
});
