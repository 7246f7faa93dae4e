import {
    AbortMultipartUploadCommand,
    CreateBucketCommand,
    DeleteBucketCommand,
    DeleteBucketLifecycleCommand,
    DeleteBucketPolicyCommand,
    DeleteObjectsCommand,
    GetBucketLifecycleConfigurationCommand,
    GetBucketPolicyCommand,
    GetBucketVersioningCommand,
    ListMultipartUploadsCommand,
    ListObjectVersionsCommand,
    type ListObjectVersionsCommandOutput,
    PutBucketLifecycleConfigurationCommand,
    PutBucketPolicyCommand,
    PutBucketVersioningCommand,
    type LifecycleRule as SdkRule,
} from "@aws-sdk/client-s3";
import { ask, isCode, isNotImplemented, type Session } from "./api";
import type { BucketDocument, LifecycleRule, PolicyDocument, Versioning } from "./documents";

/** A part of a bucket that a server may not have. */
export type Facet = keyof BucketDocument;

/** A bucket as it is. */
export interface HeldBucket {
    readonly document: BucketDocument;
    /** Parts that this server says it does not have. */
    readonly missing: readonly Facet[];
}

/** How much is in a bucket. */
export interface Contents {
    readonly objects: number;
    /** Older versions that are hidden by newer ones or by a deletion. */
    readonly olderVersions: number;
    readonly deleteMarkers: number;
    /** False when counting was cut short: there are at least so many. */
    readonly exact: boolean;
}

/** One page of what a bucket holds, every version of it. */
interface Page {
    readonly current: number;
    readonly olderVersions: number;
    readonly deleteMarkers: number;
    readonly all: readonly { Key: string; VersionId: string }[];
}

/** The most that S3 lists or deletes by one request. */
const PAGE = 1000;

/** The bucket as it is; undefined when there is none. Errors: no answer, refused credentials. */
export async function readBucket(session: Session, bucket: string): Promise<HeldBucket | undefined> {
    const missing: Facet[] = [];
    const read = async <T>(facet: Facet, none: string, get: () => Promise<T>): Promise<T | undefined> => {
        try {
            return await get();
        } catch (error) {
            if (isNotImplemented(error)) missing.push(facet);
            else if (!isCode(error, none)) throw error;
            return undefined;
        }
    };
    try {
        const [versioning, lifecycle, policy] = await Promise.all([
            read("versioning", "", () => getVersioning(session, bucket)),
            read("lifecycle", "NoSuchLifecycleConfiguration", () => getLifecycle(session, bucket)),
            read("policy", "NoSuchBucketPolicy", () => getPolicy(session, bucket)),
        ]);
        const document = {
            ...(versioning === undefined ? {} : { versioning }),
            ...(lifecycle === undefined ? {} : { lifecycle }),
            ...(policy === undefined ? {} : { policy }),
        };
        return { document, missing };
    } catch (error) {
        if (isCode(error, "NoSuchBucket")) return undefined;
        throw error;
    }
}

/** Creates the bucket. Errors: code `BucketAlreadyOwnedByYou` or `BucketAlreadyExists` when it is there. */
export async function createBucket(session: Session, bucket: string): Promise<void> {
    const region = session.server.region ?? "us-east-1";
    // AWS refuses the constraint in the one region that is its default.
    const constraint = region === "us-east-1" ? {} : { LocationConstraint: region as never };
    await ask(session, `CreateBucket ${bucket}`, (client, options) =>
        client.send(
            new CreateBucketCommand({
                Bucket: bucket,
                ...(region === "us-east-1" ? {} : { CreateBucketConfiguration: constraint }),
            }),
            options,
        ),
    );
}

/** Deletes an empty bucket; a missing one is deleted. Errors: code `BucketNotEmpty`. */
export async function deleteBucket(session: Session, bucket: string): Promise<void> {
    try {
        await ask(session, `DeleteBucket ${bucket}`, (client, options) =>
            client.send(new DeleteBucketCommand({ Bucket: bucket }), options),
        );
    } catch (error) {
        if (!isCode(error, "NoSuchBucket")) throw error;
    }
}

/** Turns versioning on or suspends it. */
export async function putVersioning(session: Session, bucket: string, status: Versioning): Promise<void> {
    await ask(session, `PutBucketVersioning ${bucket}`, (client, options) =>
        client.send(
            new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: status } }),
            options,
        ),
    );
}

/** Replaces all rules; none removes the configuration. */
export async function putLifecycle(session: Session, bucket: string, rules: readonly LifecycleRule[]): Promise<void> {
    if (rules.length === 0) {
        await ask(session, `DeleteBucketLifecycle ${bucket}`, (client, options) =>
            client.send(new DeleteBucketLifecycleCommand({ Bucket: bucket }), options),
        );
        return;
    }
    await ask(session, `PutBucketLifecycleConfiguration ${bucket}`, (client, options) =>
        client.send(
            new PutBucketLifecycleConfigurationCommand({
                Bucket: bucket,
                LifecycleConfiguration: { Rules: rules.map(ruleToSdk) },
            }),
            options,
        ),
    );
}

/** Replaces the policy; undefined removes it. */
export async function putPolicy(session: Session, bucket: string, policy: PolicyDocument | undefined): Promise<void> {
    if (policy === undefined) {
        await ask(session, `DeleteBucketPolicy ${bucket}`, (client, options) =>
            client.send(new DeleteBucketPolicyCommand({ Bucket: bucket }), options),
        );
        return;
    }
    await ask(session, `PutBucketPolicy ${bucket}`, (client, options) =>
        client.send(
            new PutBucketPolicyCommand({
                Bucket: bucket,
                Policy: JSON.stringify({ Version: "2012-10-17", ...policy }),
            }),
            options,
        ),
    );
}

/**
 * Counts what is in a bucket.
 * @param most stops counting there; a listing of a thousand takes some 20 ms.
 */
export async function countContents(session: Session, bucket: string, most: number): Promise<Contents> {
    const found = { objects: 0, olderVersions: 0, deleteMarkers: 0 };
    let counted = 0;
    for await (const page of pagesOf(session, bucket)) {
        if (counted >= most) return { ...found, exact: false };
        found.objects += page.current;
        found.olderVersions += page.olderVersions;
        found.deleteMarkers += page.deleteMarkers;
        counted += page.all.length;
    }
    return { ...found, exact: true };
}

/**
 * Removes every object, version, delete marker and unfinished upload.
 * @param tell hears how many versions are gone so far, after every thousand.
 * Errors: what the server would not delete, such as a version under a legal hold.
 */
export async function emptyBucket(session: Session, bucket: string, tell: (removed: number) => void): Promise<void> {
    let removed = 0;
    let kept = 0;
    const reasons = new Set<string>();
    for await (const { all } of pagesOf(session, bucket)) {
        const { Errors = [] } = await ask(session, `DeleteObjects ${bucket}`, (client, options) =>
            client.send(
                new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [...all], Quiet: true } }),
                options,
            ),
        );
        for (const { Key, Code, Message } of Errors) {
            if (reasons.size < 3) reasons.add(`${Key}: ${Code} ${Message}`);
        }
        kept += Errors.length;
        removed += all.length - Errors.length;
        tell(removed);
    }
    if (kept > 0) {
        throw new Error(
            `${removed} versions were removed; the server keeps ${kept}, among them\n  ${[...reasons].join("\n  ")}`,
        );
    }
    await abortUploads(session, bucket);
}

async function getVersioning(session: Session, bucket: string): Promise<Versioning | undefined> {
    const { Status } = await ask(session, `GetBucketVersioning ${bucket}`, (client, options) =>
        client.send(new GetBucketVersioningCommand({ Bucket: bucket }), options),
    );
    return Status;
}

async function getLifecycle(session: Session, bucket: string): Promise<LifecycleRule[] | undefined> {
    const { Rules } = await ask(session, `GetBucketLifecycleConfiguration ${bucket}`, (client, options) =>
        client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }), options),
    );
    return Rules?.map(ruleFromSdk);
}

async function getPolicy(session: Session, bucket: string): Promise<PolicyDocument | undefined> {
    const { Policy } = await ask(session, `GetBucketPolicy ${bucket}`, (client, options) =>
        client.send(new GetBucketPolicyCommand({ Bucket: bucket }), options),
    );
    return Policy === undefined || Policy === "" ? undefined : (JSON.parse(Policy) as PolicyDocument);
}

/** The SDK takes and gives dates as objects, which Pulumi cannot carry. */
function ruleToSdk({ Expiration, Transitions, ...rule }: LifecycleRule): SdkRule {
    const dated = <T extends { readonly Date?: string }>({ Date: day, ...rest }: T) => ({
        ...rest,
        ...(day === undefined ? {} : { Date: new Date(day) }),
    });
    return {
        ...rule,
        Status: rule.Status ?? "Enabled",
        // A rule without a filter is of an older form, which servers answer differently from what they were sent.
        Filter: rule.Filter ?? { Prefix: "" },
        ...(Expiration === undefined ? {} : { Expiration: dated(Expiration) }),
        ...(Transitions === undefined ? {} : { Transitions: Transitions.map(dated) }),
    } as SdkRule;
}

function ruleFromSdk(rule: SdkRule): LifecycleRule {
    return JSON.parse(JSON.stringify(rule)) as LifecycleRule;
}

async function* pagesOf(session: Session, bucket: string): AsyncGenerator<Page> {
    let marker: Pick<ListObjectVersionsCommandOutput, "NextKeyMarker" | "NextVersionIdMarker"> = {};
    for (;;) {
        const page: ListObjectVersionsCommandOutput = await ask(
            session,
            `ListObjectVersions ${bucket}`,
            (client, options) =>
                client.send(
                    new ListObjectVersionsCommand({
                        Bucket: bucket,
                        MaxKeys: PAGE,
                        KeyMarker: marker.NextKeyMarker,
                        VersionIdMarker: marker.NextVersionIdMarker,
                    }),
                    options,
                ),
        );
        const { Versions = [], DeleteMarkers = [] } = page;
        const all = [...Versions, ...DeleteMarkers].map(({ Key = "", VersionId = "null" }) => ({ Key, VersionId }));
        if (all.length > 0) {
            const current = Versions.filter(({ IsLatest }) => IsLatest === true).length;
            yield {
                current,
                olderVersions: Versions.length - current,
                deleteMarkers: DeleteMarkers.length,
                all,
            };
        }
        if (page.IsTruncated !== true) return;
        marker = page;
    }
}

/**
 * MinIO lists only the uploads that began since it started; it drops all of them by itself after a day, and deletes a
 * bucket in spite of them.
 */
async function abortUploads(session: Session, bucket: string): Promise<void> {
    let marker: { NextKeyMarker?: string | undefined; NextUploadIdMarker?: string | undefined } = {};
    for (;;) {
        const page = await ask(session, `ListMultipartUploads ${bucket}`, (client, options) =>
            client.send(
                new ListMultipartUploadsCommand({
                    Bucket: bucket,
                    KeyMarker: marker.NextKeyMarker,
                    UploadIdMarker: marker.NextUploadIdMarker,
                }),
                options,
            ),
        ).catch((error: unknown) => {
            if (isNotImplemented(error)) return { Uploads: [] };
            throw error;
        });
        for (const { Key, UploadId } of page.Uploads ?? []) {
            await ask(session, `AbortMultipartUpload ${bucket}`, (client, options) =>
                client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }), options),
            ).catch((error: unknown) => {
                if (!isCode(error, "NoSuchUpload")) throw error;
            });
        }
        if (!("IsTruncated" in page) || page.IsTruncated !== true) return;
        marker = page;
    }
}
