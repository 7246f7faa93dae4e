import { adoptionTrouble } from "../adoption";
import type { Difference } from "../document";
import { type Trouble, trouble } from "../errors";
import { isUnreachable } from "../http";
import { type Common, plain, progress } from "../lifecycle";
import type { Outcome } from "../outcome";
import { type Ask, converse, isCode, type ResolvedAccess, workingSession } from "./api";
import { createSlot, dropSlot, type HeldSlot, readSlot } from "./slot-api";

/** Inputs of a replication slot, resolved. */
export interface SlotInputs extends Common {
    readonly server: ResolvedAccess;
    readonly slot: string;
    readonly plugin?: string;
    readonly forceDestroy?: boolean;
}

/** What is recorded of a replication slot. */
export interface SlotState extends SlotInputs {
    /** False when the server threw away log that its reader needed. */
    readonly usable: boolean;
}

/** As errors call it. */
export const SLOT_KIND = "PostgresReplicationSlot";

/** What PostgreSQL comes with, and Debezium reads. */
export const PLUGIN = "pgoutput";

/**
 * Observe, ensure, return: the one path behind create and update. A slot has nothing that could be changed in place.
 * @param before the recorded state; undefined when this stack has not created the slot.
 */
export async function reconcileSlot(
    inputs: SlotInputs,
    before: SlotState | undefined,
    outcome: Outcome,
): Promise<SlotState> {
    const session = workingSession(inputs.server, inputs.timeouts?.ready);
    try {
        return await converse(session, (ask) => reconcile(ask, inputs, before, outcome));
    } catch (error) {
        if (!isUnreachable(error) || outcome.recorded === undefined) throw error;
        // The connection went while it was being made: on another one, it is looked at again.
        const recorded = outcome.recorded as SlotState;
        return converse(session, (ask) => reconcile(ask, inputs, recorded, outcome));
    }
}

async function reconcile(
    ask: Ask,
    inputs: SlotInputs,
    before: SlotState | undefined,
    outcome: Outcome,
): Promise<SlotState> {
    const { slot, plugin = PLUGIN } = inputs;
    let live = await readSlot(ask, slot);
    if (live?.lost === true && before !== undefined) live = await renew(ask, inputs, outcome);
    if (live === undefined) {
        if (before !== undefined) progress(`${SLOT_KIND} "${slot}": is made anew; ${ANEW}`);
        outcome.sent = true;
        await ensure(ask, inputs, plugin);
        outcome.recorded = slotState(inputs, true);
        live = await readSlot(ask, slot);
        if (live === undefined) throw new Error(`the server accepted slot ${slot}, and does not have it`);
    } else {
        const refusal =
            before === undefined ? adoptionRefusal(inputs, live) : changeTrouble(differencesOf(inputs, live));
        if (refusal !== undefined) throw trouble(SLOT_KIND, slot, refusal);
    }
    progress(`${SLOT_KIND} "${slot}": ${retainedText(live)}`);
    return slotState(inputs, true);
}

/** The slot as it now is, for refresh; undefined when it is gone. */
export async function readSlotState(state: SlotState): Promise<SlotState | undefined> {
    const live = await converse(workingSession(state.server), (ask) => readSlot(ask, state.slot));
    if (live === undefined) return undefined;
    progress(`${SLOT_KIND} "${state.slot}": ${retainedText(live)}`);
    const plugin = live.plugin === (state.plugin ?? PLUGIN) ? state.plugin : live.plugin;
    if (plugin === state.plugin && state.usable !== live.lost) return state;
    return plain({ ...state, ...(plugin === undefined ? {} : { plugin }), usable: !live.lost });
}

/** Why a slot that is there may not be taken over; undefined when it may. */
export function adoptionRefusal(inputs: SlotInputs, live: HeldSlot): Trouble | undefined {
    const differences = differencesOf(inputs, live);
    // A slot cannot be brought to what is declared.
    if (inputs.onExists === "adopt") {
        const refusal = changeTrouble(differences);
        if (refusal !== undefined) return refusal;
    }
    if (inputs.onExists !== undefined && inputs.onExists !== "fail" && live.lost) {
        return {
            what: `slot ${inputs.slot} is lost`,
            why: "The server threw away log that its reader needed: nothing can be read from it any more.",
            wayOut: "drop it, and let its reader take a snapshot.",
        };
    }
    return adoptionTrouble(inputs.onExists, `slot ${inputs.slot}`, differences, "slot");
}

/** `12.3 MB of write-ahead log are kept for it, which nobody reads`. */
export function retainedText({ active, lost, retainedBytes, safeBytes }: HeldSlot): string {
    if (lost) return "it is lost: the server threw away log that its reader needed";
    const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
    const bound = safeBytes === undefined ? "" : `, ${megabytes(Math.max(0, safeBytes))} before it is lost`;
    return `${megabytes(retainedBytes)} of write-ahead log kept${bound}; ${active ? "it is being read" : "nobody reads it"}`;
}

const ANEW = "changes since its loss will never be told: its reader has to take a new snapshot";

function differencesOf({ server, plugin = PLUGIN }: SlotInputs, live: HeldSlot): Difference[] {
    const pairs = [
        { path: "type", expected: "logical", actual: live.type as string },
        { path: "plugin", expected: plugin, actual: live.plugin },
        { path: "database", expected: server.database, actual: live.database },
    ];
    return pairs.filter(({ expected, actual }) => expected !== actual);
}

function changeTrouble(differences: readonly Difference[]): Trouble | undefined {
    if (differences.length === 0) return undefined;
    const texts = differences.map(
        ({ path, expected, actual }) => `${path} is ${actual || "nothing"}, declared ${expected}`,
    );
    return {
        what: `a slot cannot be changed: ${texts.join("; ")}`,
        why: "PostgreSQL has no ALTER for that, and another slot begins at another position.",
        wayOut: "declare a second slot under another name, and remove this one when nobody needs it.",
    };
}

function slotState(inputs: SlotInputs, usable: boolean): SlotState {
    return plain({ ...inputs, usable });
}

async function ensure(ask: Ask, inputs: SlotInputs, plugin: string): Promise<void> {
    const { slot, server } = inputs;
    try {
        await createSlot(ask, slot, plugin);
    } catch (error) {
        if (isUnreachable(error)) {
            // Its answer was lost. It was not there a moment ago: what is there and equal is ours.
            const found = await converse(workingSession(server), (again) => readSlot(again, slot));
            if (found === undefined || differencesOf(inputs, found).length > 0) throw error;
        } else throw isCode(error, "57014") ? await waitTrouble(inputs) : explained(inputs, error as Error);
    }
}

/** A slot that is lost keeps nothing: with leave to destroy it, it is made anew. */
async function renew(ask: Ask, { slot, forceDestroy }: SlotInputs, outcome: Outcome): Promise<undefined> {
    if (forceDestroy !== true) {
        throw trouble(SLOT_KIND, slot, {
            what: "is lost",
            why: "The server threw away log that its reader still needed (max_slot_wal_keep_size): nothing can be read from it.",
            wayOut:
                "set forceDestroy: true, and it is made anew; its reader then needs a new snapshot " +
                `(KafkaConnector: offsets: { reset: "<today>" }).`,
        });
    }
    outcome.sent = true;
    await dropSlot(ask, slot);
    return undefined;
}

async function waitTrouble({ slot, server, timeouts }: SlotInputs): Promise<Error> {
    // Since when is shown to the user of the transaction, and to those who may read all statistics.
    const oldest = await converse(workingSession(server), (ask) =>
        ask(
            "SELECT pid, usename, extract(epoch FROM now() - xact_start)::int AS seconds FROM pg_stat_activity " +
                "WHERE backend_xid IS NOT NULL ORDER BY xact_start LIMIT 3",
        ),
    ).catch(() => []);
    const who = oldest.map(
        ({ pid, usename, seconds }) => `process ${pid} of ${usename}${seconds === null ? "" : ` for ${seconds} s`}`,
    );
    return trouble(SLOT_KIND, slot, {
        what: `cannot be created within ${timeouts?.ready ?? 60} s`,
        why: `A slot waits for every transaction that is running${who.length === 0 ? "." : `: ${who.join(", ")}.`}`,
        wayOut: "end these transactions, or raise timeouts.ready, then run up again.",
    });
}

function explained({ slot }: SlotInputs, error: Error): Error {
    const wayOut = isCode(error, "55000")
        ? "set wal_level = logical on the server and restart it."
        : isCode(error, "53400")
          ? "raise max_replication_slots on the server, or drop slots that nobody needs."
          : isCode(error, "42704", "58P01")
            ? `use "${PLUGIN}", which every PostgreSQL has.`
            : undefined;
    if (wayOut === undefined) return error;
    return trouble(SLOT_KIND, slot, { what: "cannot be created", why: error.message, wayOut });
}
