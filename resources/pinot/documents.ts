/** Data types of a column. Newer servers know more: any text passes. */
export type PinotDataType =
    | "INT"
    | "LONG"
    | "FLOAT"
    | "DOUBLE"
    | "BIG_DECIMAL"
    | "BOOLEAN"
    | "TIMESTAMP"
    | "STRING"
    | "JSON"
    | "BYTES"
    | (string & {});

/** A column, in Pinot's own words. Fields that are not listed here pass through. */
export interface FieldSpec {
    readonly name: string;
    readonly dataType: PinotDataType;
    /** @default true */
    readonly singleValueField?: boolean;
    readonly defaultNullValue?: string | number | boolean;
    readonly transformFunction?: string;
    readonly [key: string]: unknown;
}

/** A time column. */
export interface DateTimeFieldSpec extends FieldSpec {
    /** `1:MILLISECONDS:EPOCH`, `EPOCH|MILLISECONDS`, `TIMESTAMP`, `SIMPLE_DATE_FORMAT|yyyy-MM-dd`. */
    readonly format: string;
    /** `1:MILLISECONDS` or `MILLISECONDS|1`. */
    readonly granularity: string;
}

/** A Pinot schema document. Fields that are not listed here pass through. */
export interface SchemaDocument {
    readonly schemaName: string;
    readonly dimensionFieldSpecs?: readonly FieldSpec[];
    readonly metricFieldSpecs?: readonly FieldSpec[];
    readonly dateTimeFieldSpecs?: readonly DateTimeFieldSpec[];
    /** Columns that identify a row of an upsert table. */
    readonly primaryKeyColumns?: readonly string[];
    readonly [key: string]: unknown;
}

/** How rows of the same primary key become one. */
export interface UpsertConfig {
    readonly mode: "FULL" | "PARTIAL" | "NONE";
    /** The row with the greatest value wins. @default the time column */
    readonly comparisonColumns?: readonly string[];
    /** A row in which this column is true deletes its key. Pinot 1.x. */
    readonly deleteRecordColumn?: string;
    /**
     * Whether a query sees all segments as they were in one moment: `SYNC` lets changes wait for the queries that begin,
     * `SNAPSHOT` shows a moment of the last seconds. Pinot 1.2 and later. @default "NONE"
     */
    readonly consistencyMode?: "NONE" | "SYNC" | "SNAPSHOT";
    readonly [key: string]: unknown;
}

/** Servers that keep some of a table's segments: usually the old ones, on cheaper disks. */
export interface TierConfig {
    readonly name: string;
    /** Which segments: by age, or by name. */
    readonly segmentSelectorType: "time" | "fixed" | (string & {});
    /** Of `time`: a segment belongs to the tier once its newest row is older, as `30d` or `12h`. */
    readonly segmentAge?: string;
    /** Of `fixed`: names of the segments. */
    readonly segmentList?: readonly string[];
    readonly storageType: "pinot_server" | (string & {});
    /** Tag that the tier's servers carry, as `cold_OFFLINE`. */
    readonly serverTag?: string;
    readonly [key: string]: unknown;
}

/** A Pinot table config document, in the words of Pinot 1.5 and later. Fields that are not listed here pass through. */
export interface TableDocument {
    /** Without `_REALTIME` or `_OFFLINE`. */
    readonly tableName: string;
    readonly tableType: "REALTIME" | "OFFLINE";
    readonly segmentsConfig?: {
        /** Required by a REALTIME table. */
        readonly timeColumnName?: string;
        /** Copies of each segment. @default "1" */
        readonly replication?: string | number;
        readonly retentionTimeUnit?: string;
        readonly retentionTimeValue?: string | number;
        readonly [key: string]: unknown;
    };
    readonly tenants?: { readonly broker?: string; readonly server?: string; readonly [key: string]: unknown };
    readonly tableIndexConfig?: { readonly [key: string]: unknown };
    readonly fieldConfigList?: readonly { readonly name: string; readonly [key: string]: unknown }[];
    readonly ingestionConfig?: {
        readonly streamIngestionConfig?: {
            readonly streamConfigMaps?: readonly Readonly<Record<string, string>>[];
            readonly [key: string]: unknown;
        };
        readonly [key: string]: unknown;
    };
    readonly routing?: { readonly instanceSelectorType?: string; readonly [key: string]: unknown };
    readonly upsertConfig?: UpsertConfig;
    readonly tierConfigs?: readonly TierConfig[];
    readonly [key: string]: unknown;
}

/** Every column of a schema, by name. */
export function columnsOf(schema: SchemaDocument): Record<string, FieldSpec & { readonly kind: ColumnKind }> {
    const columns: Record<string, FieldSpec & { readonly kind: ColumnKind }> = {};
    for (const kind of COLUMN_KINDS) {
        const specs = schema[`${kind}FieldSpecs`];
        for (const spec of Array.isArray(specs) ? (specs as FieldSpec[]) : []) {
            if (typeof spec?.name === "string") columns[spec.name] = { ...spec, kind };
        }
    }
    return columns;
}

/** Which list of the schema a column stands in. */
export type ColumnKind = "dimension" | "metric" | "dateTime" | "complex";

/** In the order in which Pinot writes them. */
export const COLUMN_KINDS: readonly ColumnKind[] = ["dimension", "metric", "dateTime", "complex"];

/** Name without the suffix of its type. */
export function rawTableName(name: string): string {
    return name.replace(/_(REALTIME|OFFLINE)$/, "");
}

/** Name with the suffix of its type: what Pinot calls one half of a table. */
export function nameWithType(table: Pick<TableDocument, "tableName" | "tableType">): string {
    return `${rawTableName(table.tableName)}_${String(table.tableType).toUpperCase()}`;
}

/** The stream settings of a realtime table, wherever they stand; empty for none. */
export function streamConfigsOf(table: TableDocument): readonly Readonly<Record<string, string>>[] {
    const maps = table.ingestionConfig?.streamIngestionConfig?.streamConfigMaps;
    if (Array.isArray(maps)) return maps;
    const legacy = table.tableIndexConfig?.streamConfigs;
    return legacy !== null && typeof legacy === "object" ? [legacy as Record<string, string>] : [];
}
