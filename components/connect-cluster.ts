import type * as pulumi from "@pulumi/pulumi";
import type { Address } from "../lib/address";

/** Any Kafka Connect cluster, as pipelines see it. */
export interface ConnectCluster {
    /** Where connectors are declared. */
    readonly restUrl: Address;
    /** Classes of connectors that are sure to be there. */
    readonly plugins: readonly string[];
    /** What holds connectors and their offsets: they need no deletion of their own when it goes. */
    readonly storage: pulumi.Resource;
    /**
     * What a connector's configuration says in place of a secret. Workers put in the value; the REST interface, the
     * topics of the cluster and Pulumi's state hold the reference only.
     * @throws Error when the workers have no such secret.
     */
    secretReference(key: string): string;
}
