import { adoptionTrouble } from "../adoption";
import { changes, mismatch } from "../document";
import { type Problem, trouble } from "../errors";
import { hasUnknown, isProtected, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import { ask, countRows, expectStatus, getSchema, getTable, unrecognizedIn } from "./api";
import type { SchemaDocument } from "./documents";
import { schemaIncompatibilities } from "./schema-compatibility";
import { readSchema, reconcileSchema, SCHEMA_KIND, type SchemaInputs, type SchemaState } from "./schema-reconcile";
import { canonicalSchema, SCHEMA_RULES, schemaProblems, schemaToWire } from "./schema-rules";
import { duringPreview, previewSession, serverProblems, workingSession } from "./session";
import { unrecognizedProblems } from "./unrecognized";

/** The code that manages a {@link PinotSchema}; bundled into its state. */
export const pinotSchemaProvider = managedProvider<SchemaInputs, SchemaState>({
    kind: SCHEMA_KIND,
    identity: "schema",
    outputsOnly: ["schemaName", "observed", "reloadPending"],
    nameOf,
    settingsOf: ({ server, force = false, reload = "whenNeeded" }) => ({ server, force, reload }),
    compare(olds, news) {
        const [next, old] = [canonicalSchema(news.schema), canonicalSchema(olds.schema)];
        return {
            changed:
                olds.reloadPending === true ||
                changes(next, old, olds.observed ?? {}, SCHEMA_RULES, UNKNOWN).length > 0,
            replaced: nameOf(news) !== nameOf(olds) && nameOf(news) !== UNKNOWN,
        };
    },
    problemsOf,
    reconcile: reconcileSchema,
    read: readSchema,
    remove,
    async lossOf({ server, schema: { schemaName: name } }) {
        const session = workingSession(server);
        if ((await getSchema(session, name)) === undefined) return undefined;
        const users: string[] = [];
        for (const type of ["REALTIME", "OFFLINE"] as const) {
            if ((await getTable(session, name, type)) === undefined) continue;
            const rows = await countRows(session, `${name}_${type}`).catch(() => undefined);
            users.push(`${name}_${type} (${rows ?? "an unknown number of"} rows)`);
        }
        return users.length > 0 ? `It is used by table ${users.join(" and ")}.` : "No table uses it.";
    },
});

async function remove(name: string, { server }: SchemaState): Promise<void> {
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

async function problemsOf(olds: Partial<SchemaState> | undefined, news: SchemaInputs): Promise<Problem[]> {
    const { schema, server } = news;
    if ((schema as unknown) === UNKNOWN) return serverProblems(server);
    if (schema === null || typeof schema !== "object") return [{ property: "schema", what: "schema is missing" }];
    const problems = [...serverProblems(server), ...schemaProblems(schema)];
    const old = olds?.schema;
    if (old !== undefined && old.schemaName !== schema.schemaName && (schema.schemaName as string) !== UNKNOWN) {
        if (isProtected(olds)) {
            problems.push({
                property: "schema.schemaName",
                what: `schemaName cannot change from ${old.schemaName} to ${schema.schemaName} while deletionProtection is on`,
                why: `It is the schema's identity: another one would be created and ${old.schemaName} deleted.`,
                wayOut: `declare "${schema.schemaName}" as a second schema; or set deletionProtection: false, run up, then rename.`,
            });
        }
    } else if (old !== undefined && news.force !== true) {
        problems.push(...refusals(old, schema));
    }
    if (problems.length > 0 || hasUnknown(server)) return problems;
    return duringPreview(server, () => problemsOnServer(old !== undefined, news));
}

async function problemsOnServer(isOurs: boolean, news: SchemaInputs): Promise<Problem[]> {
    const { schema } = news;
    const session = previewSession(news.server, schema);
    if (hasUnknown(schema)) return [];
    const live = await getSchema(session, schema.schemaName);
    if (live !== undefined && !isOurs) {
        const differences = mismatch(canonicalSchema(schema), canonicalSchema(live), SCHEMA_RULES);
        const refusal = adoptionTrouble(news.onExists, `schema ${schema.schemaName}`, differences, "schema");
        // An unprotected schema may be about to be replaced by itself; create decides then.
        if (refusal !== undefined && isProtected(news)) return [{ property: "onExists", ...refusal }];
    }
    if (live !== undefined && news.force !== true) {
        const refused = refusals(live, schema);
        if (refused.length > 0) return refused;
    }
    const query = news.force === true ? "?force=true" : "";
    const validation = await ask(session, "POST", `/schemas/validate${query}`, schemaToWire(schema), true);
    if (validation.status === 400)
        return [{ property: "schema", what: "Pinot refuses the schema", why: validation.said }];
    return unrecognizedProblems(unrecognizedIn(validation), "schema");
}

function refusals(old: SchemaDocument, next: SchemaDocument): Problem[] {
    return schemaIncompatibilities(old, next).map(({ path, what, why, wayOut }) => ({
        property: path,
        what,
        why,
        wayOut,
    }));
}

function nameOf(inputs: Partial<SchemaInputs>): string {
    return String((inputs.schema as Partial<SchemaDocument> | undefined)?.schemaName ?? UNKNOWN);
}
