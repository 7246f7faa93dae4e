import { tableOfCreate } from "../../../resources/clickhouse/create-query";
import type { TableColumn, TableDocument } from "../../../resources/clickhouse/documents";
import {
    brackets,
    canonicalSql,
    literal,
    name,
    splitList,
    textOf,
    tokensOf,
} from "../../../resources/clickhouse/sql-text";
import {
    engineName,
    isMergeTree,
    keyText,
    typeText,
    VALUE_KINDS,
    valueText,
} from "../../../resources/clickhouse/table-form";

/** What a fake refuses, in the server's words. */
export class Refused extends Error {
    constructor(
        readonly code: number,
        readonly type: string,
        message: string,
    ) {
        super(message);
    }
}

/** A row, as it was inserted. */
export type Row = Record<string, string | number>;

/** A table that a fake holds. */
export interface FakeTable {
    document: TableDocument;
    rows: Row[];
}

/** A table of a CREATE statement, as the server understands it. */
export function createdTable(sql: string): FakeTable {
    const document = tableOfCreate(sql);
    const columns = document.columns.map(understood);
    const known = new Set(columns.map((column) => column.name));
    for (const part of splitList(tokensOf(keyText(document.orderBy) ?? "")).map(textOf)) {
        if (/^\w+$/.test(part) && !known.has(part)) {
            throw new Refused(47, "UNKNOWN_IDENTIFIER", `Missing columns: '${part}' while processing: '${part}'`);
        }
    }
    const unknown = Object.keys(document.settings ?? {}).find((key) => key.startsWith("no_such"));
    if (unknown !== undefined) throw new Refused(115, "UNKNOWN_SETTING", `Unknown setting '${unknown}'`);
    const isKept = isMergeTree(document.engine ?? "") && !sql.startsWith("CREATE TEMPORARY");
    const settings = { ...document.settings, ...(isKept && { index_granularity: "8192", ...pick(document.settings) }) };
    return { document: { ...document, columns, settings }, rows: [] };
}

/** A granularity that was given. */
function pick({ index_granularity }: TableDocument["settings"] = {}): object {
    return index_granularity === undefined ? {} : { index_granularity };
}

/** `create_table_query` of a table. */
export function createTableQuery(path: string, { document }: FakeTable, isTemporary = false): string {
    const { engine = "", indices = [], constraints = [], projections = [], comment } = document;
    const settings: Record<string, unknown> = { ...document.settings };
    const elements = [
        ...document.columns.map(columnText),
        ...indices.map(
            (index) =>
                `INDEX ${index.name} ${canonicalSql(index.expression)} TYPE ${index.type} GRANULARITY ${index.granularity}`,
        ),
        ...constraints.map(({ name: of, check }) => `CONSTRAINT ${of} CHECK ${check}`),
        ...projections.map(({ name: of, query }) => `PROJECTION ${of} ${query}`),
    ];
    const key = (text: string | undefined): string => (text?.includes(",") ? `(${text})` : (text ?? ""));
    const [orderBy, primaryKey] = [keyText(document.orderBy), keyText(document.primaryKey)];
    return [
        `CREATE ${isTemporary ? "TEMPORARY " : ""}TABLE ${path} (${elements.join(", ")}) ENGINE = ${
            engineName(engine) === "Null" ? "`Null`" : engine
        }`,
        document.partitionBy && `PARTITION BY ${document.partitionBy}`,
        primaryKey !== undefined && primaryKey !== orderBy && `PRIMARY KEY ${key(primaryKey)}`,
        isMergeTree(engine) && `ORDER BY ${key(orderBy) || "tuple()"}`,
        document.ttl && `TTL ${canonicalSql(String(document.ttl)).replace(/ DELETE$/, "")}`,
        Object.keys(settings).length > 0 &&
            `SETTINGS ${Object.entries(settings)
                .map(
                    ([setting, value]) =>
                        `${setting} = ${/^\d+$/.test(String(value)) ? value : literal(String(value))}`,
                )
                .join(", ")}`,
        comment && `COMMENT ${literal(comment)}`,
    ]
        .filter((part) => typeof part === "string" && part !== "")
        .join(" ");
}

/** Carries the commands of ALTER TABLE out, all or none. */
export function altered(table: FakeTable, commands: string): FakeTable {
    const tokens = tokensOf(commands);
    const list = tokens[0]?.text === "(" ? splitList(tokens).map((one) => brackets(one)?.inside ?? []) : [tokens];
    return list.map(textOf).reduce(alteredOnce, { document: { settings: {}, ...table.document }, rows: table.rows });
}

function alteredOnce({ document, rows }: FakeTable, command: string): FakeTable {
    const [, verb = "", what = "", rest = ""] =
        /^(\w+) (COLUMN|INDEX|PROJECTION|CONSTRAINT|TTL|COMMENT|SETTING|ORDER BY) ?([\s\S]*)$/i.exec(command) ?? [];
    const done = (change: Partial<TableDocument>): FakeTable => ({ document: { ...document, ...change }, rows });
    const unquoted = tokensOf(rest)[0]?.text ?? "";
    if (!isMergeTree(document.engine ?? "") && what.toUpperCase() !== "COMMENT") {
        throw new Refused(
            48,
            "NOT_IMPLEMENTED",
            `Alter of type '${verb}_${what}' is not supported by storage ${document.engine}`,
        );
    }
    switch (`${verb} ${what}`.toUpperCase()) {
        case "MODIFY COMMENT":
            return done({ comment: unquoted });
        case "MODIFY TTL":
            return done({ ttl: rest });
        case "REMOVE TTL": {
            const { ttl: _ttl, ...others } = document;
            return { document: others, rows };
        }
        case "MODIFY SETTING":
            return done({
                settings: { ...document.settings, ...tableOfCreate(`CREATE TABLE t (a A) SETTINGS ${rest}`).settings },
            });
        case "RESET SETTING": {
            const gone = rest.split(", ");
            return done({
                settings: Object.fromEntries(
                    Object.entries(document.settings ?? {}).filter(([key]) => !gone.includes(key)),
                ),
            });
        }
        case "MODIFY ORDER BY":
            return done({ orderBy: rest, primaryKey: document.primaryKey ?? document.orderBy ?? "" });
        case "DROP INDEX":
            return done({ indices: (document.indices ?? []).filter((index) => index.name !== unquoted) });
        case "ADD INDEX":
            return done({
                indices: [
                    ...(document.indices ?? []),
                    ...(tableOfCreate(`CREATE TABLE t (INDEX ${rest})`).indices ?? []),
                ],
            });
        case "DROP CONSTRAINT":
            return done({ constraints: (document.constraints ?? []).filter((one) => one.name !== unquoted) });
        case "ADD CONSTRAINT":
            return done({
                constraints: [
                    ...(document.constraints ?? []),
                    ...(tableOfCreate(`CREATE TABLE t (CONSTRAINT ${rest})`).constraints ?? []),
                ],
            });
        case "RENAME COLUMN": {
            const to = tokensOf(rest)[2]?.text ?? "";
            return {
                document: {
                    ...document,
                    columns: document.columns.map((column) =>
                        column.name === unquoted ? { ...column, name: to } : column,
                    ),
                },
                rows: rows.map(({ [unquoted]: value = 0, ...others }) => ({ ...others, [to]: value })),
            };
        }
        case "DROP COLUMN":
            return done({ columns: document.columns.filter((column) => column.name !== unquoted) });
        case "ADD COLUMN":
        case "MODIFY COLUMN":
            return done({ columns: withColumn(document, verb.toUpperCase() === "ADD", rest) });
        default:
            throw new Refused(48, "NOT_IMPLEMENTED", `the fake does not know ALTER TABLE … ${command}`);
    }
}

function withColumn(document: TableDocument, isNew: boolean, rest: string): TableColumn[] {
    const [, sql = "", first, after] = /^([\s\S]*?)(?: (FIRST)| AFTER (\S+|`[^`]*`))?$/.exec(rest) ?? [];
    const [, removedFrom, removed = ""] = /^(\S+|`[^`]*`) REMOVE (\w+)$/.exec(sql) ?? [];
    const columns = [...document.columns];
    if (removedFrom !== undefined) {
        const part = removed.toLowerCase();
        return columns.map((column) =>
            column.name === tokensOf(removedFrom)[0]?.text
                ? (Object.fromEntries(Object.entries(column).filter(([key]) => key !== part)) as unknown as TableColumn)
                : column,
        );
    }
    const [given] = tableOfCreate(`CREATE TABLE t (${sql})`).columns;
    if (given === undefined) throw new Refused(62, "SYNTAX_ERROR", `Syntax error: ${rest}`);
    const column = understood(given);
    const at = columns.findIndex((one) => one.name === column.name);
    const old = columns[at];
    if (isNew !== (old === undefined)) throw new Refused(15, "DUPLICATE_COLUMN", `column ${column.name}`);
    if (old !== undefined && old.type !== column.type && keyText(document.orderBy)?.split(", ").includes(old.name)) {
        throw new Refused(
            524,
            "ALTER_OF_COLUMN_IS_FORBIDDEN",
            `ALTER of key column ${old.name} from type ${old.type} to type ${column.type} is not safe because it can change the representation of primary key`,
        );
    }
    const isValued = VALUE_KINDS.some((kind) => column[kind] !== undefined);
    const kept = Object.entries(old ?? {}).filter(([part]) => !isValued || !VALUE_KINDS.some((kind) => kind === part));
    const merged = { ...Object.fromEntries(kept), ...column };
    if (old !== undefined) columns.splice(at, 1);
    const before = after === undefined ? -1 : columns.findIndex((one) => one.name === tokensOf(after)[0]?.text);
    const place = first !== undefined ? 0 : after !== undefined ? before + 1 : old === undefined ? columns.length : at;
    columns.splice(place, 0, merged);
    return columns;
}

/** A column as the server keeps it: its type's own name, its codecs' levels. */
function understood(column: TableColumn): TableColumn {
    const type = typeText(column.type).replace("BIGINT UNSIGNED", "UInt64").replace("Int64 UNSIGNED", "UInt64");
    if (/\bMoney\b/.test(type)) throw new Refused(50, "UNKNOWN_TYPE", "Unknown data type family: Money");
    const bytes = Number(/\d+/.exec(type)?.[0] ?? 32) / 8;
    const codec = column.codec?.replace(/\bZSTD\b(?!\()/, "ZSTD(1)").replace(/\bDelta\b(?!\()/, `Delta(${bytes})`);
    return { ...column, type, ...(codec === undefined ? {} : { codec }) };
}

function columnText(column: TableColumn): string {
    return [
        name(column.name),
        column.type,
        valueText(column),
        column.comment && `COMMENT ${literal(column.comment)}`,
        column.codec && `CODEC(${canonicalSql(column.codec)})`,
        column.ttl && `TTL ${canonicalSql(column.ttl)}`,
    ]
        .filter((part) => part !== undefined && part !== "")
        .join(" ");
}
