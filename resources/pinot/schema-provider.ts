import { changes } from "../document";
import { UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import { countRows, getSchema, getTable } from "./api";
import type { SchemaDocument } from "./documents";
import { schemaChecks, schemaChecksOnServer } from "./schema-checks";
import {
    readSchema,
    reconcileSchema,
    removeSchema,
    SCHEMA_KIND,
    type SchemaInputs,
    type SchemaState,
} from "./schema-reconcile";
import { canonicalSchema, SCHEMA_RULES } from "./schema-rules";
import { duringPreview, workingSession } from "./session";

/** The code that manages a {@link PinotSchema}. */
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
    problemsOf: schemaChecks,
    problemsOnServer: (olds, news) =>
        duringPreview(news.server, () => schemaChecksOnServer(olds?.schema !== undefined, news)),
    reconcile: reconcileSchema,
    read: readSchema,
    remove: removeSchema,
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

function nameOf(inputs: Partial<SchemaInputs>): string {
    return String((inputs.schema as Partial<SchemaDocument> | undefined)?.schemaName ?? UNKNOWN);
}
