import { adoptionTrouble } from "../adoption";
import { drift, mismatch, type Observed, observe, outOfSync, withDrift } from "../document";
import { trouble } from "../errors";
import { isUnreachable } from "../http";
import { type Common, plain, progress } from "../lifecycle";
import type { Outcome } from "../outcome";
import {
    ask,
    expectStatus,
    findSchema,
    getSchema,
    getTable,
    type ResolvedServer,
    type Session,
    type Unrecognized,
    unrecognizedIn,
} from "./api";
import { readCapabilities } from "./capabilities";
import type { SchemaDocument } from "./documents";
import { asksForReload, reload } from "./reload";
import { isValidated } from "./remembered";
import { schemaIncompatibilities, schemaNeedsReload } from "./schema-compatibility";
import { canonicalSchema, SCHEMA_RULES, schemaToWire } from "./schema-rules";
import { workingSession } from "./session";
import { unrecognizedProblems } from "./unrecognized";

/** Inputs of a schema, resolved. */
export interface SchemaInputs extends Common {
    readonly server: ResolvedServer;
    readonly schema: SchemaDocument;
    readonly force?: boolean;
    readonly reload?: "whenNeeded" | "never";
}

/** What is recorded of a schema. */
export interface SchemaState extends SchemaInputs {
    readonly schemaName: string;
    readonly observed: Observed;
    readonly reloadPending?: boolean;
}

/** As errors call it. */
export const SCHEMA_KIND = "PinotSchema";

/**
 * Observe, ensure, sync, return: the one path behind create and update.
 * @param before the recorded state; undefined when this stack has not created the schema.
 */
export async function reconcileSchema(
    inputs: SchemaInputs,
    before: SchemaState | undefined,
    outcome: Outcome,
): Promise<SchemaState> {
    const { schema } = inputs;
    const name = schema.schemaName;
    const session = workingSession(inputs.server, schema);
    const declared = canonicalSchema(schema);

    let live = await (before === undefined ? findSchema : getSchema)(session, name);
    let reloadPending = before?.reloadPending === true;
    const record = (held: SchemaDocument): SchemaState => {
        const state = schemaState(inputs, held);
        outcome.recorded = reloadPending ? { ...state, reloadPending } : state;
        return state;
    };
    if (live === undefined) {
        await ensure(session, inputs, outcome);
        // Recorded before anything else can fail: from here on it is ours.
        record(schema);
        live = await held(session, schema);
    } else {
        if (before === undefined) {
            const differences = mismatch(declared, canonicalSchema(live), SCHEMA_RULES);
            const refusal = adoptionTrouble(inputs.onExists, `schema ${name}`, differences, "schema");
            if (refusal !== undefined) throw trouble(SCHEMA_KIND, name, refusal);
        }
        const known = before && { declared: canonicalSchema(before.schema), observed: before.observed };
        if (outOfSync(declared, canonicalSchema(live), known, SCHEMA_RULES).length > 0) {
            const old = live;
            await sync(session, inputs, old, outcome);
            reloadPending ||= schemaNeedsReload(old, schema);
            record(schema);
            live = await held(session, schema);
        }
    }
    const state = record(live);
    if (reloadPending && inputs.reload !== "never") await reloadTables(session, inputs);
    return state;
}

/** The schema as it now is, for refresh; undefined when it is gone. */
export async function readSchema(state: SchemaState): Promise<SchemaState | undefined> {
    const live = await getSchema(workingSession(state.server, state.schema), state.schema.schemaName);
    if (live === undefined) return undefined;
    const declared = canonicalSchema(state.schema);
    const found = drift(declared, state.observed ?? {}, canonicalSchema(live), SCHEMA_RULES);
    return found.length === 0 ? state : { ...state, schema: plain(withDrift(state.schema, live, found, SCHEMA_RULES)) };
}

/** Deletes the schema; one that is gone already is no error. Errors: a table uses it. */
export async function removeSchema(name: string, { server }: Pick<SchemaInputs, "server">): Promise<void> {
    const answer = await ask(workingSession(server), "DELETE", `/schemas/${encodeURIComponent(name)}`);
    if (answer.status === 409) {
        throw trouble(SCHEMA_KIND, name, {
            what: "is in use and cannot be deleted",
            why: answer.said,
            wayOut: "remove the table first; a PinotTable that takes schema: thisSchema.schema is removed before it.",
        });
    }
    expectStatus(answer, 200, 404);
}

/** What is recorded when the server holds `live`. */
function schemaState(inputs: SchemaInputs, live: SchemaDocument): SchemaState {
    return plain({
        ...inputs,
        schemaName: inputs.schema.schemaName,
        observed: observe(canonicalSchema(inputs.schema), canonicalSchema(live)),
    });
}

/** Creates the schema. `override=false`, since Pinot would otherwise overwrite what somebody created meanwhile. */
async function ensure(session: Session, inputs: SchemaInputs, outcome: Outcome): Promise<void> {
    const { schema } = inputs;
    if (!isValidated(session, schema)) await refuseUnrecognized(session, schema);
    outcome.sent = true;
    try {
        const answer = await ask(session, "POST", "/schemas?override=false", schemaToWire(schema));
        expectStatus(answer, 200);
        await undoUnrecognized(schema, unrecognizedIn(answer), async () => {
            expectStatus(await ask(session, "DELETE", `/schemas/${encodeURIComponent(schema.schemaName)}`), 200, 404);
        });
    } catch (error) {
        // It was not there before: if it is what was sent, then only the answer was lost.
        const live = isUnreachable(error) ? await getSchema(session, schema.schemaName) : undefined;
        if (live === undefined || mismatch(canonicalSchema(schema), canonicalSchema(live), SCHEMA_RULES).length > 0) {
            throw error;
        }
    }
}

async function sync(session: Session, inputs: SchemaInputs, live: SchemaDocument, outcome: Outcome): Promise<void> {
    const { schema } = inputs;
    const path = `/schemas/${encodeURIComponent(schema.schemaName)}`;
    const [refused, ...others] = inputs.force === true ? [] : schemaIncompatibilities(live, schema);
    if (refused !== undefined) {
        const { what, why, wayOut } = refused;
        const more = others.map((other) => `also: ${other.what}`);
        throw trouble(SCHEMA_KIND, schema.schemaName, { what, why: [why, ...more].join("\n  "), wayOut });
    }
    await refuseUnrecognized(session, schema);
    outcome.sent = true;
    const query = inputs.force === true ? "?force=true" : "";
    const answer = expectStatus(await ask(session, "PUT", `${path}${query}`, schemaToWire(schema)), 200);
    await undoUnrecognized(schema, unrecognizedIn(answer), async () => {
        expectStatus(await ask(session, "PUT", `${path}?force=true`, live), 200);
    });
}

async function held(session: Session, schema: SchemaDocument): Promise<SchemaDocument> {
    const live = await getSchema(session, schema.schemaName);
    if (live === undefined)
        throw new Error(`the controller accepted schema ${schema.schemaName}, and does not have it`);
    return live;
}

async function refuseUnrecognized(session: Session, schema: SchemaDocument): Promise<void> {
    const answer = await ask(session, "POST", "/schemas/validate", schemaToWire(schema), true);
    expectStatus(answer, 200);
    await undoUnrecognized(schema, unrecognizedIn(answer), async () => undefined);
}

async function undoUnrecognized(
    schema: SchemaDocument,
    unrecognized: Unrecognized,
    undo: () => Promise<void>,
): Promise<void> {
    const problems = unrecognizedProblems(unrecognized, "schema");
    const [first] = problems;
    if (first === undefined) return;
    await undo();
    const what = `${problems.map(({ property }) => property).join(", ")}: not known to this Pinot`;
    throw trouble(SCHEMA_KIND, schema.schemaName, { ...first, what });
}

/** Makes new columns visible in the segments of the tables that use the schema. */
async function reloadTables(session: Session, inputs: SchemaInputs): Promise<void> {
    const name = inputs.schema.schemaName;
    const can = await readCapabilities(session);
    for (const type of ["REALTIME", "OFFLINE"] as const) {
        if ((await getTable(session, name, type)) === undefined) continue;
        const table = `${name}_${type}`;
        if ((await asksForReload(session, table, can)) === false) continue;
        await reload(session, table, {
            seconds: inputs.timeouts?.reload ?? 600,
            progress: (line) => progress(`${SCHEMA_KIND} "${name}": ${line}`),
        });
    }
}
