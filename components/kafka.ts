import { createHash } from "node:crypto";
import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { PortSpec, ServiceSpec } from "../hosts/service-spec";
import type { Address } from "../lib/address";
import { type JvmMemory, SIZES } from "../lib/sizes";
import type { KafkaCluster } from "./kafka-cluster";

const DATA = "/var/lib/kafka/data";
const CONFIG = "/etc/millrace/server.properties";

/** Listener for clients on the platform's network. */
const CLIENT_PORT = 9092;
/** Listener for clients on the host, published at 9092 plus the stack's offset: it has to advertise that address. */
const HOST_PORT: PortSpec = { port: 19_092, published: 9_092 };
const CONTROLLER_PORT = 9093;

/** Arguments of {@link Kafka}. */
export interface KafkaArgs {
    /** Where the broker runs. */
    host: Host;
    /** Heap and limit. @default those of size small */
    memory?: JvmMemory;
    /** How long a topic keeps its records when it does not say so itself, in hours. @default 168 */
    retentionHours?: number;
    /** Size at which a partition drops its oldest records, in megabytes. @default 1024 */
    retentionMegabytes?: number;
    /** Part of the cluster's id; a broker refuses a data volume of another cluster. @default project and stack */
    clusterName?: string;
}

/**
 * Apache Kafka in KRaft mode: one process is broker and controller.
 *
 * Topics are never created by a client's mistake (auto-creation is off); containers reach it at `<name>:9092`, the
 * host at the published port.
 */
export class Kafka extends pulumi.ComponentResource implements KafkaCluster {
    readonly bootstrapServers: Address;
    readonly provider: kafka.Provider;
    readonly storage: pulumi.Resource;
    readonly brokers = 1;

    constructor(name: string, args: KafkaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:Kafka", name, {}, opts);
        const broker = args.host.service(name, kafkaSpec(name, withDefaults(args)), { parent: this });
        const inNetwork = broker.address("client").inNetwork;
        const onHost = broker.address("host").onHost;

        this.bootstrapServers = { inNetwork, onHost };
        this.storage = broker.volume("data");
        this.provider = new kafka.Provider(
            name,
            // TLS is on by default in the provider; the listener is plain text on loopback.
            { bootstrapServers: [onHost], tlsEnabled: false },
            { parent: this },
        );
        this.registerOutputs({ bootstrapServers: onHost });
    }
}

type Settings = Required<KafkaArgs>;

function withDefaults(args: KafkaArgs): Settings {
    return {
        memory: SIZES.small.kafka,
        retentionHours: 168,
        retentionMegabytes: 1024,
        clusterName: `${pulumi.getProject()}-${pulumi.getStack()}`,
        ...args,
    };
}

/** One Kafka broker: its listeners, limits, retention and readiness. */
export function kafkaSpec(name: string, settings: Settings): ServiceSpec {
    const { heap, limit } = settings.memory;
    return {
        image: "kafka",
        command: [
            "bash",
            "-c",
            // Formatting is skipped by hand: a JVM start that only finds formatted storage costs a second at every start.
            `[ -f ${DATA}/meta.properties ] || ` +
                `/opt/kafka/bin/kafka-storage.sh format --standalone --cluster-id ${clusterId(settings.clusterName)} --config ${CONFIG} && ` +
                `exec /opt/kafka/bin/kafka-server-start.sh ${CONFIG}`,
        ],
        env: {
            KAFKA_HEAP_OPTS: `-Xms${heap}m -Xmx${heap}m`,
            KAFKA_JVM_PERFORMANCE_OPTS: "-XX:+UseSerialGC -XX:TieredStopAtLevel=4 -Djava.awt.headless=true",
        },
        files: { [CONFIG]: serverProperties(name, settings) },
        ports: {
            client: { port: CLIENT_PORT, internal: true },
            host: HOST_PORT,
            controller: { port: CONTROLLER_PORT, internal: true },
        },
        volumes: { [DATA]: "data" },
        ready: { ask: [{ kafka: { port: "client" } }], deadlineSeconds: 90 },
        memoryMegabytes: limit,
        stopSeconds: 20,
    };
}

/** Kafka wants 16 bytes in base64url; derived from the name, so that a broker knows its own volume again. */
export function clusterId(clusterName: string): string {
    return createHash("md5").update(clusterName).digest("base64url");
}

function serverProperties(name: string, { host, retentionHours, retentionMegabytes }: Settings): string {
    const inNetwork = host.plannedAddress(name, { port: CLIENT_PORT }).inNetwork;
    const onHost = host.plannedAddress(name, HOST_PORT).onHost;
    const properties: Record<string, string | number | boolean> = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.bootstrap.servers": `localhost:${CONTROLLER_PORT}`,
        "controller.listener.names": "CONTROLLER",
        listeners: `CLIENT://:${CLIENT_PORT},HOST://:${HOST_PORT.port},CONTROLLER://localhost:${CONTROLLER_PORT}`,
        "advertised.listeners": `CLIENT://${inNetwork},HOST://${onHost},CONTROLLER://localhost:${CONTROLLER_PORT}`,
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,HOST:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        "log.dirs": DATA,
        "auto.create.topics.enable": false,
        "log.retention.hours": retentionHours,
        "log.retention.bytes": retentionMegabytes * 1024 * 1024,
        "log.segment.bytes": 64 * 1024 * 1024,
        // A single broker: every internal topic has one replica and few partitions.
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 1,
        "group.initial.rebalance.delay.ms": 0,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 2,
        // The cleaner reserves 128 MB for deduplication by default, more than the whole heap of size small.
        "log.cleaner.dedupe.buffer.size": 4 * 1024 * 1024,
        "log.cleaner.threads": 1,
    };
    return `${Object.entries(properties)
        .map(([key, value]) => `${key}=${value}`)
        .join("\n")}\n`;
}
