import { adoptionTrouble } from "../adoption";
import type { Difference } from "../document";
import { type Trouble, trouble } from "../errors";
import { isUnreachable } from "../http";
import { type Common, plain, progress, sameJson, type Timeouts, until } from "../lifecycle";
import type { Outcome } from "../outcome";
import { getTable, type ResolvedServer, type Session, segmentStates } from "./api";
import { rawTableName, type TableDocument } from "./documents";
import { deleteSegment, ingestFile, type SegmentCrcs, segmentCrcs, segmentMetadata } from "./segment-api";
import { contentsOf } from "./segment-files";
import { batchConfigOf, isOfLoad, type LoadDocument, offlineName, segmentNames } from "./segment-load-rules";
import { workingSession } from "./session";
import { diagnosis, segmentCopies } from "./table-health";

/** Inputs of a load, resolved. */
export interface LoadInputs extends Common, LoadDocument {
    readonly server: ResolvedServer;
}

/** What is recorded of a load. */
export interface LoadState extends LoadInputs {
    /** The segments that are there, each with the checksum that the server gave it. */
    readonly segments: SegmentCrcs;
}

/** As errors call it. */
export const LOAD_KIND = "PinotSegmentLoad";

/** How often a copy may be seen in ERROR before it is taken for lost: a server that starts passes through it. */
const ERRORS_IN_A_ROW = 20;

/** How long a deletion is waited for that somebody else has ordered. */
const FORGOTTEN_SECONDS = 15;

/** One reconcile: what it works with. */
interface Work {
    readonly session: Session;
    readonly inputs: LoadInputs;
    readonly table: string;
    readonly timeouts: Required<Timeouts>;
    readonly say: (line: string) => void;
}

/**
 * Observe, ensure, sync, return: the one path behind create and update. What is missing is loaded and waited for; only
 * then is removed what is not declared any more.
 * @param before the recorded state; undefined when this stack has not loaded anything.
 */
export async function reconcileLoad(
    declared: LoadInputs,
    before: LoadState | undefined,
    outcome: Outcome,
): Promise<LoadState> {
    // Read again: what is loaded now is recorded, also where it is not what was looked at before.
    const inputs = { ...declared, contents: await contentsOf(declared.files) };
    const names = segmentNames(inputs);
    const work = workOf(inputs);
    const refusal = await tableTrouble(work.session, inputs.table);
    if (refusal !== undefined) throw trouble(LOAD_KIND, inputs.segmentPrefix, refusal);
    const held = await heldSegments(work.session, inputs);
    if (before === undefined) refuseForeign(inputs, names, held);

    // Of a load that is ours, whatever is not as it was recorded is made anew.
    const isIntact = (name: string): boolean =>
        held[name] !== undefined && (before === undefined || before.segments[name] === held[name]);
    const missing = names.filter((name) => !isIntact(name));
    const segments = Object.fromEntries(Object.entries(held).filter(([name]) => !missing.includes(name)));
    const record = (): void => {
        outcome.recorded = plain({ ...inputs, segments });
    };
    if (before !== undefined) record();
    let loaded = names.length - missing.length;
    for (const [index, name] of names.entries()) {
        if (!missing.includes(name)) continue;
        outcome.sent = true;
        try {
            segments[name] = await load(work, index, name, held[name]);
        } catch (error) {
            // It may have arrived all the same: the next run looks before it loads.
            if (isUnreachable(error)) record();
            throw error;
        }
        record();
        loaded++;
        work.say(`${loaded} of ${names.length} files loaded`);
    }
    await waitUntilOnline(work, names);
    const stale = Object.keys(held).filter((name) => !names.includes(name));
    if (stale.length > 0) {
        outcome.sent = true;
        await removeSegments(work, stale);
        for (const name of stale) delete segments[name];
    }
    return plain({ ...inputs, segments });
}

/** The load as it now is, for refresh; undefined when nothing of it is left. */
export async function readLoad(state: LoadState): Promise<LoadState | undefined> {
    const held = await heldSegments(workingSession(state.server), state);
    if (Object.keys(held).length === 0) return undefined;
    const declared = segmentNames(state);
    // A segment with other data under a declared name is not what was loaded: it is left out, and loaded again.
    const isLeft = ([name, crc]: [string, string]): boolean => !declared.includes(name) || state.segments[name] === crc;
    const segments = Object.fromEntries(Object.entries(held).filter(isLeft));
    return sameJson(segments, state.segments) ? state : { ...state, segments };
}

/** Removes what the load has brought, and nothing else of the table. What is gone already is no error. */
export async function removeLoad(_name: string, state: LoadState, outcome: Outcome): Promise<void> {
    const work = workOf(state);
    const held = Object.keys(await heldSegments(work.session, state));
    if (held.length === 0) return;
    outcome.sent = true;
    await removeSegments(work, held);
}

/** Rows and segments that a removal would take away; undefined when there are none. */
export async function lossOfLoad(state: LoadState): Promise<string | undefined> {
    const session = workingSession(state.server);
    const table = offlineName(state.table);
    const held = Object.keys(await heldSegments(session, state));
    if (held.length === 0) return undefined;
    let rows = 0;
    for (const name of held) rows += (await segmentMetadata(session, table, name))?.rows ?? 0;
    return `${rows} rows in ${held.length} segments of ${table} would be lost.`;
}

/** The segments on the server that are called as this load calls its own. */
export async function heldSegments(session: Session, { table, segmentPrefix }: LoadDocument): Promise<SegmentCrcs> {
    const all = await segmentCrcs(session, offlineName(table));
    return Object.fromEntries(Object.entries(all).filter(([name]) => isOfLoad(name, segmentPrefix)));
}

/** Why nothing can be loaded into a table; undefined when it can. */
export async function tableTrouble(session: Session, table: string): Promise<Trouble | undefined> {
    const raw = rawTableName(table);
    if ((await getTable(session, raw, "OFFLINE")) !== undefined) return undefined;
    if ((await getTable(session, raw, "REALTIME")) !== undefined) {
        return {
            what: `table "${raw}" has no offline half`,
            why: "Pinot fills a realtime table from its stream; files are loaded into offline tables.",
            wayOut: "declare the offline half too; both together answer as one table.",
        };
    }
    return {
        what: `table "${offlineName(table)}" is not there`,
        wayOut: "hand over the tableName of its PinotTable, so that the table is made first; or correct the name.",
    };
}

/** Where segments of somebody else differ from those that are declared: those that are missing are still to be loaded. */
export function foreignDifferences(names: readonly string[], held: SegmentCrcs): Difference[] {
    const others = Object.keys(held).filter((name) => !names.includes(name));
    return others.map((name) => ({ path: `segments.${name}`, expected: undefined, actual: "a segment of other data" }));
}

/** Why a load may not take over what is there under its name; undefined when it may, or when there is nothing. */
export function takeoverTrouble(inputs: LoadInputs, names: readonly string[], held: SegmentCrcs): Trouble | undefined {
    const count = Object.keys(held).length;
    if (count === 0) return undefined;
    const what = `${count} segments ${inputs.segmentPrefix}_… of ${offlineName(inputs.table)}`;
    const refusal = adoptionTrouble(inputs.onExists, what, foreignDifferences(names, held), "load");
    return (
        refusal && { ...refusal, what: refusal.what.replace(" exists already and was ", " exist already and were ") }
    );
}

function refuseForeign(inputs: LoadInputs, names: readonly string[], held: SegmentCrcs): void {
    const refusal = takeoverTrouble(inputs, names, held);
    if (refusal !== undefined) throw trouble(LOAD_KIND, inputs.segmentPrefix, refusal);
}

function workOf(inputs: LoadInputs): Work {
    const { ready = 180, reload = 600, delete: deletion = 180 } = inputs.timeouts ?? {};
    return {
        session: workingSession(inputs.server),
        inputs,
        table: offlineName(inputs.table),
        timeouts: { ready, reload, delete: deletion },
        say: (line) => progress(`${LOAD_KIND} "${inputs.segmentPrefix}": ${line}`),
    };
}

/** The controller builds in a folder called by table and millisecond: one file at a time, also of several loads. */
let uploads: Promise<unknown> = Promise.resolve();

/** Loads one file and returns the checksum that its segment has on the server. */
function load(work: Work, index: number, name: string, crcBefore: string | undefined): Promise<string> {
    const loaded = uploads.catch(() => undefined).then(() => loadNow(work, index, name, crcBefore));
    uploads = loaded.catch(() => undefined);
    return loaded;
}

async function loadNow(
    { session, inputs, table, timeouts }: Work,
    index: number,
    name: string,
    crcBefore: string | undefined,
): Promise<string> {
    const file = inputs.files[index] ?? "";
    if (crcBefore === undefined) await untilForgotten(session, table, name);
    const crcNow = async (): Promise<string | undefined> => (await segmentMetadata(session, table, name))?.crc;
    try {
        const patient = { ...session, timeoutMs: timeouts.ready * 1000 };
        await ingestFile(patient, table, file, batchConfigOf(inputs, name));
    } catch (error) {
        if (!isUnreachable(error))
            throw new Error(`files[${index}], ${file}, cannot be loaded\n  ${(error as Error).message}`);
        const arrived = await crcNow().catch(() => undefined);
        if (arrived === undefined || arrived === crcBefore) throw error;
        return arrived;
    }
    const crc = await crcNow();
    if (crc === undefined) throw new Error(`the controller took ${file}, and has no segment ${name}`);
    return crc;
}

/**
 * Waits, within bounds, until a segment that somebody has just deleted is gone for good. What the controller knows of it
 * outlives it by seconds, and then takes a new segment of the same name with it.
 */
async function untilForgotten(session: Session, table: string, name: string): Promise<void> {
    const isGone = async (): Promise<true | undefined> =>
        (await segmentMetadata(session, table, name)) === undefined ? true : undefined;
    await until(FORGOTTEN_SECONDS, isGone, () => new Error()).catch((error: Error) => {
        // One that stays is no deletion under way: it is what a load that broke off has left, and is replaced.
        if (error.message !== "") throw error;
    });
}

/** Waits until every copy of these segments answers queries. */
async function waitUntilOnline(
    { session, inputs, table, timeouts, say }: Work,
    names: readonly string[],
): Promise<void> {
    const config: TableDocument = { tableName: rawTableName(inputs.table), tableType: "OFFLINE" };
    let last = "";
    let errorsInARow = 0;
    await until(
        timeouts.ready,
        async () => {
            const copies = await segmentCopies(session, config);
            const waiting = names.filter((name) => {
                const own = copies.filter(({ segment }) => segment === name);
                return own.length === 0 || own.some(({ want, is }) => want !== is);
            });
            const failed = copies.filter(({ segment, is }) => names.includes(segment) && is === "ERROR").length;
            const failing = failed > 0 ? `, ${failed} copies in ERROR` : "";
            const line = `${names.length - waiting.length} of ${names.length} segments are online${failing}`;
            if (line !== last) say(line);
            last = line;
            errorsInARow = failed > 0 ? errorsInARow + 1 : 0;
            if (errorsInARow > ERRORS_IN_A_ROW) throw new Error(`${table}: ${line}${await diagnosis(session, config)}`);
            return waiting.length === 0 ? true : undefined;
        },
        async () =>
            new Error(
                `${table}: ${last} after ${timeouts.ready} s${await diagnosis(session, config)}\n` +
                    "  Way out: raise timeouts.ready; the next up goes on.",
            ),
    );
}

/** Deletes segments and waits until the cluster has forgotten them, so that the same may be loaded again. */
async function removeSegments(
    { session, inputs, table, timeouts, say }: Work,
    names: readonly string[],
): Promise<void> {
    for (const name of names) await deleteSegment(session, table, name);
    let left = names.length;
    await until(
        timeouts.delete,
        async () => {
            const view = (await segmentStates(session, "externalview", rawTableName(inputs.table), "OFFLINE")) ?? {};
            left = 0;
            for (const name of names) {
                if (name in view || (await segmentMetadata(session, table, name)) !== undefined) left++;
            }
            return left === 0 ? true : undefined;
        },
        () =>
            new Error(
                `${left} of ${names.length} deleted segments of ${table} are still there after ${timeouts.delete} s\n` +
                    "  Way out: raise timeouts.delete; the next up or destroy looks again.",
            ),
    );
    say(`${names.length} segments removed`);
}
