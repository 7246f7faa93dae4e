import type { Column } from "../contract";
import type { DeclaredTable } from "./declared";

/** A column, as Pinot's documents have it. */
interface PinotColumn {
    readonly name: string;
    readonly dataType: string;
    readonly singleValueField?: boolean | undefined;
    /** Computes the column from others. */
    readonly transformFunction?: string | undefined;
}

/** What of a schema's document matters between servers. */
interface PinotColumns {
    readonly schemaName: string;
    readonly dimensionFieldSpecs?: readonly PinotColumn[];
    readonly metricFieldSpecs?: readonly PinotColumn[];
    readonly dateTimeFieldSpecs?: readonly PinotColumn[];
    readonly primaryKeyColumns?: readonly string[];
}

/** Types of Pinot that only one type of a contract becomes. */
const CONTRACT_TYPES: Readonly<Record<string, Column["type"]>> = { STRING: "string", DOUBLE: "double" };

/**
 * A Pinot table as it is declared, for checks against its topic.
 * @param schema the document that is sent to Pinot.
 * @param upsert whether one row of each primary key survives.
 */
export function declaredPinotTable(topic: string, schema: PinotColumns, upsert = false): DeclaredTable {
    const { schemaName, dimensionFieldSpecs = [], metricFieldSpecs = [], dateTimeFieldSpecs = [] } = schema;
    const specs = [...dimensionFieldSpecs, ...metricFieldSpecs, ...dateTimeFieldSpecs];
    return {
        title: `PinotTable "${schemaName}"`,
        topic,
        columns: specs.map(({ name, dataType, singleValueField }) => {
            const type = singleValueField === false ? undefined : CONTRACT_TYPES[dataType];
            return type === undefined ? { name } : { name, type };
        }),
        upsertKey: upsert ? (schema.primaryKeyColumns ?? []) : [],
        derived: specs.filter(({ transformFunction }) => transformFunction !== undefined).map(({ name }) => name),
    };
}
