import type * as pulumi from "@pulumi/pulumi";
import { adoptionTrouble } from "../adoption";
import { changes, mismatch } from "../document";
import { checkFailures, type Problem, trouble } from "../errors";
import { type Common, hasUnknown, isProtected, providerChanged, sameJson, UNKNOWN } from "../lifecycle";
import { failure, type Outcome } from "../outcome";
import { ask, countRows, expectStatus, getSchema, getTable, unrecognizedIn } from "./api";
import type { SchemaDocument } from "./documents";
import { schemaIncompatibilities } from "./schema-compatibility";
import { readSchema, reconcileSchema, SCHEMA_KIND, type SchemaInputs, type SchemaState } from "./schema-reconcile";
import { canonicalSchema, SCHEMA_RULES, schemaProblems, schemaToWire } from "./schema-rules";
import { duringPreview, previewSession, serverProblems, workingSession } from "./session";
import { unrecognizedProblems } from "./unrecognized";

/** The code that manages a {@link PinotSchema}; bundled into its state. */
export const pinotSchemaProvider: pulumi.dynamic.ResourceProvider<SchemaInputs, SchemaState> = {
    async check(olds, news) {
        const problems = await problemsOf(olds, news);
        return { inputs: news, failures: checkFailures(SCHEMA_KIND, nameOf(news), problems) };
    },
    async diff(_id, olds, news) {
        const renamed = nameOf(news) !== nameOf(olds) && nameOf(news) !== UNKNOWN;
        return {
            changes:
                renamed ||
                providerChanged(olds, news) ||
                olds.reloadPending === true ||
                !sameJson(settingsOf(olds), settingsOf(news)) ||
                changedPaths(olds, news) > 0,
            ...(renamed ? { replaces: ["schema"] } : {}),
        };
    },
    async create(inputs) {
        const outcome: Outcome = {};
        const name = nameOf(inputs);
        try {
            return { id: name, outs: await reconcileSchema(inputs, undefined, outcome) };
        } catch (error) {
            throw failure(SCHEMA_KIND, name, name, "cannot be created", error, outcome);
        }
    },
    async update(id, olds, news) {
        const outcome: Outcome = {};
        try {
            return { outs: await reconcileSchema(news, olds, outcome) };
        } catch (error) {
            throw failure(SCHEMA_KIND, nameOf(news), id, "cannot be updated", error, outcome);
        }
    },
    async read(id, props) {
        if (props?.schema === undefined) {
            throw trouble(SCHEMA_KIND, id, {
                what: "cannot be imported",
                why: "Dynamic resources have no import (pulumi/pulumi#16175).",
                wayOut: `declare it with onExists: "adoptIfEqual".`,
            });
        }
        try {
            const state = await readSchema(props);
            if (state === undefined) return { id: "" };
            const { schemaName: _name, observed: _observed, reloadPending: _pending, ...inputs } = state;
            return state === props ? { id, props } : { id, props: state, inputs: inputs as SchemaState };
        } catch (error) {
            throw failure(SCHEMA_KIND, id, id, "cannot be read", error, {});
        }
    },
    async delete(id, props) {
        try {
            await remove(id, props);
        } catch (error) {
            throw failure(SCHEMA_KIND, id, id, "cannot be deleted", error, {});
        }
    },
};

async function remove(name: string, props: SchemaState): Promise<void> {
    const session = workingSession(props.server);
    if ((await getSchema(session, name)) === undefined) return;
    if (isProtected(props)) {
        const users: string[] = [];
        for (const type of ["REALTIME", "OFFLINE"] as const) {
            if ((await getTable(session, name, type)) === undefined) continue;
            const rows = await countRows(session, `${name}_${type}`).catch(() => undefined);
            users.push(`${name}_${type} (${rows ?? "an unknown number of"} rows)`);
        }
        throw trouble(SCHEMA_KIND, name, {
            what: "is protected and will not be deleted",
            why: users.length > 0 ? `It is used by table ${users.join(" and ")}.` : "No table uses it.",
            wayOut: "set deletionProtection: false, run up, then delete it.",
        });
    }
    const answer = await ask(session, "DELETE", `/schemas/${encodeURIComponent(name)}`);
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

function changedPaths(olds: SchemaState, news: SchemaInputs): number {
    const [next, old] = [canonicalSchema(news.schema), canonicalSchema(olds.schema)];
    return changes(next, old, olds.observed ?? {}, SCHEMA_RULES, UNKNOWN).length;
}

function settingsOf(inputs: SchemaInputs): Common & { server: unknown; force: boolean; reload: string } {
    const { server, onExists = "fail", deletionProtection = true, timeouts = {}, force = false } = inputs;
    return { server, onExists, deletionProtection, timeouts, force, reload: inputs.reload ?? "whenNeeded" };
}

function nameOf(inputs: Pick<SchemaInputs, "schema">): string {
    return String((inputs.schema as Partial<SchemaDocument> | undefined)?.schemaName ?? UNKNOWN);
}
