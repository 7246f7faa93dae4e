import * as pulumi from "@pulumi/pulumi";
import type { KafkaCredentials } from "../../../components/kafka-cluster";
import { PlanHost } from "../../../hosts/plan-host";
import type { HostAddress, InNetworkAddress } from "../../../lib/address";
import { SIZES, type Size } from "../../../lib/sizes";
import { throwingMocks } from "../../support/mocks";

const PASSWORD = "a-password-of-a-test";

const resolved = <T>(value: pulumi.Input<T>): Promise<T> =>
    new Promise((resolve) => {
        pulumi.output(value).apply((found) => resolve(found as T));
    });

describe("brokers and what stands on them", () => {
    let components: typeof import("../../../components/kafka") &
        typeof import("../../../components/redpanda") &
        typeof import("../../../components/kafka-connect") &
        typeof import("../../../components/kafka-connect-spec") &
        typeof import("../../../components/broker-console");
    let credentials: KafkaCredentials;

    beforeAll(async () => {
        const known = ["pulumi:providers:kafka", "pulumi-nodejs:dynamic/secret:GeneratedSecret"];
        await pulumi.runtime.setMocks(throwingMocks(known), "millrace", "test", false);
        components = {
            ...(await import("../../../components/kafka")),
            ...(await import("../../../components/redpanda")),
            ...(await import("../../../components/kafka-connect")),
            ...(await import("../../../components/kafka-connect-spec")),
            ...(await import("../../../components/broker-console")),
        };
        credentials = { mechanism: "SCRAM-SHA-512", username: "millrace", password: pulumi.secret(PASSWORD) };
    });

    const brokerSettings = (host: PlanHost) => ({
        host,
        memory: SIZES.small.kafka,
        retentionHours: 168,
        retentionMegabytes: 1_024,
        clusterName: "test",
    });

    async function text(files: Readonly<Record<string, pulumi.Input<string>>> | undefined, ending: string) {
        const [, content] = Object.entries(files ?? {}).find(([path]) => path.endsWith(ending)) ?? [];
        if (content === undefined) throw new Error(`no file …${ending}`);
        return resolved(content);
    }

    /** What anybody may read of a spec: all but the content of secret files and variables. */
    async function inClear(spec: object): Promise<string> {
        const shown = (value: unknown): Promise<unknown> | unknown => {
            if (pulumi.Output.isInstance(value)) {
                return pulumi.isSecret(value).then((secret) => (secret ? "secret" : resolved(value)));
            }
            if (value === null || typeof value !== "object") return value;
            return Promise.all(Object.entries(value).map(async ([key, inner]) => [key, await shown(inner)]));
        };
        return JSON.stringify(await shown(spec));
    }

    describe("Kafka", () => {
        it("starts without a password exactly as it did before there were any", async () => {
            const spec = components.kafkaSpec("kafka", brokerSettings(new PlanHost()));
            expect(spec.command[1]).toBe("-c");
            expect(Object.keys(spec.files ?? {})).toEqual(["/etc/millrace/server.properties"]);
            expect(await text(spec.files, "server.properties")).not.toMatch(/LOCAL:|sasl/);
            expect(spec.ready.ask).toEqual([{ kafka: { port: "client" } }]);
        });

        it("asks for a password on both listeners that anybody reaches, and on no other", async () => {
            const spec = components.kafkaSpec("kafka", brokerSettings(new PlanHost()), credentials);
            const properties = (await text(spec.files, "server.properties")).split("\n");
            expect(properties).toContain(
                "listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,HOST:SASL_PLAINTEXT,LOCAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
            );
            expect(properties).toContain(
                "listeners=CLIENT://:9092,HOST://:19092,LOCAL://localhost:9094,CONTROLLER://localhost:9093",
            );
            expect(properties.filter((line) => line.startsWith("inter.broker.listener.name"))).toEqual([
                "inter.broker.listener.name=LOCAL",
            ]);
            expect(spec.ports.local).toEqual({ port: 9_094, internal: true });
        });

        it("puts the password into secret files alone, as one argument a line and without an empty one", async () => {
            const spec = components.kafkaSpec("kafka", brokerSettings(new PlanHost()), credentials);
            expect(await inClear(spec)).not.toContain(PASSWORD);
            expect(await text(spec.files, "scram-format")).toBe(
                `--add-scram\nSCRAM-SHA-512=[name=millrace,password=${PASSWORD}]`,
            );
        });

        it("gives its provider and its clients the same credentials", async () => {
            const kafka = new components.Kafka("kafka", { host: new PlanHost(), authentication: "scram" });
            expect(kafka.credentials).toMatchObject({ mechanism: "SCRAM-SHA-512", username: "millrace" });
            expect(new components.Kafka("open", { host: new PlanHost() }).credentials).toBeUndefined();
        });
    });

    describe("Redpanda", () => {
        const settings = (host: PlanHost) => ({ host, memory: SIZES.small.redpanda, cores: 1 });

        it("asks for a password, also where users are made", async () => {
            const spec = components.redpandaSpec("kafka", settings(new PlanHost()), credentials);
            expect(spec.command).toEqual(
                expect.arrayContaining([
                    "--set=redpanda.enable_sasl=true",
                    "--set=redpanda.superusers=['millrace']",
                    "--set=redpanda.admin_api_require_auth=true",
                ]),
            );
            expect(await resolved(spec.env?.RP_BOOTSTRAP_USER ?? "")).toBe(`millrace:${PASSWORD}:SCRAM-SHA-512`);
            expect(await inClear(spec)).not.toContain(PASSWORD);
        });

        it("starts without a password as it did before there were any", () => {
            const spec = components.redpandaSpec("kafka", settings(new PlanHost()));
            expect(spec).not.toHaveProperty("env");
            expect(spec.command.join(" ")).not.toMatch(/sasl|superusers/);
        });
    });

    const cluster = (asked: boolean) => ({
        bootstrapServers: {
            inNetwork: pulumi.output("kafka:9092" as InNetworkAddress),
            onHost: pulumi.output("127.0.0.1:19092" as HostAddress),
        },
        brokers: 1,
        credentials: asked ? credentials : undefined,
    });

    describe("KafkaConnect", () => {
        const settings = (size: Size, asked: boolean) => ({
            kafka: cluster(asked),
            memory: SIZES[size].kafkaConnect,
            plugins: [components.POSTGRES_CONNECTOR],
            secrets: { "source.password": pulumi.secret("of the source") },
            exactlyOnce: true,
        });

        it.each(Object.keys(SIZES) as Size[])("leaves room beside the heap in size %s", (size) => {
            const spec = components.kafkaConnectSpec("kafka-connect", settings(size, false));
            const { heap } = SIZES[size].kafkaConnect;
            expect(spec.env?.KAFKA_HEAP_OPTS).toContain(`-Xmx${heap}m`);
            expect(spec.memoryMegabytes).toBeGreaterThanOrEqual(heap * 1.5);
        });

        it("is ready when it is healthy and has every connector that was asked for", () => {
            const { ready } = components.kafkaConnectSpec("kafka-connect", settings("small", false));
            expect(ready.ask).toEqual([
                { http: { port: "rest", path: "/health" } },
                {
                    http: {
                        port: "rest",
                        path: "/connector-plugins",
                        contains: '"io.debezium.connector.postgresql.PostgresConnector"',
                    },
                },
            ]);
        });

        it("has no more copies of its topics than there are brokers, and no more than three", async () => {
            const factor = async (brokers: number) => {
                const spec = components.kafkaConnectSpec("connect", {
                    ...settings("small", false),
                    kafka: { ...cluster(false), brokers },
                });
                return [...(await text(spec.files, "worker.properties")).matchAll(/replication\.factor=(\d+)/g)].map(
                    ([, copies]) => Number(copies),
                );
            };
            expect(await factor(1)).toEqual([1, 1, 1]);
            expect(await factor(5)).toEqual([3, 3, 3]);
        });

        it("keeps secrets in files of their own, and refers to them everywhere else", async () => {
            const spec = components.kafkaConnectSpec("kafka-connect", settings("small", true));
            const clear = await inClear(spec);
            expect(clear).not.toContain("of the source");
            expect(clear).not.toContain(PASSWORD);
            expect(await text(spec.files, "/secrets/source.password")).toBe("of the source");
            const properties = await text(spec.files, "worker.properties");
            for (const client of ["", "producer.", "consumer.", "admin."]) {
                expect(properties).toMatch(
                    new RegExp(
                        `^${client.replace(".", "\\.")}sasl\\.jaas\\.config=.*password="\\$\\{directory:/etc/millrace/secrets:kafka\\.password\\}";$`,
                        "m",
                    ),
                );
            }
            expect(properties).toContain("config.providers.directory.param.allowed.paths=/etc/millrace/secrets\n");
        });

        it("has no login for a broker that lets everybody in", async () => {
            const spec = components.kafkaConnectSpec("kafka-connect", settings("small", false));
            expect(await text(spec.files, "worker.properties")).not.toMatch(/sasl/);
        });

        it("names every key of a secret that cannot be one", () => {
            const secrets = { "../etc/passwd": "x", "kafka.password": "y", good: "z" };
            expect(() => components.kafkaConnectSpec("c", { ...settings("small", false), secrets })).toThrow(
                /KafkaConnect "c": .*"\.\.\/etc\/passwd" must be letters.*; "kafka\.password" is the worker's own/,
            );
        });

        it("refers to secrets that it has, and says what it has for another", () => {
            const host = new PlanHost();
            const kafka = new components.Kafka("broker", { host });
            const secrets = { "source.password": "x" };
            const connect = new components.KafkaConnect("connect", { host, kafka, secrets });
            expect(connect.secretReference("source.password")).toBe(
                ["$", "{directory:/etc/millrace/secrets:source.password}"].join(""),
            );
            expect(() => connect.secretReference("sink")).toThrow(
                'KafkaConnect "connect" has no secret "sink": it has source.password; add it to the component\'s secrets',
            );
        });
    });

    describe("BrokerConsole", () => {
        const restUrl = {
            inNetwork: pulumi.output("http://kafka-connect:8083" as InNetworkAddress),
            onHost: pulumi.output("http://127.0.0.1:18083" as HostAddress),
        };
        const settings = (asked: boolean) => ({
            host: new PlanHost(),
            kafka: { ...cluster(asked), provider: undefined as never, storage: undefined as never },
            connect: { main: { restUrl } },
            memory: SIZES.small.brokerConsole,
        });

        it("knows the broker, its password, and the connectors' cluster", async () => {
            const spec = components.brokerConsoleSpec(settings(true));
            expect(JSON.parse(await text(spec.files, "console.yaml"))).toMatchObject({
                kafka: {
                    brokers: ["kafka:9092"],
                    sasl: { enabled: true, mechanism: "SCRAM-SHA-512", username: "millrace", password: PASSWORD },
                },
                kafkaConnect: { enabled: true, clusters: [{ name: "main", url: "http://kafka-connect:8083" }] },
            });
            expect(await inClear(spec)).not.toContain(PASSWORD);
        });

        it("has no login for a broker that lets everybody in, and tells nobody how it is used", async () => {
            const document = JSON.parse(
                await text(components.brokerConsoleSpec(settings(false)).files, "console.yaml"),
            );
            expect(document.kafka).toEqual({ brokers: ["kafka:9092"] });
            expect(document.analytics).toEqual({ enabled: false });
        });

        it("is asked for its health without bash, which its image has not", () => {
            const { ask } = components.brokerConsoleSpec(settings(false)).ready;
            expect(ask).toEqual([{ command: expect.arrayContaining(["wget"]) }]);
        });

        it("is published where no other server is", () => {
            expect(components.brokerConsoleSpec(settings(false)).ports).toEqual({
                http: { port: 8_080, published: 8_085 },
            });
        });

        it("is left out where images are built, with the reason", () => {
            const args = { ...settings(false), images: "built" as const };
            expect(components.brokerConsoleWhereAvailable("console", args)).toBeUndefined();
            expect(args.host.services).toEqual({});
            expect(components.brokerConsoleAvailable("built")).toEqual({
                available: false,
                reason: expect.stringMatching(/needs an image registry: no package registry holds/),
            });
            expect(components.brokerConsoleAvailable("registry")).toEqual({ available: true });
        });
    });
});
