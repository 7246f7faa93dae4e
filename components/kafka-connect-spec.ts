import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import type { ServiceSpec } from "../hosts/service-spec";
import type { JvmMemory } from "../lib/sizes";
import type { KafkaCluster } from "./kafka-cluster";

/** REST interface of a worker. */
export const REST_PORT = 8_083;

const FOLDER = "/etc/millrace";
const CONFIG = `${FOLDER}/worker.properties`;
const LOGGING = `${FOLDER}/log4j2.yaml`;
const START = `${FOLDER}/start.sh`;
/** One file a secret: unlike lines of a properties file, any text can stand there as it is. */
const SECRETS = `${FOLDER}/secrets`;
/** Secret of the worker's own, for a broker that asks. */
const BROKER_PASSWORD = "kafka.password";

/**
 * Settings of its clients that a connector may choose: speed against memory. Not which broker they talk to, and as whom.
 */
const TUNABLE = [
    "auto.offset.reset",
    "batch.size",
    "buffer.memory",
    "compression.type",
    "delivery.timeout.ms",
    "fetch.max.bytes",
    "fetch.max.wait.ms",
    "fetch.min.bytes",
    "isolation.level",
    "linger.ms",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "max.poll.records",
    "max.request.size",
    "request.timeout.ms",
];

/** What a worker is made of. */
export interface KafkaConnectSettings {
    /** The broker: its address in the network, how many there are, and what it asks for. */
    readonly kafka: Pick<KafkaCluster, "bootstrapServers" | "brokers" | "credentials">;
    readonly memory: JvmMemory;
    /** Classes of connectors that have to be there. */
    readonly plugins: readonly string[];
    /** Key → value. */
    readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
    /** Whether connectors may write records and their offsets in one transaction. */
    readonly exactlyOnce: boolean;
}

/** What a connector's configuration says in place of a secret. */
export function secretReference(key: string): string {
    return `\${directory:${SECRETS}:${key}}`;
}

/**
 * One worker of Kafka Connect, a cluster of its own. It keeps nothing itself: connectors, offsets and states stand in
 * compacted topics, which it creates.
 * @throws Error for a secret's key that cannot be a file's name, or that is the worker's own.
 */
export function kafkaConnectSpec(name: string, settings: KafkaConnectSettings): ServiceSpec {
    const { kafka, memory, plugins, secrets } = settings;
    checkKeys(name, Object.keys(secrets));
    const all = { ...secrets, ...(kafka.credentials && { [BROKER_PASSWORD]: kafka.credentials.password }) };
    return {
        image: "kafka-connect",
        command: ["bash", START, CONFIG, ...plugins],
        env: {
            KAFKA_HEAP_OPTS: `-Xms${Math.min(64, memory.heap)}m -Xmx${memory.heap}m`,
            KAFKA_JVM_PERFORMANCE_OPTS: "-XX:+UseSerialGC -Djava.awt.headless=true",
            KAFKA_LOG4J_OPTS: `-Dlog4j2.configurationFile=${LOGGING}`,
        },
        files: {
            [CONFIG]: kafka.bootstrapServers.inNetwork.apply((address) => workerProperties(name, address, settings)),
            [LOGGING]: LOGGERS,
            [START]: readFileSync(join(__dirname, "scripts", "kafka-connect-start.sh"), "utf8"),
            ...Object.fromEntries(Object.entries(all).map(([key, value]) => [`${SECRETS}/${key}`, value])),
        },
        ports: { rest: { port: REST_PORT } },
        ready: {
            ask: [
                // Has read its topics and joined its group.
                { http: { port: "rest", path: "/health" } },
                ...plugins.map((plugin) => ({
                    http: { port: "rest", path: "/connector-plugins", contains: `"${plugin}"` },
                })),
            ],
            deadlineSeconds: 120,
        },
        memoryMegabytes: memory.limit,
        stopSeconds: 20,
    };
}

function checkKeys(name: string, keys: readonly string[]): void {
    const problems = keys.flatMap((key) => {
        if (key === BROKER_PASSWORD) return [`"${key}" is the worker's own password for the broker`];
        return /^\w[\w.-]*$/.test(key) ? [] : [`"${key}" must be letters, digits, _, . and -`];
    });
    if (problems.length > 0) throw new Error(`KafkaConnect "${name}": keys of secrets: ${problems.join("; ")}`);
}

/**
 * Calm: warnings, and what happens to connectors. `PUT /admin/loggers/<name>` changes a level while the worker runs.
 */
const LOGGERS = `Configuration:
    status: warn
    Appenders:
        Console:
            name: STDOUT
            PatternLayout: { pattern: "%d %p %X{connector.context}%c{1} %m%n" }
    Loggers:
        Root:
            level: warn
            AppenderRef: [{ ref: STDOUT }]
        Logger:
            - { name: org.apache.kafka.connect.runtime.Worker, level: info }
            - { name: org.apache.kafka.connect.runtime.Connect, level: info }
`;

function workerProperties(
    name: string,
    bootstrapServers: string,
    { kafka: { brokers, credentials }, exactlyOnce }: KafkaConnectSettings,
): string {
    const properties: Record<string, string | number | boolean> = {
        "bootstrap.servers": bootstrapServers,
        "group.id": name,
        ...storage(name, brokers),
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        // A record that carries its schema is several times as large; contracts say what is in it.
        "key.converter.schemas.enable": false,
        "value.converter.schemas.enable": false,
        // What was read since the last flush is read again after a crash.
        "offset.flush.interval.ms": 1_000,
        "exactly.once.source.support": exactlyOnce ? "enabled" : "disabled",
        // A worker that left is not awaited for five minutes before its connectors run elsewhere, or here again.
        "scheduled.rebalance.max.delay.ms": 0,
        listeners: `http://0.0.0.0:${REST_PORT}`,
        "rest.advertised.host.name": name,
        "rest.advertised.port": REST_PORT,
        "plugin.path": "/kafka/connect",
        // Reads the plugins' lists of what they have, instead of every class.
        "plugin.discovery": "service_load",
        "config.providers": "directory",
        "config.providers.directory.class": "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
        // Without it a connector's configuration could read any file of the container.
        "config.providers.directory.param.allowed.paths": SECRETS,
        "connector.client.config.override.policy": "Allowlist",
        "connector.client.config.override.allowlist": TUNABLE.join(","),
    };
    if (credentials) {
        const login =
            "org.apache.kafka.common.security.scram.ScramLoginModule required " +
            `username="${credentials.username}" password="${secretReference(BROKER_PASSWORD)}";`;
        // The worker's own clients, and those that it makes for connectors.
        for (const client of ["", "producer.", "consumer.", "admin."]) {
            properties[`${client}security.protocol`] = "SASL_PLAINTEXT";
            properties[`${client}sasl.mechanism`] = credentials.mechanism;
            properties[`${client}sasl.jaas.config`] = login;
        }
    }
    return `${Object.entries(properties)
        .map(([key, value]) => `${key}=${value}`)
        .join("\n")}\n`;
}

/** The topics that a cluster lives in. Their defaults are three copies, which one broker cannot give. */
function storage(name: string, brokers: number): Record<string, string | number> {
    const copies = Math.min(3, brokers);
    const settings: Record<string, string | number> = {};
    for (const [kind, topic] of Object.entries({ config: "configs", offset: "offsets", status: "status" })) {
        settings[`${kind}.storage.topic`] = `${name}-${topic}`;
        settings[`${kind}.storage.replication.factor`] = copies;
        // A worker reads them whole before it is ready, and a segment is compacted only when it is full.
        settings[`${kind}.storage.segment.bytes`] = 4 * 1024 * 1024;
    }
    // Partitions spread the load over brokers, and have nothing else to give. Configurations are one partition, always.
    return { ...settings, "offset.storage.partitions": brokers, "status.storage.partitions": brokers };
}
