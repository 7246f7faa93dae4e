import type { SkippingIndex, TableColumn, TableConstraint, TableDocument, ViewDocument } from "./documents";
import { brackets, cutAt, splitList, type Token, textOf, tokensOf } from "./sql-text";

const TABLE_CLAUSES = ["ENGINE", "PARTITION BY", "PRIMARY KEY", "ORDER BY", "SAMPLE BY", "TTL", "SETTINGS", "COMMENT"];
const COLUMN_CLAUSES = [
    "DEFAULT",
    "MATERIALIZED",
    "EPHEMERAL",
    "ALIAS",
    "COMMENT",
    "CODEC",
    "STATISTICS",
    "TTL",
    "SETTINGS",
];

/**
 * Reads a table out of the `create_table_query` that `system.tables` has for it: everything that a table is stands there,
 * in one row, in the server's own normal form. What `system.columns` and `system.data_skipping_indices` say is less: no
 * TTL of a column, no constraint.
 */
export function tableOfCreate(statement: string): TableDocument {
    const parts = brackets(tokensOf(statement));
    const clauses = cutAt(parts?.behind ?? [], TABLE_CLAUSES);
    const elements = splitList(parts?.inside ?? []);
    const kindOf = ([first]: readonly Token[]): string => (first?.kind === "word" ? first.text.toUpperCase() : "");
    const of = <T>(kind: string, read: (tokens: readonly Token[]) => T): T[] =>
        elements.filter((element) => kindOf(element) === kind).map((element) => read(element.slice(1)));
    const named = ["INDEX", "PROJECTION", "CONSTRAINT"];
    return {
        columns: elements.filter((element) => !named.includes(kindOf(element))).map(column),
        engine: engine(clauses.get("ENGINE")?.slice(1) ?? []),
        ...optional("orderBy", text(clauses.get("ORDER BY"))),
        ...optional("partitionBy", text(clauses.get("PARTITION BY"))),
        ...optional("primaryKey", text(clauses.get("PRIMARY KEY"))),
        ...optional("sampleBy", text(clauses.get("SAMPLE BY"))),
        ...optional("ttl", text(clauses.get("TTL"))),
        settings: Object.fromEntries(
            splitList(clauses.get("SETTINGS") ?? []).map(([key, , ...value]) => [
                key?.text ?? "",
                value.length === 1 ? (value[0]?.text ?? "") : textOf(value),
            ]),
        ),
        indices: of("INDEX", index),
        projections: of("PROJECTION", ([name, ...rest]) => ({ name: name?.text ?? "", query: textOf(rest) })),
        constraints: of("CONSTRAINT", constraint),
        ...optional("comment", clauses.get("COMMENT")?.[0]?.text),
    };
}

/** Reads a view, plain or materialised, out of its `create_table_query`. */
export function viewOfCreate(statement: string, query: string): ViewDocument {
    const tokens = tokensOf(statement);
    const beforeQuery = cutAt(tokens, ["AS"]).get("") ?? [];
    const clauses = cutAt(beforeQuery, ["REFRESH", "TO", "COMMENT", "DEFINER", "SQL SECURITY", "ENGINE"]);
    const to = clauses.get("TO") ?? [];
    return {
        query,
        ...optional("to", text(brackets(to)?.before ?? to)),
        ...optional("refresh", text(clauses.get("REFRESH"))),
        ...optional("comment", clauses.get("COMMENT")?.[0]?.text),
    };
}

function column([name, ...rest]: readonly Token[]): TableColumn {
    const clauses = cutAt(rest, COLUMN_CLAUSES);
    const ephemeral = clauses.get("EPHEMERAL");
    return {
        name: name?.text ?? "",
        type: textOf(clauses.get("") ?? []),
        ...optional("default", text(clauses.get("DEFAULT"))),
        ...optional("materialized", text(clauses.get("MATERIALIZED"))),
        ...optional("ephemeral", ephemeral?.length === 0 ? true : text(ephemeral)),
        ...optional("alias", text(clauses.get("ALIAS"))),
        ...optional("comment", clauses.get("COMMENT")?.[0]?.text),
        ...optional("codec", text(brackets(clauses.get("CODEC") ?? [])?.inside)),
        ...optional("statistics", text(brackets(clauses.get("STATISTICS") ?? [])?.inside)),
        ...optional("ttl", text(clauses.get("TTL"))),
    };
}

function index([name, ...rest]: readonly Token[]): SkippingIndex {
    const clauses = cutAt(rest, ["TYPE", "GRANULARITY"]);
    return {
        name: name?.text ?? "",
        expression: textOf(clauses.get("") ?? []),
        type: textOf(clauses.get("TYPE") ?? []),
        granularity: Number(clauses.get("GRANULARITY")?.[0]?.text ?? 1),
    };
}

function constraint([name, kind, ...rule]: readonly Token[]): TableConstraint {
    const text = textOf(rule);
    return { name: name?.text ?? "", ...(kind?.text.toUpperCase() === "ASSUME" ? { assume: text } : { check: text }) };
}

/** The name as it stands: `Null` is an engine's too. */
function engine([name, ...args]: readonly Token[]): string {
    return `${name?.text ?? ""}${textOf(args)}`;
}

function text(tokens: readonly Token[] | undefined): string | undefined {
    return tokens === undefined || tokens.length === 0 ? undefined : textOf(tokens);
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
    return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}
