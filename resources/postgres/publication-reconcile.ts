import { adoptionTrouble } from "../adoption";
import { drift, type Flat, mismatch, type Observed, observe, outOfSync, withDrift, within } from "../document";
import { type Trouble, trouble } from "../errors";
import { isUnreachable } from "../http";
import { type Common, plain } from "../lifecycle";
import type { Outcome } from "../outcome";
import { type Ask, converse, type ResolvedAccess, workingSession } from "./api";
import type { PublicationDocument } from "./documents";
import {
    createPublication,
    type HeldPublication,
    readPublication,
    setOptions,
    setOwner,
    setTables,
    tableStates,
} from "./publication-api";
import { canonicalPublication, OPERATIONS, PUBLICATION_RULES } from "./publication-rules";

/** Inputs of a publication, resolved. */
export interface PublicationInputs extends Common, PublicationDocument {
    readonly server: ResolvedAccess;
    readonly publication: string;
}

/** What is recorded of a publication. */
export interface PublicationState extends PublicationInputs {
    readonly observed: Observed;
}

/** As errors call it. */
export const PUBLICATION_KIND = "PostgresPublication";

/**
 * Observe, ensure, sync, return: the one path behind create and update.
 * @param before the recorded state; undefined when this stack has not created the publication.
 */
export async function reconcilePublication(
    inputs: PublicationInputs,
    before: PublicationState | undefined,
    outcome: Outcome,
): Promise<PublicationState> {
    const session = workingSession(inputs.server, inputs.timeouts?.ready);
    try {
        return await converse(session, (ask) => reconcile(ask, inputs, before, outcome));
    } catch (error) {
        if (!isUnreachable(error) || outcome.recorded === undefined) throw error;
        // The connection went while it was being made or changed: on another one, what is lacking is done.
        const recorded = outcome.recorded as PublicationState;
        return converse(session, (ask) => reconcile(ask, inputs, recorded, outcome));
    }
}

async function reconcile(
    ask: Ask,
    inputs: PublicationInputs,
    before: PublicationState | undefined,
    outcome: Outcome,
): Promise<PublicationState> {
    const { publication } = inputs;
    const declared = canonicalPublication(inputs);
    const missing = await tableTroubles(ask, inputs);
    if (missing[0] !== undefined) throw trouble(PUBLICATION_KIND, publication, missing[0]);
    let live = await readPublication(ask, publication);
    let known = before && { declared: canonicalPublication(before), observed: before.observed ?? {} };
    if (live === undefined) {
        outcome.sent = true;
        await ensure(ask, inputs);
        // Recorded before anything else can fail; what is still lacking, such as its owner, is set by the next run.
        outcome.recorded = publicationState(inputs, declared);
        live = await held(ask, publication);
        known = undefined;
    } else if (before === undefined) {
        const refusal = adoptionRefusal(inputs, live);
        if (refusal !== undefined) throw trouble(PUBLICATION_KIND, publication, refusal);
    }
    const found = outOfSync(declared, canonicalHeld(inputs, live), known, PUBLICATION_RULES);
    const differs = (...paths: string[]): boolean => found.some(({ path }) => paths.some((one) => within(path, one)));
    if (found.length > 0) {
        // PostgreSQL has no way from a list to all tables, nor back.
        if (differs("allTables")) throw trouble(PUBLICATION_KIND, publication, scopeTrouble(live.allTables));
        outcome.sent = true;
        outcome.recorded = publicationState(inputs, declared);
        if (differs("tables") && inputs.tables !== undefined) await setTables(ask, publication, inputs.tables);
        if (differs("operations", "viaRoot")) await setOptions(ask, publication, inputs);
        if (differs("owner") && inputs.owner !== undefined) await setOwner(ask, publication, inputs.owner);
        live = await held(ask, publication);
    }
    return publicationState(inputs, canonicalHeld(inputs, live));
}

/** The publication as it now is, for refresh; undefined when it is gone. */
export async function readPublicationState(state: PublicationState): Promise<PublicationState | undefined> {
    const live = await converse(workingSession(state.server), (ask) => readPublication(ask, state.publication));
    if (live === undefined) return undefined;
    const flat = canonicalHeld(state, live);
    const found = drift(canonicalPublication(state), state.observed ?? {}, flat, PUBLICATION_RULES);
    if (found.length === 0) return state;
    const { tables, allTables, operations, viaRoot, owner, ...rest } = state;
    const document = { tables, allTables, operations, viaRoot, owner };
    return plain({ ...rest, ...withDrift(document, live, found, PUBLICATION_RULES) }) as PublicationState;
}

/** Why one table cannot be published. */
export interface TableTrouble extends Trouble {
    readonly property: string;
    /** It is not there, so far. */
    readonly isMissing: boolean;
}

/** Why tables cannot be published, all at once: those that are not there, and those whose rows cannot be told apart. */
export async function tableTroubles(
    ask: Ask,
    { tables = [], operations = OPERATIONS }: PublicationDocument,
): Promise<TableTrouble[]> {
    const states = await tableStates(ask, tables);
    const tells = operations.filter((operation) => operation === "update" || operation === "delete");
    return states.flatMap(({ table, exists, hasIdentity }, index): TableTrouble[] => {
        const property = `tables[${index}]`;
        if (!exists) {
            const what = `table ${table} is not there`;
            return [
                {
                    property,
                    isMissing: true,
                    what,
                    wayOut: "create it first; publications are of tables that are there.",
                },
            ];
        }
        if (hasIdentity || tells.length === 0) return [];
        return [
            {
                property,
                isMissing: false,
                what: `table ${table} has no replica identity, and ${tells.join(" and ")} would be published`,
                why: `PostgreSQL would refuse every ${tells.map((one) => one.toUpperCase()).join(" and ")} on it from then on.`,
                wayOut: `give it a primary key, or ALTER TABLE ${table} REPLICA IDENTITY FULL; or publish inserts only.`,
            },
        ];
    });
}

/** Why a publication that is there may not be taken over; undefined when it may. */
export function adoptionRefusal(inputs: PublicationInputs, live: HeldPublication): Trouble | undefined {
    if (inputs.onExists === "adopt" && live.allTables !== (inputs.allTables ?? false))
        return scopeTrouble(live.allTables);
    const found = mismatch(canonicalPublication(inputs), canonicalHeld(inputs, live), PUBLICATION_RULES);
    return adoptionTrouble(inputs.onExists, `publication ${inputs.publication}`, found, "publication");
}

/** @param isAll what it is now. */
export function scopeTrouble(isAll: boolean): Trouble {
    return {
        what: isAll
            ? "a publication of all tables cannot become one of some"
            : "a publication of some tables cannot become one of all",
        why: "PostgreSQL has no ALTER for that.",
        wayOut: "declare a second publication, let the readers change to it, and remove this one.",
    };
}

/** What it holds, as far as it was declared or can be: an owner that nobody asked for is no difference. */
function canonicalHeld(inputs: PublicationDocument, { owner, tables, ...live }: HeldPublication): Flat {
    return canonicalPublication({
        ...live,
        ...(inputs.owner === undefined ? {} : { owner }),
        ...(live.allTables ? {} : { tables }),
    });
}

function publicationState(inputs: PublicationInputs, live: Flat): PublicationState {
    return plain({ ...inputs, observed: observe(canonicalPublication(inputs), live) });
}

async function ensure(ask: Ask, inputs: PublicationInputs): Promise<void> {
    try {
        await createPublication(ask, inputs.publication, inputs);
    } catch (error) {
        if (!isUnreachable(error)) throw error;
        // Its answer was lost. It was not there a moment ago: what is there and equal is ours.
        const found = await converse(workingSession(inputs.server), (again) =>
            readPublication(again, inputs.publication),
        );
        if (found === undefined || adoptionRefusal({ ...inputs, onExists: "adoptIfEqual" }, found)) throw error;
    }
}

async function held(ask: Ask, publication: string): Promise<HeldPublication> {
    const live = await readPublication(ask, publication);
    if (live === undefined) throw new Error(`the server accepted publication ${publication}, and does not have it`);
    return live;
}
