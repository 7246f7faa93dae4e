import type { Outcome } from "../outcome";
import { readSchema, reconcileSchema, removeSchema, type SchemaState } from "./schema-reconcile";
import { workingSession } from "./session";
import {
    configsState,
    HALVES,
    type HeldParts,
    heldParts,
    type Part,
    schemaInputsOf,
    type TableConfigsInputs,
    type TableConfigsState,
    tableInputsOf,
} from "./table-configs-parts";
import { readTable, reconcileTable, removeTable, type TableState } from "./table-reconcile";

/** As errors call it. */
export const TABLE_CONFIGS_KIND = "PinotTableConfigs";

/**
 * The schema, then each half: each by the reconcile that a resource of its own has. What is done is recorded, so that
 * the next run goes on with the part that failed.
 * @param before the recorded state; undefined when this stack has not created any part.
 */
export async function reconcileTableConfigs(
    inputs: TableConfigsInputs,
    before: TableConfigsState | undefined,
    outcome: Outcome,
): Promise<TableConfigsState> {
    const held = before === undefined ? {} : heldParts(before);
    const record = (): void => {
        if (Object.keys(held).length > 0) outcome.recorded = configsState(inputs, held);
    };
    const reconciled = async (
        part: Part,
        reconcile: (outcome: Outcome) => Promise<SchemaState | TableState>,
    ): Promise<void> => {
        const inner: Outcome = {};
        try {
            inner.recorded = await reconcile(inner);
        } catch (error) {
            throw inOurName(error);
        } finally {
            if (inner.sent) outcome.sent = true;
            if (inner.recorded !== undefined) Object.assign(held, { [part]: inner.recorded });
            record();
        }
    };

    await reconciled("schema", (inner) => reconcileSchema(schemaInputsOf(inputs), held.schema, inner));
    for (const half of HALVES) {
        const table = tableInputsOf(inputs, half);
        if (table !== undefined) {
            await reconciled(half, (inner) => reconcileTable(table, held[half], inner));
        } else {
            outcome.sent = true;
            await removeHalves(held, [half]);
            record();
        }
    }
    return configsState(inputs, held);
}

/** All parts as they now are, for refresh; a part that is gone is missing. Undefined when everything is gone. */
export async function readTableConfigs(state: TableConfigsState): Promise<TableConfigsState | undefined> {
    const recorded = heldParts(state);
    const live: HeldParts = {};
    const schema = recorded.schema && (await readSchema(recorded.schema));
    if (schema !== undefined) live.schema = schema;
    for (const half of HALVES) {
        const table = recorded[half] && (await readTable(recorded[half]));
        if (table !== undefined) live[half] = table;
    }
    if (Object.keys(live).length === 0) return undefined;
    if (PARTS.every((part) => live[part] === recorded[part])) return state;
    const { offline: _offline, realtime: _realtime, ...rest } = state;
    const { consumption } = live.realtime ?? {};
    return configsState({ ...rest, ...(consumption !== undefined && { consumption }) }, live);
}

/** Removes both halves, then the schema, which is in use until then. What is gone already is no error. */
export async function removeTableConfigs(name: string, state: TableConfigsState): Promise<void> {
    await removeHalves(heldParts(state), HALVES);
    await removeSchema(name, state);
}

const PARTS: readonly Part[] = ["schema", ...HALVES];

async function removeHalves(held: HeldParts, halves: readonly (typeof HALVES)[number][]): Promise<void> {
    for (const half of halves) {
        const state = held[half];
        if (state === undefined) continue;
        await removeTable(workingSession(state.server, state.table), state);
        delete held[half];
    }
}

function inOurName(error: unknown): unknown {
    if (error instanceof Error) {
        error.message = error.message.replace(/^Pinot(Schema|Table) "/, `${TABLE_CONFIGS_KIND} "`);
    }
    return error;
}
