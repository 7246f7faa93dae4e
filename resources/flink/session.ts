import * as pulumi from "@pulumi/pulumi";
import type { Address, HostAddress } from "../../lib/address";

/** Which Flink session cluster runs a job. */
export interface FlinkServer {
    /** URL of the JobManager's REST interface, as the machine running Pulumi reaches it. */
    restUrl: pulumi.Input<HostAddress>;
    /** URL of the SQL gateway's REST interface, without a version. */
    sqlGatewayUrl: pulumi.Input<HostAddress>;
    /** Whole value of the Authorization header of both, where a proxy before them wants one: Flink has no login. Kept secret. */
    authorization?: pulumi.Input<string>;
}

/** A cluster, such as a `Flink`, as the server of a resource. */
export function flinkServer(cluster: { readonly restUrl: Address; readonly sqlGatewayUrl: Address }): FlinkServer {
    return { restUrl: cluster.restUrl.onHost, sqlGatewayUrl: cluster.sqlGatewayUrl.onHost };
}

/** The server as an input of a resource, with what it knows us by marked secret. */
export function secretServer(server: FlinkServer): FlinkServer {
    const { authorization } = server;
    return { ...server, ...(authorization === undefined ? {} : { authorization: pulumi.secret(authorization) }) };
}
