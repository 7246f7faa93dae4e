import { adoptionTrouble } from "../adoption";
import { type Difference, drift, type Flat, mismatch, type Observed, observe, outOfSync, withDrift } from "../document";
import { type Trouble, trouble } from "../errors";
import { isUnreachable } from "../http";
import { type Common, plain, progress, type Timeouts, until } from "../lifecycle";
import type { Outcome } from "../outcome";
import {
    ask,
    expectStatus,
    findTable,
    getTable,
    pauseStatus,
    type ResolvedServer,
    type Session,
    segmentStates,
    tablePath,
    type Unrecognized,
    unrecognizedIn,
} from "./api";
import { lacksOf, type PinotCapabilities, readCapabilities } from "./capabilities";
import { nameWithType, rawTableName, type SchemaDocument, streamConfigsOf, type TableDocument } from "./documents";
import { asksForReload, reload } from "./reload";
import { isValidated } from "./remembered";
import { workingSession } from "./session";
import { canonicalTable, classifyTableChange, needsReload, refusedChanges, type TableChange } from "./table-diff";
import { setConsumption, waitForInstances, waitUntilGone, waitUntilServing } from "./table-health";
import { TABLE_RULES } from "./table-rules";
import { unrecognizedProblems } from "./unrecognized";
import { fromWire, toWire } from "./wire";

/** Inputs of a table, resolved. */
export interface TableInputs extends Common {
    readonly server: ResolvedServer;
    readonly table: TableDocument;
    readonly schema?: SchemaDocument;
    readonly reload?: "whenNeeded" | "never";
    readonly consumption?: "running" | "paused";
    readonly retentionOnDelete?: string;
    readonly waitForDeletion?: boolean;
}

/** What is recorded of a table. */
export interface TableState extends TableInputs {
    readonly tableName: string;
    readonly tableNameWithType: string;
    readonly observed: Observed;
    readonly reloadPending?: boolean;
}

/** As errors call it. */
export const TABLE_KIND = "PinotTable";

const TOPIC_SECONDS = 10;

/** One reconcile: what it works with. */
interface Work {
    readonly session: Session;
    readonly inputs: TableInputs;
    readonly can: PinotCapabilities;
    readonly outcome: Outcome;
    readonly timeouts: Required<Timeouts>;
}

/**
 * Observe, ensure, sync, return: the one path behind create and update.
 * @param before the recorded state; undefined when this stack has not created the table.
 */
export async function reconcileTable(
    inputs: TableInputs,
    before: TableState | undefined,
    outcome: Outcome,
): Promise<TableState> {
    const { table } = inputs;
    const session = workingSession(inputs.server, table);
    const can = await readCapabilities(session);
    const timeouts = timeoutsOf(inputs);
    const work: Work = { session, inputs, can, outcome, timeouts };
    const [lack] = lacksOf(table, can);
    if (lack !== undefined) throw trouble(TABLE_KIND, table.tableName, lack);

    let reloadPending = before?.reloadPending === true;
    const record = (held: TableDocument): TableState => {
        const state = tableState(inputs, held);
        outcome.recorded = reloadPending ? { ...state, reloadPending } : state;
        return state;
    };
    let live = await observeTable(work, before);
    const isNew = live === undefined;
    if (live === undefined) {
        await ensure(work);
        // Recorded before anything else can fail: from here on it is ours.
        record(table);
        live = await held(work);
    } else {
        if (before === undefined) await refuseForeign(work, live);
        const known = before && { declared: canonicalTable(before.table), observed: before.observed };
        if (outOfSync(canonicalTable(table), canonicalTable(live), known, TABLE_RULES).length > 0) {
            const changed = await sync(work, live);
            reloadPending ||= needsReload(changed);
            record(table);
            live = await held(work);
        }
    }
    const state = record(live);

    const running = (inputs.consumption ?? "running") === "running";
    if (table.tableType === "REALTIME") {
        await setConsumption(session, state.tableName, running ? "running" : "paused", timeouts.ready);
    }
    // An offline table that was just created has no segment to wait for.
    if (!(isNew && table.tableType === "OFFLINE")) {
        await waitUntilServing(session, fromWire(table), running && table.tableType === "REALTIME", timeouts.ready);
    }
    if (reloadPending && inputs.reload !== "never") {
        if ((await asksForReload(session, state.tableNameWithType, can)) !== false) {
            await reload(session, state.tableNameWithType, {
                seconds: timeouts.reload,
                progress: (line) => progress(`${TABLE_KIND} "${state.tableName}": ${line}`),
            });
        }
    }
    return state;
}

/** The table as it now is, for refresh; undefined when it is gone. */
export async function readTable(state: TableState): Promise<TableState | undefined> {
    const session = workingSession(state.server, state.table);
    const raw = rawTableName(state.table.tableName);
    const live = await getTable(session, raw, state.table.tableType);
    if (live === undefined) return undefined;
    const found = drift(canonicalTable(state.table), state.observed ?? {}, canonicalTable(live), TABLE_RULES);
    const table = plain(withDrift(fromWire(state.table), fromWire(live), found, TABLE_RULES));
    const drifted = found.length === 0 ? state : { ...state, table };
    if (state.table.tableType !== "REALTIME") return drifted;
    const paused = (await pauseStatus(session, raw)).paused;
    if (paused === (state.consumption === "paused")) return drifted;
    return { ...drifted, consumption: paused ? "paused" : "running" };
}

/**
 * Deletes the one half of the table that is ours and waits until it has left the cluster. A missing one is deleted.
 * The type always goes with the request: without it Pinot deletes both halves of a hybrid table.
 */
export async function removeTable(session: Session, inputs: TableInputs): Promise<void> {
    const { table, retentionOnDelete, waitForDeletion } = inputs;
    const raw = rawTableName(table.tableName);
    const query = new URLSearchParams({
        type: table.tableType.toLowerCase(),
        ...(retentionOnDelete === undefined ? {} : { retention: retentionOnDelete }),
    });
    expectStatus(await ask(session, "DELETE", tablePath(raw, `?${query}`)), 200, 404);
    if (waitForDeletion !== false) await waitUntilGone(session, table, timeoutsOf(inputs).delete);
}

/** A table config as the server understands it. */
export interface Understood {
    /** With every default that this server spells out; empty when its validation did not get that far. */
    readonly normal: Flat;
    /** What it would ignore. */
    readonly unrecognized: Unrecognized;
}

/** Lets the server read a table config without storing it. Errors: it refuses the config. */
export async function understand(session: Session, table: TableDocument, can: PinotCapabilities): Promise<Understood> {
    const answer = expectStatus(await ask(session, "POST", "/tables/validate", toWire(table, can), true), 200);
    const half = (answer.body as Record<string, TableDocument | undefined>)[table.tableType];
    return { normal: half === undefined ? {} : canonicalTable(half), unrecognized: unrecognizedIn(answer) };
}

/** Where a table that is there differs from the declared one; what this server adds by itself is no difference. */
export function foreignDifferences(table: TableDocument, live: TableDocument, normal: Flat): Difference[] {
    const found = mismatch(canonicalTable(table), canonicalTable(live), TABLE_RULES);
    return found.filter(({ path, actual }) => actual === undefined || actual !== normal[path]);
}

function timeoutsOf({ timeouts }: Common): Required<Timeouts> {
    return { ready: timeouts?.ready ?? 180, reload: timeouts?.reload ?? 600, delete: timeouts?.delete ?? 180 };
}

/** What is recorded when the server holds `live`. */
function tableState(inputs: TableInputs, live: TableDocument): TableState {
    return plain({
        ...inputs,
        tableName: rawTableName(inputs.table.tableName),
        tableNameWithType: nameWithType(inputs.table),
        observed: observe(canonicalTable(inputs.table), canonicalTable(live)),
    });
}

/** The table as it is; a half-deleted one is cleared away, when it was ours or may be taken over. */
async function observeTable(work: Work, before: TableState | undefined): Promise<TableDocument | undefined> {
    const { session, inputs } = work;
    const { table } = inputs;
    const raw = rawTableName(table.tableName);
    const live = await (before === undefined ? findTable : getTable)(session, raw, table.tableType);
    if (live === undefined) return undefined;
    if ((await segmentStates(session, "idealstate", raw, table.tableType)) !== undefined) return live;
    if (before === undefined && (inputs.onExists ?? "fail") === "fail") return live;
    work.outcome.sent = true;
    await removeTable(session, { ...inputs, waitForDeletion: true });
    return undefined;
}

async function refuseForeign({ session, inputs, can }: Work, live: TableDocument): Promise<void> {
    const { normal } = await understand(session, inputs.table, can);
    const differences = foreignDifferences(inputs.table, live, normal);
    const what = `table ${nameWithType(inputs.table)}`;
    const refusal = adoptionTrouble(inputs.onExists, what, differences, "table");
    if (refusal !== undefined) throw trouble(TABLE_KIND, inputs.table.tableName, refusal);
}

async function ensure(work: Work): Promise<void> {
    const { session, inputs, can, outcome, timeouts } = work;
    const { table } = inputs;
    await waitForInstances(session, table, timeouts.ready);
    if (!isValidated(session, table)) refuseUnrecognized(table, (await understand(session, table, can)).unrecognized);
    let last = "";
    let noTopic = false;
    const topicDeadline = Date.now() + Math.min(TOPIC_SECONDS, timeouts.ready) * 1000;
    const unrecognized = await until(
        timeouts.ready,
        async () => {
            outcome.sent = true;
            try {
                const answer = await ask(session, "POST", "/tables", toWire(table, can));
                last = answer.said;
                if (comesLater(answer.status, answer.said)) return undefined;
                // A broker may still be spreading the word of a topic that was created a moment ago.
                noTopic = topicIsMissing(answer.status, answer.said);
                if (noTopic && Date.now() < topicDeadline) return undefined;
                if (noTopic) throw trouble(TABLE_KIND, table.tableName, missingTopic(table, last));
                return unrecognizedIn(expectStatus(answer, 200));
            } catch (error) {
                // It was not there before: if it is what was sent, then only the answer was lost.
                const live = isUnreachable(error)
                    ? await getTable(session, rawTableName(table.tableName), table.tableType)
                    : undefined;
                if (live === undefined) throw error;
                const { normal } = await understand(session, table, can);
                if (foreignDifferences(table, live, normal).length > 0) throw error;
                return {};
            }
        },
        () =>
            noTopic
                ? trouble(TABLE_KIND, table.tableName, missingTopic(table, last))
                : new Error(`${last}\n  It did not become possible within ${timeouts.ready} s.`),
        1000,
    );
    if (Object.keys(unrecognized).length > 0) {
        await removeTable(session, { ...inputs, retentionOnDelete: "0d", waitForDeletion: true });
        refuseUnrecognized(table, unrecognized);
    }
}

/** Refusals of a create that pass by themselves: clean-up after a deletion, and instances that are just registering. */
function comesLater(status: number, said: string): boolean {
    if (status === 409) return /External view .*still exists/i.test(said);
    return status === 400 && /Failed to find instances with tag/i.test(said);
}

/** A realtime table cannot be created without its topic. 0.11 says so by a NullPointerException. */
function topicIsMissing(status: number, said: string): boolean {
    return status === 500 && /partitionsFor|partition information for topic|UnknownTopic/i.test(said);
}

function missingTopic(table: TableDocument, said: string): Trouble {
    const [stream] = streamConfigsOf(table);
    const topic = stream?.["stream.kafka.topic.name"];
    return {
        what: `topic "${topic}" is not there`,
        why: `Pinot asked ${stream?.["stream.kafka.broker.list"]}. ${said}`,
        wayOut: "create the topic first, and let the table depend on it.",
    };
}

async function sync(work: Work, live: TableDocument): Promise<readonly TableChange[]> {
    const { session, inputs, can, outcome } = work;
    const { table } = inputs;
    const changed = classifyTableChange(fromWire(live), table);
    const [refused, ...others] = refusedChanges(changed);
    if (refused !== undefined) {
        const { what, why, wayOut } = refused;
        const more = others.map((other) => `also: ${other.what}`);
        throw trouble(TABLE_KIND, table.tableName, {
            what,
            why: [...(why === undefined ? [] : [why]), ...more].join("\n  "),
            ...(wayOut === undefined ? {} : { wayOut }),
        });
    }
    const understood = await understand(session, table, can);
    refuseUnrecognized(table, understood.unrecognized);
    const path = tablePath(nameWithType(table));
    outcome.sent = true;
    const answer = await ask(session, "PUT", path, toWire(table, can));
    const unrecognized = unrecognizedIn(expectStatus(answer, 200));
    if (Object.keys(unrecognized).length > 0) {
        expectStatus(await ask(session, "PUT", path, live), 200);
        refuseUnrecognized(table, unrecognized);
    }
    // What this server adds by itself is not removed by leaving it out.
    return changed.filter(({ path, expected, actual }) => expected !== undefined || actual !== understood.normal[path]);
}

async function held({ session, inputs: { table } }: Work): Promise<TableDocument> {
    const live = await getTable(session, rawTableName(table.tableName), table.tableType);
    if (live !== undefined) return live;
    throw new Error(`the controller accepted table ${nameWithType(table)}, and does not have it`);
}

function refuseUnrecognized(table: TableDocument, unrecognized: Unrecognized): void {
    const problems = unrecognizedProblems(unrecognized, "table");
    const [first] = problems;
    if (first === undefined) return;
    const what = `${problems.map(({ property }) => property).join(", ")}: not known to this Pinot`;
    throw trouble(TABLE_KIND, table.tableName, { ...first, what });
}
