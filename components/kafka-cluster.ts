import type * as kafka from "@pulumi/kafka";
import type * as pulumi from "@pulumi/pulumi";
import type { Address } from "../lib/address";

/** Any broker that speaks the Kafka protocol; pipelines know nothing more about it. */
export interface KafkaCluster {
    /** `host:port` to bootstrap from. */
    readonly bootstrapServers: Address;
    /** Provider of `@pulumi/kafka` resources, connected through the host listener. */
    readonly provider: kafka.Provider;
    /** What holds the topics: they need no deletion of their own when it goes. */
    readonly storage: pulumi.Resource;
    /** Brokers in the cluster: the highest replication factor that a topic can have. */
    readonly brokers: number;
}
