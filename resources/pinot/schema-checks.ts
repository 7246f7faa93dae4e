import { adoptionTrouble } from "../adoption";
import { mismatch } from "../document";
import type { Problem } from "../errors";
import { hasUnknown, isProtected, UNKNOWN } from "../lifecycle";
import { ask, findSchema, type Session, unrecognizedIn } from "./api";
import type { SchemaDocument } from "./documents";
import { noteValidated } from "./remembered";
import { schemaIncompatibilities } from "./schema-compatibility";
import type { SchemaInputs, SchemaState } from "./schema-reconcile";
import { canonicalSchema, SCHEMA_RULES, schemaProblems, schemaToWire } from "./schema-rules";
import { previewSession, serverProblems } from "./session";
import { unrecognizedProblems } from "./unrecognized";

/** What can be said of a schema, and of its change, without asking the server. */
export function schemaChecks(olds: Partial<SchemaState> | undefined, news: SchemaInputs): Problem[] {
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
    return problems;
}

/** What a controller says of a schema. @param isOurs whether this stack has created it. */
export async function schemaChecksOnServer(isOurs: boolean, news: SchemaInputs): Promise<Problem[]> {
    const problems = await heldSchemaChecks(isOurs, news);
    return problems.length > 0 || hasUnknown(news.schema)
        ? problems
        : schemaValidation(previewSession(news.server, news.schema), news);
}

/** Whether a schema fits the one that a controller holds. @param isOurs whether this stack has created it. */
export async function heldSchemaChecks(isOurs: boolean, news: SchemaInputs): Promise<Problem[]> {
    const { schema } = news;
    if (hasUnknown(schema)) return [];
    const session = previewSession(news.server, schema);
    const live = await findSchema(session, schema.schemaName);
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
    return [];
}

/** The controller's own validation of a schema. */
export async function schemaValidation(session: Session, news: SchemaInputs): Promise<Problem[]> {
    const { schema } = news;
    const query = news.force === true ? "?force=true" : "";
    const validation = await ask(session, "POST", `/schemas/validate${query}`, schemaToWire(schema), true);
    if (validation.status === 400)
        return [{ property: "schema", what: "Pinot refuses the schema", why: validation.said }];
    const problems = unrecognizedProblems(unrecognizedIn(validation), "schema");
    if (validation.status === 200 && problems.length === 0) noteValidated(session, schema);
    return problems;
}

function refusals(old: SchemaDocument, next: SchemaDocument): Problem[] {
    return schemaIncompatibilities(old, next).map(({ path, what, why, wayOut }) => ({
        property: path,
        what,
        why,
        wayOut,
    }));
}
