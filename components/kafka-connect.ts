import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import { type Address, urlOf } from "../lib/address";
import { type JvmMemory, SIZES } from "../lib/sizes";
import type { ConnectCluster } from "./connect-cluster";
import type { KafkaCluster } from "./kafka-cluster";
import { kafkaConnectSpec, secretReference } from "./kafka-connect-spec";

/** Debezium's source for PostgreSQL: both images have it. */
export const POSTGRES_CONNECTOR = "io.debezium.connector.postgresql.PostgresConnector";

/** Arguments of {@link KafkaConnect}. */
export interface KafkaConnectArgs {
    /** Where the worker runs. */
    host: Host;
    /** The broker that its connectors write to, and that keeps their offsets. */
    kafka: KafkaCluster;
    /** Heap and limit. @default those of size small */
    memory?: JvmMemory;
    /**
     * Classes of connectors that have to be there: without one the worker is not ready, and says which. The built
     * image has the default alone, the registry's has Debezium's others too.
     * @default Debezium's PostgreSQL source
     */
    plugins?: readonly string[];
    /**
     * Key → value that connectors may use by {@link KafkaConnect.secretReference}. A change restarts the worker.
     * @default none
     */
    secrets?: Readonly<Record<string, pulumi.Input<string>>>;
    /**
     * Let sources write records and their offsets in one transaction, so that after a crash nothing is there twice for
     * those who read committed records only. @default true
     */
    exactlyOnce?: boolean;
}

/**
 * Kafka Connect with Debezium: one worker, which is a cluster.
 *
 * Connectors, their offsets and states stand in topics `<name>-configs`, `<name>-offsets` and `<name>-status`: the
 * container can go and come, and another name is another, empty cluster. Containers reach the REST interface at
 * `http://<name>:8083`, the host at the published port.
 */
export class KafkaConnect extends pulumi.ComponentResource implements ConnectCluster {
    readonly restUrl: Address;
    readonly plugins: readonly string[];
    readonly storage: pulumi.Resource;
    private readonly secretKeys: readonly string[];

    constructor(
        private readonly service: string,
        args: KafkaConnectArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("millrace:index:KafkaConnect", service, {}, opts);
        const { host, ...settings } = {
            memory: SIZES.small.kafkaConnect,
            plugins: [POSTGRES_CONNECTOR],
            secrets: {},
            exactlyOnce: true,
            ...args,
        };
        const worker = host.service(service, kafkaConnectSpec(service, settings), { parent: this });
        this.restUrl = urlOf("http", worker.address("rest"));
        this.plugins = settings.plugins;
        this.secretKeys = Object.keys(settings.secrets);
        this.storage = args.kafka.storage;
        this.registerOutputs({ restUrl: this.restUrl.onHost });
    }

    secretReference(key: string): string {
        if (!this.secretKeys.includes(key)) {
            const known = this.secretKeys.length === 0 ? "it has none" : `it has ${this.secretKeys.join(", ")}`;
            throw new Error(
                `KafkaConnect "${this.service}" has no secret "${key}": ${known}; add it to the component's secrets`,
            );
        }
        return secretReference(key);
    }
}
