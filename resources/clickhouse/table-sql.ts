import type { SettingValue, SkippingIndex, TableColumn, TableConstraint, TableDocument } from "./documents";
import { literal, name, splitList, tokensOf } from "./sql-text";
import { codecList, DEFAULT_ENGINE, isMergeTree, VALUE_KINDS } from "./table-form";

/** What follows `CREATE TABLE name`: columns, engine and all. */
export function tableSql(table: TableDocument): string {
    const { columns, engine = DEFAULT_ENGINE, indices = [], projections = [], constraints = [], settings = {} } = table;
    const elements = [
        ...columns.map(columnSql),
        ...indices.map(indexSql),
        ...projections.map((projection) => `PROJECTION ${name(projection.name)} ${bracketed(projection.query)}`),
        ...constraints.map(constraintSql),
    ];
    const orderBy = keySql(table.orderBy) ?? (isMergeTree(engine) ? "tuple()" : undefined);
    return [
        `(${elements.join(", ")})`,
        `ENGINE = ${engine}`,
        clause("PARTITION BY", keySql(table.partitionBy)),
        clause("PRIMARY KEY", keySql(table.primaryKey)),
        clause("ORDER BY", orderBy),
        clause("SAMPLE BY", table.sampleBy),
        clause("TTL", ttlSql(table.ttl)),
        clause("SETTINGS", Object.keys(settings).length === 0 ? undefined : settingsSql(settings)),
        clause("COMMENT", table.comment && literal(table.comment)),
    ]
        .filter((part) => part !== "")
        .join(" ");
}

/** A column as CREATE and ALTER have it. */
export function columnSql(column: TableColumn): string {
    return [
        name(column.name),
        column.type,
        ...VALUE_KINDS.filter((kind) => column[kind] !== undefined).map((kind) =>
            column[kind] === true ? kind.toUpperCase() : `${kind.toUpperCase()} ${column[kind]}`,
        ),
        clause("COMMENT", column.comment && literal(column.comment)),
        column.codec ? `CODEC(${codecList(column.codec)})` : "",
        column.statistics ? `STATISTICS(${column.statistics})` : "",
        clause("TTL", column.ttl),
    ]
        .filter((part) => part !== "")
        .join(" ");
}

/** An index as CREATE and ALTER have it. */
export function indexSql({ name: of, expression, type, granularity = 1 }: SkippingIndex): string {
    const isList = splitList(tokensOf(expression)).length > 1;
    return `INDEX ${name(of)} ${isList ? `(${expression})` : expression} TYPE ${type} GRANULARITY ${granularity}`;
}

/** A constraint as CREATE and ALTER have it. */
export function constraintSql({ name: of, check, assume }: TableConstraint): string {
    return `CONSTRAINT ${name(of)} ${check === undefined ? `ASSUME ${assume}` : `CHECK ${check}`}`;
}

/** A query in brackets, once. */
export function bracketed(query: string): string {
    return /^\s*\([\s\S]*\)\s*$/.test(query) ? query.trim() : `(${query})`;
}

/** A key as a tuple, or the one expression that it is. Undefined: none. */
export function keySql(key: string | readonly string[] | undefined): string | undefined {
    if (key === undefined) return undefined;
    const text = typeof key === "string" ? key : key.join(", ");
    if (text.trim() === "") return undefined;
    return splitList(tokensOf(text)).length > 1 ? `(${text})` : text;
}

/** All rules of a TTL as one text. */
export function ttlSql(ttl: string | readonly string[] | undefined): string | undefined {
    if (ttl === undefined) return undefined;
    return (typeof ttl === "string" ? ttl : ttl.join(", ")) || undefined;
}

/** `a = 1, b = 'x'`. */
export function settingsSql(settings: Readonly<Record<string, SettingValue>>): string {
    return Object.entries(settings)
        .map(([key, value]) => `${key} = ${settingSql(value)}`)
        .join(", ");
}

function settingSql(value: SettingValue): string {
    if (typeof value === "boolean") return value ? "1" : "0";
    return typeof value === "number" || /^-?\d+(\.\d+)?$/.test(value) ? String(value) : literal(value);
}

function clause(keyword: string, text: string | undefined): string {
    return text === undefined || text === "" ? "" : `${keyword} ${text}`;
}
