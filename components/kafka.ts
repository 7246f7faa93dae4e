import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { ServiceSpec } from "../hosts/service-spec";
import { type JvmMemory, SIZES } from "../lib/sizes";
import { Broker, type BrokerArgs, CLIENT_PORT, HOST_PORT } from "./broker";
import type { KafkaCredentials } from "./kafka-cluster";
import { LOCAL_LISTENER, scramProperties, scramSpec } from "./kafka-scram";

const DATA = "/var/lib/kafka/data";
const CONFIG = "/etc/millrace/server.properties";

const CONTROLLER_PORT = 9093;

/** Arguments of {@link Kafka}. */
export interface KafkaArgs extends BrokerArgs {
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
export class Kafka extends Broker {
    constructor(name: string, args: KafkaArgs, opts?: pulumi.ComponentResourceOptions) {
        const settings = withDefaults(args);
        super("millrace:index:Kafka", name, args, (credentials) => kafkaSpec(name, settings, credentials), opts);
    }
}

type Settings = Required<Omit<KafkaArgs, keyof BrokerArgs>> & Pick<BrokerArgs, "host">;

function withDefaults(args: KafkaArgs): Settings {
    return {
        memory: SIZES.small.kafka,
        retentionHours: 168,
        retentionMegabytes: 1024,
        clusterName: `${pulumi.getProject()}-${pulumi.getStack()}`,
        ...args,
    };
}

/**
 * One Kafka broker: its listeners, limits, retention and readiness.
 * @param credentials what clients have to prove themselves with; without, everybody is let in.
 */
export function kafkaSpec(name: string, settings: Settings, credentials?: KafkaCredentials): ServiceSpec {
    const { heap, limit } = settings.memory;
    const id = clusterId(settings.clusterName);
    const scram = credentials && scramSpec(credentials, { data: DATA, config: CONFIG, clusterId: id });
    return {
        image: "kafka",
        command: scram?.command ?? [
            "bash",
            "-c",
            // Formatting is skipped by hand: a JVM start that only finds formatted storage costs a second at every start.
            `[ -f ${DATA}/meta.properties ] || ` +
                `/opt/kafka/bin/kafka-storage.sh format --standalone --cluster-id ${id} --config ${CONFIG} && ` +
                `exec /opt/kafka/bin/kafka-server-start.sh ${CONFIG}`,
        ],
        env: {
            KAFKA_HEAP_OPTS: `-Xms${heap}m -Xmx${heap}m`,
            KAFKA_JVM_PERFORMANCE_OPTS: "-XX:+UseSerialGC -XX:TieredStopAtLevel=4 -Djava.awt.headless=true",
        },
        files: {
            [CONFIG]: serverProperties(name, settings, credentials),
            ...scram?.files,
        },
        ports: {
            client: { port: CLIENT_PORT, internal: true },
            host: HOST_PORT,
            controller: { port: CONTROLLER_PORT, internal: true },
            ...scram?.ports,
        },
        volumes: { [DATA]: "data" },
        ready: { ask: scram?.ask ?? [{ kafka: { port: "client" } }], deadlineSeconds: 90 },
        memoryMegabytes: limit,
        stopSeconds: 20,
    };
}

/** Kafka wants 16 bytes in base64url; derived from the name, so that a broker knows its own volume again. */
export function clusterId(clusterName: string): string {
    return createHash("md5").update(clusterName).digest("base64url");
}

function serverProperties(
    name: string,
    { host, retentionHours, retentionMegabytes }: Settings,
    credentials: KafkaCredentials | undefined,
): string {
    const local = credentials ? `${LOCAL_LISTENER},` : "";
    const inNetwork = host.plannedAddress(name, { port: CLIENT_PORT }).inNetwork;
    const onHost = host.plannedAddress(name, HOST_PORT).onHost;
    const properties: Record<string, string | number | boolean> = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.bootstrap.servers": `localhost:${CONTROLLER_PORT}`,
        "controller.listener.names": "CONTROLLER",
        listeners: `CLIENT://:${CLIENT_PORT},HOST://:${HOST_PORT.port},${local}CONTROLLER://localhost:${CONTROLLER_PORT}`,
        "advertised.listeners": `CLIENT://${inNetwork},HOST://${onHost},${local}CONTROLLER://localhost:${CONTROLLER_PORT}`,
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,HOST:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        ...(credentials && scramProperties(credentials.mechanism)),
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
