/** What a bucket is beside its name, in S3's own words. */
export interface BucketDocument {
    readonly versioning?: Versioning;
    readonly lifecycle?: readonly LifecycleRule[];
    readonly policy?: PolicyDocument;
}

/** Whether overwritten and deleted objects are kept as older versions. `Suspended` keeps those that are there. */
export type Versioning = "Enabled" | "Suspended";

/** One rule of a bucket's lifecycle: which objects, and what happens to them after how long. */
export interface LifecycleRule {
    /** Tells rules apart: a change of it is another rule. */
    readonly ID: string;
    /** @default "Enabled" */
    readonly Status?: "Enabled" | "Disabled";
    /** @default all objects */
    readonly Filter?: LifecycleFilter;
    readonly Expiration?: {
        readonly Days?: number;
        /** Midnight UTC, as in `2027-01-01`. */
        readonly Date?: string;
        /** Remove delete markers that hide nothing any more. */
        readonly ExpiredObjectDeleteMarker?: boolean;
    };
    readonly NoncurrentVersionExpiration?: {
        readonly NoncurrentDays?: number;
        /** So many of the newest older versions stay whatever their age. */
        readonly NewerNoncurrentVersions?: number;
    };
    /** MinIO and SILO ignore it, which is an error here; they drop uploads by themselves after a day. */
    readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
    /** To a storage class that the server has: MinIO calls it a tier, and its administrator makes it. */
    readonly Transitions?: readonly {
        readonly Days?: number;
        readonly Date?: string;
        readonly StorageClass: string;
    }[];
    readonly NoncurrentVersionTransitions?: readonly {
        readonly NoncurrentDays?: number;
        readonly NewerNoncurrentVersions?: number;
        readonly StorageClass: string;
    }[];
}

/** Which objects a rule is about: one condition, or several within `And`. */
export interface LifecycleFilter {
    readonly Prefix?: string;
    readonly Tag?: ObjectTag;
    readonly ObjectSizeGreaterThan?: number;
    readonly ObjectSizeLessThan?: number;
    readonly And?: {
        readonly Prefix?: string;
        readonly Tags?: readonly ObjectTag[];
        readonly ObjectSizeGreaterThan?: number;
        readonly ObjectSizeLessThan?: number;
    };
}

/** A tag that an object carries. */
export interface ObjectTag {
    readonly Key: string;
    readonly Value: string;
}

/** Who else may do what in a bucket. The owner of the server's keys may do everything without one. */
export interface PolicyDocument {
    /** @default "2012-10-17" */
    readonly Version?: string;
    readonly Statement: readonly PolicyStatement[];
}

/** One permission or prohibition. */
export interface PolicyStatement {
    readonly Sid?: string;
    readonly Effect: "Allow" | "Deny";
    /** `"*"` is everybody, without any key. */
    readonly Principal: "*" | { readonly AWS: string | readonly string[] };
    readonly Action: string | readonly string[];
    /** `arn:aws:s3:::bucket` for the bucket itself, `arn:aws:s3:::bucket/*` for its objects. */
    readonly Resource: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}
