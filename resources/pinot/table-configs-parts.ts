import type { Observed } from "../document";
import type { Common } from "../lifecycle";
import type { ResolvedServer } from "./api";
import { nameWithType, type SchemaDocument, type TableDocument } from "./documents";
import type { SchemaInputs, SchemaState } from "./schema-reconcile";
import type { TableInputs, TableState } from "./table-reconcile";

/** The halves of a table, in the order in which they are created. */
export const HALVES = ["offline", "realtime"] as const;

/** One half of a table. */
export type Half = (typeof HALVES)[number];

/** Inputs of a table with its schema, resolved. */
export interface TableConfigsInputs extends Common {
    readonly server: ResolvedServer;
    readonly schema: SchemaDocument;
    readonly offline?: TableDocument;
    readonly realtime?: TableDocument;
    readonly force?: boolean;
    readonly reload?: "whenNeeded" | "never";
    readonly consumption?: "running" | "paused";
    readonly retentionOnDelete?: string;
    readonly waitForDeletion?: boolean;
}

/** What is recorded of a table with its schema. A part is there, and ours, when `observed` has it. */
export interface TableConfigsState extends TableConfigsInputs {
    readonly tableName: string;
    readonly observed: Readonly<Partial<Record<Part, Observed>>>;
    readonly reloadPending?: Readonly<Partial<Record<Part, boolean>>>;
}

/** Schema or half. */
export type Part = "schema" | Half;

/** The schema as a resource of its own would declare it. */
export function schemaInputsOf(inputs: TableConfigsInputs): SchemaInputs {
    const { server, schema, force, reload, onExists, deletionProtection, timeouts } = inputs;
    return defined({ server, schema, force, reload, onExists, deletionProtection, timeouts });
}

/** One half as a resource of its own would declare it; undefined when it is not declared. */
export function tableInputsOf(inputs: TableConfigsInputs, half: Half): TableInputs | undefined {
    const table = inputs[half];
    if (table === undefined) return undefined;
    const { server, schema, reload, onExists, deletionProtection, timeouts, retentionOnDelete, waitForDeletion } =
        inputs;
    const consumption = half === "realtime" ? inputs.consumption : undefined;
    return defined({
        server,
        table,
        schema,
        reload,
        onExists,
        deletionProtection,
        timeouts,
        retentionOnDelete,
        waitForDeletion,
        consumption,
    });
}

/** The parts that are there, each as a resource of its own would have recorded it. */
export interface HeldParts {
    schema?: SchemaState;
    offline?: TableState;
    realtime?: TableState;
}

/** The parts that a state says are there. */
export function heldParts(state: TableConfigsState): HeldParts {
    const held: HeldParts = {};
    const { schemaName } = state.schema;
    for (const [part, observed] of Object.entries(state.observed ?? {}) as [Part, Observed][]) {
        const reloadPending = state.reloadPending?.[part];
        if (part === "schema") {
            held.schema = defined({ ...schemaInputsOf(state), schemaName, observed, reloadPending });
            continue;
        }
        const inputs = tableInputsOf(state, part);
        if (inputs === undefined) continue;
        const tableNameWithType = nameWithType(inputs.table);
        held[part] = defined({ ...inputs, tableName: schemaName, tableNameWithType, observed, reloadPending });
    }
    return held;
}

/** What is recorded when these parts are there, each in the form in which it is. */
export function configsState(inputs: TableConfigsInputs, { schema, ...tables }: HeldParts): TableConfigsState {
    const parts = Object.entries({ schema, ...tables }).flatMap(([name, part]) => (part ? [{ name, part }] : []));
    const pending = parts.filter(({ part }) => part.reloadPending === true).map(({ name }) => [name, true]);
    return defined({
        ...inputs,
        ...(schema && { schema: schema.schema }),
        ...Object.fromEntries(HALVES.flatMap((half) => (tables[half] ? [[half, tables[half].table]] : []))),
        tableName: inputs.schema.schemaName,
        observed: Object.fromEntries(parts.map(({ name, part }) => [name, part.observed])),
        reloadPending: pending.length > 0 ? Object.fromEntries(pending) : undefined,
    });
}

/** Without properties that are undefined, which Pulumi's wire format cannot carry. */
function defined<T>(value: { [Key in keyof T]: T[Key] | undefined }): T {
    return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
