import { adoptionTrouble } from "../adoption";
import { drift, type Flat, mismatch, type Observed, observe, outOfSync, withDrift, within } from "../document";
import { type Trouble, trouble } from "../errors";
import { isUnreachable } from "../http";
import { type Common, plain } from "../lifecycle";
import type { Outcome } from "../outcome";
import { isCode, isNotImplemented, type ResolvedServer, type Session, workingSession } from "./api";
import {
    createBucket,
    type Facet,
    type HeldBucket,
    putLifecycle,
    putPolicy,
    putVersioning,
    readBucket,
} from "./bucket-api";
import { BUCKET_RULES, canonicalBucket } from "./bucket-rules";
import type { BucketDocument } from "./documents";

/** Inputs of a bucket, resolved. */
export interface BucketInputs extends Common, BucketDocument {
    readonly server: ResolvedServer;
    readonly bucket: string;
    readonly forceDestroy?: boolean;
}

/** What is recorded of a bucket. */
export interface BucketState extends BucketInputs {
    readonly observed: Observed;
}

/** As errors call it. */
export const BUCKET_KIND = "Bucket";

/** In the order in which they are set: rules for older versions want versioning to be on. */
const FACETS: readonly Facet[] = ["versioning", "lifecycle", "policy"];

/**
 * Observe, ensure, sync, return: the one path behind create and update.
 * @param before the recorded state; undefined when this stack has not created the bucket.
 */
export async function reconcileBucket(
    inputs: BucketInputs,
    before: BucketState | undefined,
    outcome: Outcome,
): Promise<BucketState> {
    const session = workingSession(inputs.server);
    const declared = canonicalBucket(inputs);
    let live = await readBucket(session, inputs.bucket);
    let known = before && { declared: canonicalBucket(before), observed: before.observed ?? {} };
    if (live === undefined) {
        await ensure(session, inputs.bucket, outcome);
        // Recorded before anything else can fail, as declared: what is still lacking is then set by the next run.
        outcome.recorded = bucketState(inputs, declared);
        live = await held(session, inputs.bucket);
        // Nothing of what an older bucket of this name held says anything about the new one.
        known = undefined;
    } else if (before === undefined) {
        const differences = mismatch(declared, canonicalBucket(live.document), BUCKET_RULES);
        const refusal = adoptionTrouble(inputs.onExists, `bucket ${inputs.bucket}`, differences, "bucket");
        if (refusal !== undefined) throw trouble(BUCKET_KIND, inputs.bucket, refusal);
    }
    const found = outOfSync(declared, canonicalBucket(live.document), known, BUCKET_RULES);
    const changed = FACETS.filter((facet) => found.some(({ path }) => within(path, facet)));
    if (changed.length > 0) {
        outcome.sent = true;
        outcome.recorded = bucketState(inputs, declared);
        for (const facet of changed) await put(session, inputs, facet);
        const after = await held(session, inputs.bucket);
        await undoIgnored(session, inputs, changed, live, after);
        live = after;
    }
    return bucketState(inputs, canonicalBucket(live.document));
}

/** The bucket as it now is, for refresh; undefined when it is gone. */
export async function readBucketState(state: BucketState): Promise<BucketState | undefined> {
    const live = await readBucket(workingSession(state.server), state.bucket);
    if (live === undefined) return undefined;
    const found = drift(canonicalBucket(state), state.observed ?? {}, canonicalBucket(live.document), BUCKET_RULES);
    if (found.length === 0) return state;
    const facets = FACETS.filter((facet) => found.some(({ path }) => within(path, facet)));
    const drifted = facets.map((facet) => {
        const held = live.document[facet];
        // Part by part: of a part that is gone nothing shall stay, not even an empty list.
        return [facet, held && withDrift({ [facet]: state[facet] }, { [facet]: held }, found, BUCKET_RULES)[facet]];
    });
    return plain({ ...state, ...Object.fromEntries(drifted) });
}

/** What a bucket asks for that its server says it does not have. */
export function lacksOf(document: BucketDocument, missing: readonly Facet[]): (Trouble & { property: Facet })[] {
    return missing
        .filter((facet) => Object.keys(canonicalBucket({ [facet]: document[facet] })).length > 0)
        .map((facet) => ({ property: facet, ...lack(facet) }));
}

function lack(facet: Facet): Trouble {
    return {
        what: `this S3 server does not implement ${facet}`,
        why: "It answers NotImplemented when asked for it.",
        wayOut: `leave ${facet} out, or use a server that has it, such as MinIO or SILO.`,
    };
}

/** What is recorded when the server holds `live`. */
function bucketState(inputs: BucketInputs, live: Flat): BucketState {
    return plain({ ...inputs, observed: observe(canonicalBucket(inputs), live) });
}

async function ensure(session: Session, bucket: string, outcome: Outcome): Promise<void> {
    outcome.sent = true;
    try {
        await createBucket(session, bucket);
    } catch (error) {
        // The SDK repeats a request whose answer was lost: then it is ours that is there already.
        if (isCode(error, "BucketAlreadyOwnedByYou")) return;
        if (isUnreachable(error) && (await readBucket(session, bucket).catch(() => undefined)) !== undefined) return;
        throw error;
    }
}

async function held(session: Session, bucket: string): Promise<HeldBucket> {
    const live = await readBucket(session, bucket);
    if (live === undefined) throw new Error(`the server accepted bucket ${bucket}, and does not have it`);
    return live;
}

async function put(session: Session, inputs: BucketInputs, facet: Facet): Promise<void> {
    try {
        await set(session, inputs.bucket, facet, inputs);
    } catch (error) {
        if (isNotImplemented(error)) throw trouble(BUCKET_KIND, inputs.bucket, { ...lack(facet), left: KEPT });
        throw error;
    }
}

const KEPT = "The bucket is there and recorded: the next up goes on from there.";

async function set(session: Session, bucket: string, facet: Facet, document: BucketDocument): Promise<void> {
    if (facet === "versioning") await putVersioning(session, bucket, document.versioning ?? "Suspended");
    else if (facet === "lifecycle") await putLifecycle(session, bucket, document.lifecycle ?? []);
    else await putPolicy(session, bucket, document.policy);
}

/**
 * A server that accepts a property and does not keep it would let a person believe in a rule that nobody follows
 * (MinIO, with `AbortIncompleteMultipartUpload`): what it held before is put back, and the property named.
 */
async function undoIgnored(
    session: Session,
    inputs: BucketInputs,
    changed: readonly Facet[],
    before: HeldBucket,
    after: HeldBucket,
): Promise<void> {
    const ignored = mismatch(canonicalBucket(inputs), canonicalBucket(after.document), BUCKET_RULES).filter(
        ({ path, actual }) => actual === undefined && changed.some((facet) => within(path, facet)),
    );
    const facets = FACETS.filter((facet) => ignored.some(({ path }) => within(path, facet)));
    if (facets.length === 0) return;
    for (const facet of facets) await set(session, inputs.bucket, facet, before.document);
    const paths = ignored.map(({ path }) => path).join(", ");
    throw trouble(BUCKET_KIND, inputs.bucket, {
        what: `${paths}: accepted by this S3 server, and not kept`,
        why: "It would never be followed.",
        wayOut: "leave it out, or use a server that has it.",
        left: `${facets.join(" and ")} was put back to what it was. ${KEPT}`,
    });
}
