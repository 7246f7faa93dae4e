import type * as kafka from "@pulumi/kafka";
import type * as pulumi from "@pulumi/pulumi";
import type { Address } from "../lib/address";

/** What a client proves itself with to a broker that asks for it. */
export interface KafkaCredentials {
    /** SASL mechanism, in Kafka's own spelling. */
    readonly mechanism: "SCRAM-SHA-512";
    readonly username: string;
    /** Secret. */
    readonly password: pulumi.Output<string>;
}

/** Whether a broker asks its clients who they are: `scram` is SASL/SCRAM-SHA-512, without encryption. */
export type KafkaAuthentication = "none" | "scram";

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
    /** Every client on either side needs these; undefined where the broker lets everybody in. */
    readonly credentials?: KafkaCredentials | undefined;
}
