import type { Column, PinotSchemaDocument } from "../contract";
import type { DeclaredTable } from "./declared";

/** Types of Pinot that only one type of a contract becomes. */
const CONTRACT_TYPES: Readonly<Record<string, Column["type"]>> = { STRING: "string", DOUBLE: "double" };

/**
 * A Pinot table as it is declared, for checks against its topic.
 * @param schema the document that is sent to Pinot.
 * @param upsert whether one row of each primary key survives.
 */
export function declaredPinotTable(topic: string, schema: PinotSchemaDocument, upsert = false): DeclaredTable {
    const specs = [...schema.dimensionFieldSpecs, ...schema.metricFieldSpecs, ...schema.dateTimeFieldSpecs];
    return {
        title: `PinotTable "${schema.schemaName}"`,
        topic,
        columns: specs.map(({ name, dataType }) => {
            const type = CONTRACT_TYPES[dataType];
            return type === undefined ? { name } : { name, type };
        }),
        upsertKey: upsert ? (schema.primaryKeyColumns ?? []) : [],
    };
}
