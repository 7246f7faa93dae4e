import * as pulumi from "@pulumi/pulumi";
import type { HostAddress } from "../../lib/address";
import type { S3Endpoint } from "../../lib/s3-endpoint";

/** Which S3 server holds an object. */
export interface S3Server {
    /** URL without a bucket, as the machine running Pulumi reaches it; see `hostAddress` for servers that exist already. */
    url: pulumi.Input<HostAddress>;
    /** Access key id. Kept secret. */
    accessKey: pulumi.Input<string>;
    /** Secret access key. */
    secretKey: pulumi.Input<string>;
    /** What requests are signed for. @default "us-east-1" */
    region?: pulumi.Input<string>;
    /** Buckets stand in the path instead of the host name. @default true */
    pathStyle?: pulumi.Input<boolean>;
}

/** An endpoint, such as an `ObjectStore`, as the server of a resource. */
export function s3Server({ url, region, accessKey, secretKey, pathStyle }: S3Endpoint): S3Server {
    return { url: url.onHost, region, accessKey, secretKey, pathStyle };
}

/** The server as an input of a resource, with its keys marked secret. */
export function secretServer(server: S3Server): S3Server {
    return { ...server, accessKey: pulumi.secret(server.accessKey), secretKey: pulumi.secret(server.secretKey) };
}
