import type * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import type { LifecycleRule, PolicyDocument, Versioning } from "./documents";
import { type S3Server, secretServer } from "./session";

const CODE: ProviderCode = { folder: __dirname, module: "bucket-provider", exportName: "bucketProvider" };

/** Arguments of {@link Bucket}. */
export interface BucketArgs {
    /** Which server; `s3Server(objectStore)` for one of ours. An address, no identity: when it changes, the bucket is looked for there. */
    server: S3Server;
    /** Its name on the server: 3 to 63 small letters, digits, hyphens and dots. */
    bucket: pulumi.Input<string>;
    /** Keep overwritten and deleted objects as older versions. Taken back, it is suspended: S3 has no other way. @default off */
    versioning?: pulumi.Input<Versioning>;
    /** What happens to objects with age; all rules of the bucket. @default none */
    lifecycle?: pulumi.Input<pulumi.Input<LifecycleRule>[]>;
    /** Who else may do what in it. @default nobody */
    policy?: pulumi.Input<PolicyDocument>;
    /** Delete the bucket with everything in it: objects, older versions and unfinished uploads. @default false */
    forceDestroy?: pulumi.Input<boolean>;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to delete the bucket, or to replace it under another name. @default true */
    deletionProtection?: pulumi.Input<boolean>;
}

/**
 * A bucket on an S3 server, with all of its versioning, lifecycle and policy: what is not declared is not there.
 *
 * It is deleted when it is empty; otherwise deletion is refused with the number of objects, unless `forceDestroy` was
 * set by an earlier `up`.
 */
export class Bucket extends ManagedResource {
    /** Name on the server. */
    declare readonly bucket: pulumi.Output<string>;
    /** What the server added to, dropped from or rewrote in the declaration: path → value. */
    declare readonly observed: pulumi.Output<Observed>;

    constructor(name: string, args: BucketArgs, opts?: pulumi.CustomResourceOptions) {
        super(CODE, "s3:Bucket", name, { ...args, server: secretServer(args.server), observed: undefined }, opts);
    }
}
