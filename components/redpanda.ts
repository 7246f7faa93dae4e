import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { PortSpec, ServiceSpec } from "../hosts/service-spec";
import type { Address } from "../lib/address";
import { SIZES } from "../lib/sizes";
import type { KafkaCluster } from "./kafka-cluster";

const DATA = "/var/lib/redpanda/data";
const CLIENT_PORT = 9092;
/** As in {@link Kafka}: the same host address, whichever broker runs. */
const HOST_PORT: PortSpec = { port: 19_092, published: 9_092 };
const ADMIN_PORT = 9644;
const SCHEMA_REGISTRY_PORT = 8081;

/** Arguments of {@link Redpanda}. */
export interface RedpandaArgs {
    /** Where the broker runs; its images must come from a registry. */
    host: Host;
    /** Memory that Redpanda takes for itself and the container's limit, in megabytes. @default those of size small */
    memory?: { reserved: number; limit: number };
    /** Cores. @default 1 */
    cores?: number;
}

/**
 * Redpanda, one node in its container developer mode, with a schema registry.
 *
 * Its broker is C++ with no build from package registries, so it needs an image registry; without one use
 * {@link Kafka}, which offers the same interface at the same addresses.
 */
export class Redpanda extends pulumi.ComponentResource implements KafkaCluster {
    readonly bootstrapServers: Address;
    readonly provider: kafka.Provider;
    readonly storage: pulumi.Resource;
    readonly brokers = 1;

    constructor(name: string, args: RedpandaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:Redpanda", name, {}, opts);
        const settings = { memory: SIZES.small.redpanda, cores: 1, ...args };
        const broker = args.host.service(name, redpandaSpec(name, settings), { parent: this });
        const onHost = broker.address("host").onHost;

        this.bootstrapServers = { inNetwork: broker.address("client").inNetwork, onHost };
        this.storage = broker.volume("data");
        this.provider = new kafka.Provider(name, { bootstrapServers: [onHost], tlsEnabled: false }, { parent: this });
        this.registerOutputs({ bootstrapServers: onHost });
    }
}

/** One Redpanda broker; flags as its own container quick start, but topics are not created by accident. */
export function redpandaSpec(name: string, settings: Required<RedpandaArgs>): ServiceSpec {
    const { host, memory, cores } = settings;
    const inNetwork = host.plannedAddress(name, { port: CLIENT_PORT }).inNetwork;
    const onHost = host.plannedAddress(name, HOST_PORT).onHost;
    return {
        image: "redpanda",
        command: [
            "rpk",
            "redpanda",
            "start",
            "--mode=dev-container",
            `--smp=${cores}`,
            `--memory=${memory.reserved}M`,
            `--kafka-addr=client://0.0.0.0:${CLIENT_PORT},host://0.0.0.0:${HOST_PORT.port}`,
            `--advertise-kafka-addr=client://${inNetwork},host://${onHost}`,
            `--schema-registry-addr=0.0.0.0:${SCHEMA_REGISTRY_PORT}`,
            `--rpc-addr=${name}:33145`,
            `--advertise-rpc-addr=${name}:33145`,
            // The developer mode turns creation by a client's mistake on, and skips fsync.
            "--set=redpanda.auto_create_topics_enabled=false",
        ],
        ports: {
            client: { port: CLIENT_PORT, internal: true },
            host: HOST_PORT,
            admin: { port: ADMIN_PORT },
            schemaRegistry: { port: SCHEMA_REGISTRY_PORT },
        },
        volumes: { [DATA]: "data" },
        ready: {
            ask: [{ http: { port: "admin", path: "/v1/status/ready" } }, { kafka: { port: "client" } }],
            deadlineSeconds: 90,
        },
        memoryMegabytes: memory.limit,
        cpus: cores,
        stopSeconds: 20,
    };
}
