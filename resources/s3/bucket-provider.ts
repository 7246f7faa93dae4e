import { adoptionTrouble } from "../adoption";
import { changes, mismatch } from "../document";
import { type Problem, type Trouble, trouble } from "../errors";
import { hasUnknown, isProtected, progress, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import type { Outcome } from "../outcome";
import { isCode, previewSession, type Session, workingSession } from "./api";
import { type Contents, countContents, deleteBucket, emptyBucket, readBucket } from "./bucket-api";
import {
    BUCKET_KIND,
    type BucketInputs,
    type BucketState,
    lacksOf,
    readBucketState,
    reconcileBucket,
} from "./bucket-reconcile";
import { BUCKET_RULES, bucketProblems, canonicalBucket } from "./bucket-rules";
import { duringPreview, serverProblems } from "./server-problems";

/** How far a bucket is counted before it is only said that there is more: at preview, and at deletion. */
const COUNTED = { preview: 10_000, deletion: 100_000 } as const;

/** The code that manages a `Bucket`. */
export const bucketProvider = managedProvider<BucketInputs, BucketState>({
    kind: BUCKET_KIND,
    identity: "bucket",
    outputsOnly: ["observed"],
    nameOf,
    settingsOf: ({ server, forceDestroy = false }) => ({ server, forceDestroy }),
    compare(olds, news) {
        const [next, old] = [canonicalBucket(news), canonicalBucket(olds)];
        return {
            changed: changes(next, old, olds.observed ?? {}, BUCKET_RULES, UNKNOWN).length > 0,
            replaced: nameOf(news) !== nameOf(olds) && nameOf(news) !== UNKNOWN,
        };
    },
    problemsOf,
    problemsOnServer,
    reconcile: reconcileBucket,
    read: readBucketState,
    remove,
    async lossOf({ server, bucket }) {
        const contents = await contentsIfThere(workingSession(server), bucket, COUNTED.deletion);
        if (contents === undefined) return undefined;
        const force = isEmpty(contents) ? "" : " forceDestroy: true is needed too, if that may be lost.";
        return `It holds ${contentsText(contents)}.${force}`;
    },
});

async function remove(name: string, { server, forceDestroy }: BucketState, outcome: Outcome): Promise<void> {
    const session = workingSession(server);
    if ((await readBucket(session, name)) === undefined) return;
    if (forceDestroy === true) {
        outcome.sent = true;
        await emptyBucket(session, name, (removed) => progress(`${BUCKET_KIND} "${name}": ${removed} removed`));
    } else {
        const contents = await countContents(session, name, COUNTED.deletion);
        if (!isEmpty(contents)) throw trouble(BUCKET_KIND, name, fullTrouble(contents, "will not be deleted"));
    }
    try {
        outcome.sent = true;
        await deleteBucket(session, name);
    } catch (error) {
        if (!isCode(error, "BucketNotEmpty")) throw error;
        throw trouble(BUCKET_KIND, name, {
            what: "is not empty any more",
            why: "Something is being written into it.",
            wayOut: "stop its writers, then again.",
        });
    }
}

function problemsOf(olds: Partial<BucketState> | undefined, news: BucketInputs): Problem[] {
    const { server, bucket } = news;
    const problems = [...serverProblems(server), ...bucketProblems(bucket, news)];
    if (isRenamed(olds, bucket) && isProtected(olds)) {
        problems.push({
            property: "bucket",
            what: `bucket cannot change from ${olds.bucket} to ${bucket} while deletionProtection is on`,
            why: `S3 has no renaming: another bucket would be created and ${olds.bucket} deleted.`,
            wayOut:
                `declare "${bucket}" as a second bucket and copy the objects; ` +
                "or set deletionProtection: false, run up, then rename.",
        });
    }
    return problems;
}

async function problemsOnServer(olds: Partial<BucketState> | undefined, news: BucketInputs): Promise<Problem[]> {
    const { server, bucket } = news;
    if (bucket === UNKNOWN) return [];
    const renamed = isRenamed(olds, bucket) ? await renameProblems(olds, bucket) : [];
    return renamed.length > 0 ? renamed : duringPreview(server, () => problemsOfHeld(olds?.bucket === bucket, news));
}

function isRenamed(olds: Partial<BucketState> | undefined, bucket: string): olds is BucketState {
    return olds?.bucket !== undefined && olds.bucket !== bucket && bucket !== UNKNOWN;
}

/** Whether a bucket that a rename would delete has something to lose. */
function renameProblems(olds: BucketState, bucket: string): Promise<Problem[]> {
    if (olds.forceDestroy === true) return Promise.resolve([]);
    return duringPreview(olds.server, async () => {
        const contents = await contentsIfThere(previewSession(olds.server), olds.bucket, COUNTED.preview);
        if (contents === undefined || isEmpty(contents)) return [];
        const refusal = fullTrouble(contents, `cannot change from ${olds.bucket} to ${bucket}`);
        return [
            {
                property: "bucket",
                ...refusal,
                what: `bucket ${refusal.what}`,
                wayOut: `declare "${bucket}" as a second bucket, copy the objects, then remove ${olds.bucket}.`,
            },
        ];
    });
}

async function contentsIfThere(session: Session, bucket: string, atMost: number): Promise<Contents | undefined> {
    try {
        return await countContents(session, bucket, atMost);
    } catch (error) {
        if (isCode(error, "NoSuchBucket")) return undefined;
        throw error;
    }
}

async function problemsOfHeld(isOurs: boolean, news: BucketInputs): Promise<Problem[]> {
    const live = await readBucket(previewSession(news.server), news.bucket);
    if (live === undefined) return [];
    const lacks = lacksOf(news, live.missing);
    if (lacks.length > 0 || isOurs || hasUnknown([news.versioning, news.lifecycle, news.policy])) return lacks;
    const differences = mismatch(canonicalBucket(news), canonicalBucket(live.document), BUCKET_RULES);
    const refusal = adoptionTrouble(news.onExists, `bucket ${news.bucket}`, differences, "bucket");
    // An unprotected bucket may be about to be replaced by itself; create decides then.
    return refusal !== undefined && isProtected(news) ? [{ property: "onExists", ...refusal }] : [];
}

function fullTrouble(contents: Contents, what: string): Trouble {
    return {
        what: `${what}: it is not empty`,
        why: `${contentsText(contents)} would be lost.`,
        wayOut: "remove them; or set forceDestroy: true, run up, then delete it.",
    };
}

function isEmpty({ objects, olderVersions, deleteMarkers }: Contents): boolean {
    return objects + olderVersions + deleteMarkers === 0;
}

/** `12 objects and 3 older versions`; delete markers are told of where there is nothing else. */
function contentsText({ objects, olderVersions, deleteMarkers, exact }: Contents): string {
    const several = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
    const parts = [
        several(objects, "object"),
        ...(olderVersions > 0 ? [several(olderVersions, "older version")] : []),
        ...(objects + olderVersions === 0 && deleteMarkers > 0 ? [several(deleteMarkers, "delete marker")] : []),
    ];
    return `${exact ? "" : "at least "}${parts.join(" and ")}`;
}

function nameOf({ bucket }: Partial<BucketInputs>): string {
    return String(bucket ?? UNKNOWN);
}
