import { changes } from "../document";
import { type Problem, trouble } from "../errors";
import { hasUnknown, isProtected, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import { countRows } from "./api";
import { nameWithType, rawTableName, type SchemaDocument, type TableDocument } from "./documents";
import { heldSchemaChecks, schemaChecks, schemaValidation } from "./schema-checks";
import { canonicalSchema, SCHEMA_RULES } from "./schema-rules";
import { duringPreview, previewSession, workingSession } from "./session";
import { tableChecks, tableChecksOnServer } from "./table-checks";
import {
    HALVES,
    type Half,
    type HeldParts,
    heldParts,
    schemaInputsOf,
    type TableConfigsInputs,
    type TableConfigsState,
    tableInputsOf,
} from "./table-configs-parts";
import {
    readTableConfigs,
    reconcileTableConfigs,
    removeTableConfigs,
    TABLE_CONFIGS_KIND,
} from "./table-configs-reconcile";
import { classifyTableChange, refusedChanges } from "./table-diff";
import type { TableState } from "./table-reconcile";

/** The code that manages a {@link PinotTableConfigs}. */
export const pinotTableConfigsProvider = managedProvider<TableConfigsInputs, TableConfigsState>({
    kind: TABLE_CONFIGS_KIND,
    identity: "schema",
    outputsOnly: ["tableName", "observed", "reloadPending"],
    nameOf,
    settingsOf({ server, force = false, reload = "whenNeeded", consumption = "running", ...inputs }) {
        const { retentionOnDelete = "", waitForDeletion = true } = inputs;
        return { server, force, reload, consumption, retentionOnDelete, waitForDeletion };
    },
    compare(olds, news) {
        const held = heldParts(olds);
        refuseLoss(held, olds, news);
        return {
            changed:
                olds.reloadPending !== undefined ||
                schemaChanged(held, news) ||
                HALVES.some((half) => halfChanged(held[half], news[half])),
            replaced: nameOf(news) !== nameOf(olds) && nameOf(news) !== UNKNOWN,
        };
    },
    problemsOf(olds, news) {
        const recorded = olds as TableConfigsState | undefined;
        const problems = schemaChecks(recorded && schemaInputsOf(recorded), schemaInputsOf(news));
        if (HALVES.every((half) => news[half] === undefined)) {
            problems.push({
                property: "realtime",
                what: "neither realtime nor offline is declared",
                wayOut: "declare one of them, or use a PinotSchema.",
            });
        }
        for (const half of HALVES) problems.push(...halfProblems(news, half));
        return problems;
    },
    problemsOnServer(olds, news) {
        const recorded = olds as TableConfigsState | undefined;
        return duringPreview(news.server, async () => {
            const schema = schemaInputsOf(news);
            const problems = await heldSchemaChecks(recorded?.schema !== undefined, schema);
            if (problems.length > 0) return problems;
            for (const half of HALVES) {
                const table = tableInputsOf(news, half);
                if (table === undefined) continue;
                problems.push(...at(half, await tableChecksOnServer(recorded?.[half] !== undefined, table, true)));
            }
            if (problems.length === 0 || hasUnknown(schema.schema)) return problems;
            // What is wrong with the schema is wrong with both halves, and is said once.
            const ofSchema = await schemaValidation(previewSession(news.server, schema.schema), schema);
            return ofSchema.length > 0 ? ofSchema : problems;
        });
    },
    reconcile: reconcileTableConfigs,
    read: readTableConfigs,
    remove: removeTableConfigs,
    async lossOf(state) {
        if ((await readTableConfigs(state)) === undefined) return undefined;
        const rows: string[] = [];
        for (const half of HALVES) {
            const table = state[half];
            if (table === undefined) continue;
            const session = workingSession(state.server, table);
            const count = await countRows(session, nameWithType(table)).catch(() => undefined);
            rows.push(`${count ?? "an unknown number of"} rows of ${nameWithType(table)}`);
        }
        return `${rows.join(" and ")} would be lost.`;
    },
});

function schemaChanged({ schema: held }: HeldParts, news: TableConfigsInputs): boolean {
    if (held === undefined) return true;
    const [next, old] = [canonicalSchema(news.schema), canonicalSchema(held.schema)];
    return changes(next, old, held.observed, SCHEMA_RULES, UNKNOWN).length > 0;
}

function halfChanged(held: TableState | undefined, next: TableDocument | undefined): boolean {
    if (held === undefined || next === undefined) return held !== next;
    if ((next as unknown) === UNKNOWN) return true;
    return classifyTableChange(held.table, next, held.observed).length > 0;
}

/**
 * Refuses, at preview, a change that would mix up or lose the rows of a half. Not in `check`, which knows what was
 * declared, but not whether that half was ever created.
 */
function refuseLoss(held: HeldParts, olds: TableConfigsState, news: TableConfigsInputs): void {
    for (const half of HALVES) {
        const [old, next] = [held[half], news[half]];
        if (old === undefined || (next as unknown) === UNKNOWN) continue;
        if (next === undefined) {
            if (!isProtected(olds)) continue;
            throw trouble(TABLE_CONFIGS_KIND, nameOf(olds), {
                what: `the ${half} half cannot be taken away while deletionProtection is on`,
                why: "Its rows would be lost.",
                wayOut: "set deletionProtection: false, run up, then take it away.",
            });
        }
        const [refused] = refusedChanges(classifyTableChange(old.table, next, old.observed));
        if (refused !== undefined) throw trouble(TABLE_CONFIGS_KIND, nameOf(olds), refused);
    }
}

/** Rules of one half; those of the server's address are the schema's already. */
function halfProblems(news: TableConfigsInputs, half: Half): Problem[] {
    const next = tableInputsOf(news, half);
    if (next === undefined) return [];
    const problems = at(half, tableChecks(undefined, next)).filter(({ property }) => !property.startsWith("server"));
    const { tableType, tableName } = (next.table ?? {}) as { tableType?: unknown; tableName?: unknown };
    if (tableType !== undefined && ![half.toUpperCase(), UNKNOWN].includes(String(tableType))) {
        problems.push({
            property: `${half}.tableType`,
            what: `tableType is ${tableType}, and has to be ${half.toUpperCase()} here`,
        });
    }
    const name = nameOf(news);
    if (typeof tableName === "string" && ![name, UNKNOWN].includes(rawTableName(tableName)) && name !== UNKNOWN) {
        problems.push({
            property: `${half}.tableName`,
            what: `tableName is ${tableName}, and has to be the schema's name, ${name}`,
            why: "Both halves and the schema are one table, and share its name.",
        });
    }
    return problems;
}

/** Problems of a table as those of one half. */
function at(half: Half, problems: readonly Problem[]): Problem[] {
    return problems.map((problem) => ({ ...problem, property: problem.property.replace(/^table\b/, half) }));
}

function nameOf(inputs: Partial<TableConfigsInputs>): string {
    return String((inputs.schema as Partial<SchemaDocument> | undefined)?.schemaName ?? UNKNOWN);
}
