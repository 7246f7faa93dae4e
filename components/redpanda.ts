import * as pulumi from "@pulumi/pulumi";
import type { ServiceSpec } from "../hosts/service-spec";
import { SIZES } from "../lib/sizes";
import { Broker, type BrokerArgs, CLIENT_PORT, HOST_PORT } from "./broker";
import type { KafkaCredentials } from "./kafka-cluster";

const DATA = "/var/lib/redpanda/data";
const ADMIN_PORT = 9644;
const SCHEMA_REGISTRY_PORT = 8081;

/** Arguments of {@link Redpanda}; its host's images must come from a registry. */
export interface RedpandaArgs extends BrokerArgs {
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
export class Redpanda extends Broker {
    constructor(name: string, args: RedpandaArgs, opts?: pulumi.ComponentResourceOptions) {
        const settings = { memory: SIZES.small.redpanda, cores: 1, ...args };
        super("millrace:index:Redpanda", name, args, (credentials) => redpandaSpec(name, settings, credentials), opts);
    }
}

type Settings = Required<Omit<RedpandaArgs, keyof BrokerArgs>> & Pick<BrokerArgs, "host">;

/**
 * One Redpanda broker; flags as its own container quick start, but topics are not created by accident.
 * @param credentials what clients have to prove themselves with; without, everybody is let in. Redpanda takes them at
 * the first start of a volume only.
 */
export function redpandaSpec(name: string, settings: Settings, credentials?: KafkaCredentials): ServiceSpec {
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
            ...(credentials
                ? [
                      "--set=redpanda.enable_sasl=true",
                      `--set=redpanda.superusers=['${credentials.username}']`,
                      // Whoever reaches the admin interface could otherwise make a user.
                      "--set=redpanda.admin_api_require_auth=true",
                  ]
                : []),
        ],
        ...(credentials && {
            env: {
                RP_BOOTSTRAP_USER: pulumi.interpolate`${credentials.username}:${credentials.password}:${credentials.mechanism}`,
            },
        }),
        ports: {
            client: { port: CLIENT_PORT, internal: true },
            host: HOST_PORT,
            admin: { port: ADMIN_PORT },
            schemaRegistry: { port: SCHEMA_REGISTRY_PORT },
        },
        volumes: { [DATA]: "data" },
        ready: {
            // A listener that asks for a password does not answer the metadata question.
            ask: credentials
                ? [
                      { http: { port: "admin", path: "/v1/status/ready", contains: '"ready"' } },
                      { tcp: { port: "client" } },
                  ]
                : [{ http: { port: "admin", path: "/v1/status/ready" } }, { kafka: { port: "client" } }],
            deadlineSeconds: 90,
        },
        memoryMegabytes: memory.limit,
        cpus: cores,
        stopSeconds: 20,
    };
}
