import { adoptionTrouble } from "../adoption";
import { type Difference, drift, mismatch, type Observed, observe, outOfSync, withDrift } from "../document";
import { type Trouble, trouble } from "../errors";
import { type Common, plain } from "../lifecycle";
import type { Outcome } from "../outcome";
import { createSchema, readSchema } from "./schema-api";
import { canonicalSchema, SCHEMA_RULES, type SchemaDocument } from "./schema-rules";
import { type ResolvedAccess, workingSession } from "./session";

/** Inputs of a schema, resolved. */
export interface SchemaInputs extends Common, SchemaDocument {
    readonly server: ResolvedAccess;
    readonly catalog: string;
    readonly schema: string;
    readonly forceDestroy?: boolean;
}

/** What is recorded of a schema. */
export interface SchemaState extends SchemaInputs {
    readonly observed: Observed;
}

/** As errors call it. */
export const SCHEMA_KIND = "TrinoSchema";

/** `catalog.schema`. */
export function schemaName({ catalog, schema }: Pick<SchemaInputs, "catalog" | "schema">): string {
    return `${catalog}.${schema}`;
}

/** Observe, ensure, sync, return: the one path behind create and update. Trino changes no property of a schema. */
export async function reconcileSchema(
    inputs: SchemaInputs,
    before: SchemaState | undefined,
    outcome: Outcome,
): Promise<SchemaState> {
    const { catalog, schema } = inputs;
    const session = workingSession(inputs.server);
    const declared = canonicalSchema(inputs);
    let live = await readSchema(session, catalog, schema);
    if (live === undefined) {
        outcome.sent = true;
        await createSchema(session, catalog, schema, inputs);
        outcome.recorded = plain({ ...inputs, observed: {} });
        live = await readSchema(session, catalog, schema);
        if (live === undefined)
            throw new Error(`the server accepted schema ${schemaName(inputs)}, and does not have it`);
    } else if (before === undefined) {
        const differences = declaredOnly(mismatch(declared, canonicalSchema(live), SCHEMA_RULES));
        const refusal = adoptionRefusal(inputs, differences);
        if (refusal !== undefined) throw trouble(SCHEMA_KIND, schemaName(inputs), refusal);
    } else {
        const known = { declared: canonicalSchema(before), observed: before.observed ?? {} };
        const [changed] = declaredOnly(outOfSync(declared, canonicalSchema(live), known, SCHEMA_RULES));
        if (changed !== undefined) throw trouble(SCHEMA_KIND, schemaName(inputs), changeTrouble(changed));
    }
    return plain({ ...inputs, observed: observe(declared, canonicalSchema(live)) });
}

/** The schema as it now is, for refresh; undefined when it is gone. */
export async function readSchemaState(state: SchemaState): Promise<SchemaState | undefined> {
    const live = await readSchema(workingSession(state.server), state.catalog, state.schema);
    if (live === undefined) return undefined;
    const found = drift(canonicalSchema(state), state.observed ?? {}, canonicalSchema(live), SCHEMA_RULES);
    if (found.length === 0) return state;
    const held = withDrift<SchemaDocument>({ properties: state.properties ?? {} }, live, found, SCHEMA_RULES);
    const observed = Object.fromEntries(
        Object.entries(state.observed ?? {}).filter(([path]) => !found.some((difference) => difference.path === path)),
    );
    return plain({ ...state, ...held, observed });
}

/** Why a schema that is there may not be taken over: also with `adopt`, where it cannot be made what is declared. */
export function adoptionRefusal(inputs: SchemaInputs, differences: readonly Difference[]): Trouble | undefined {
    const what = `schema ${schemaName(inputs)}`;
    const [different] = differences;
    if (inputs.onExists === "adopt") return different && changeTrouble(different);
    return adoptionTrouble(inputs.onExists, what, differences, "schema");
}

/** Refusal of a change of a property. */
export function changeTrouble({ path, expected, actual }: Difference): Trouble {
    return {
        what: `${path} cannot change from ${actual ?? "nothing"} to ${expected ?? "nothing"}`,
        why: "Trino has no statement that changes a schema's properties; its tables stay where they are.",
        wayOut: "declare what is there; or declare a second schema, move the tables, then remove this one.",
    };
}

/** What the connector added by itself was not asked for, and is nobody's fault. */
export function declaredOnly(differences: readonly Difference[]): Difference[] {
    return differences.filter(({ expected }) => expected !== undefined);
}
