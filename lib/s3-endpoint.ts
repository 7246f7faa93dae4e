import type * as pulumi from "@pulumi/pulumi";
import type { Address } from "./address";

/** Any S3 endpoint, as pipelines and other servers see it: our own object store, or one that exists already. */
export interface S3Endpoint {
    /** `http://host:port`, without a bucket. Containers take `inNetwork`; Pulumi, tests and people `onHost`. */
    readonly url: Address;
    /** What requests are signed for; a server of one's own only wants it to be the same everywhere. */
    readonly region: string;
    /** Access key id. Secret: with the other key it opens everything. */
    readonly accessKey: pulumi.Output<string>;
    /** Secret access key. */
    readonly secretKey: pulumi.Output<string>;
    /** Buckets stand in the path, not in the host name: no wildcard DNS here. */
    readonly pathStyle: true;
}
