import * as pulumi from "@pulumi/pulumi";
import type { Address, HostAddress } from "../../lib/address";

/** Which Kafka Connect cluster holds a connector. */
export interface ConnectServer {
    /** REST interface of any worker, as the machine running Pulumi reaches it; see `hostAddress` for clusters that exist already. */
    restUrl: pulumi.Input<HostAddress>;
    /** Whole value of the Authorization header, such as `Basic …`. Kept secret. @default none */
    authorization?: pulumi.Input<string>;
}

/** A cluster, such as a `KafkaConnect`, as the server of a resource. */
export function connectServer({ restUrl }: { readonly restUrl: Address }): ConnectServer {
    return { restUrl: restUrl.onHost };
}

/** The server as an input of a resource, with its authorization marked secret. */
export function secretServer({ restUrl, authorization }: ConnectServer): ConnectServer {
    return authorization === undefined ? { restUrl } : { restUrl, authorization: pulumi.secret(authorization) };
}
