import type { Column, Table } from "./table";

// Types, not interfaces: only a type alias can be handed to a resource that passes unknown fields through.

/** A dimension or metric column in Pinot's words. */
export type PinotFieldSpec = {
    readonly name: string;
    readonly dataType: "STRING" | "LONG" | "DOUBLE";
};

/** A time column in Pinot's words. */
export type PinotDateTimeFieldSpec = {
    readonly name: string;
    readonly dataType: "LONG";
    readonly format: "1:MILLISECONDS:EPOCH";
    readonly granularity: "1:MILLISECONDS";
};

/** The document that Pinot's `/schemas` takes. */
export type PinotSchemaDocument = {
    readonly schemaName: string;
    readonly dimensionFieldSpecs: readonly PinotFieldSpec[];
    readonly metricFieldSpecs: readonly PinotFieldSpec[];
    readonly dateTimeFieldSpecs: readonly PinotDateTimeFieldSpec[];
    /** Only of tables with a primary key. */
    readonly primaryKeyColumns?: readonly string[];
};

/** The columns of Pinot's `tableIndexConfig` that follow from how a contract's columns are asked for. */
export interface PinotIndexes {
    readonly invertedIndexColumns: readonly string[];
    readonly rangeIndexColumns: readonly string[];
    readonly noDictionaryColumns: readonly string[];
}

const DATA_TYPES = { string: "STRING", long: "LONG", double: "DOUBLE", epochMillis: "LONG" } as const;

/**
 * Projects a contract to Pinot's schema document.
 *
 * Nulls become Pinot's own defaults: 0 in metrics, so that sums stay right, and the text `null` in string dimensions.
 */
export function pinotSchema({ name, columns, primaryKey }: Table): PinotSchemaDocument {
    const spec = (column: Column): PinotFieldSpec => ({ name: column.name, dataType: DATA_TYPES[column.type] });
    return {
        schemaName: name,
        dimensionFieldSpecs: columns.filter(({ role }) => role === "key" || role === "dimension").map(spec),
        metricFieldSpecs: columns.filter(({ role }) => role === "metric").map(spec),
        dateTimeFieldSpecs: columns
            .filter(({ role }) => role === "time")
            .map((column) => ({
                name: column.name,
                dataType: "LONG",
                format: "1:MILLISECONDS:EPOCH",
                granularity: "1:MILLISECONDS",
            })),
        ...(primaryKey.length > 0 ? { primaryKeyColumns: primaryKey } : {}),
    };
}

/** Projects how a contract's columns are asked for to Pinot's indexes. */
export function pinotIndexes({ columns }: Table): PinotIndexes {
    const used = (use: Column["use"]) => columns.filter((column) => column.use === use).map(({ name }) => name);
    return {
        invertedIndexColumns: used("equality"),
        rangeIndexColumns: used("range"),
        noDictionaryColumns: used("unique"),
    };
}
