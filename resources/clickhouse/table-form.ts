import { type DocumentRules, type Flat, flatten } from "../document";
import type { SettingValue, TableColumn, TableDocument } from "./documents";
import { hidden } from "./secrets";
import { brackets, canonicalSql, isSign, literal, splitList, type Token, textOf, tokensOf } from "./sql-text";

/** What of a table's form carries no meaning. */
export const TABLE_RULES: DocumentRules = {
    sets: [],
    keyed: { columns: "name", indices: "name", projections: "name", constraints: "name" },
    defaults: { "settings.index_granularity": "'8192'" },
};

/** The engine of a table that names none. */
export const DEFAULT_ENGINE = "MergeTree";

/**
 * A table as `path → text`, the same for everything that means the same, as far as that can be known without the server:
 * `columns.price.type → Decimal(10, 2)`.
 */
export function tableForm(table: Partial<TableDocument>): Flat {
    const { columns = [], settings = {}, indices = [], projections = [], constraints = [] } = table;
    const orderBy = keyText(table.orderBy);
    const primaryKey = keyText(table.primaryKey);
    return flatten(
        {
            columns: columns.map((column) => ({
                name: column.name,
                type: typeText(column.type),
                value: valueText(column),
                comment: column.comment || undefined,
                codec: column.codec && codecList(column.codec),
                ttl: column.ttl && ttlText(column.ttl),
                statistics: column.statistics && canonicalSql(column.statistics),
            })),
            // The order of columns, which the list as such does not carry here.
            order: columns.map((column) => column.name),
            engine: engineText(table.engine ?? DEFAULT_ENGINE),
            orderBy,
            partitionBy: keyText(table.partitionBy),
            primaryKey: primaryKey === orderBy ? undefined : primaryKey,
            sampleBy: keyText(table.sampleBy),
            ttl: table.ttl && ttlText(table.ttl),
            // Quoted: 0 is as good a value as any, and no sign that there is none.
            settings: some(
                Object.fromEntries(
                    Object.entries(settings).map(([key, value]) => [key, literal(hidden(settingText(value)))]),
                ),
            ),
            indices: some(indices)?.map((index) => ({
                name: index.name,
                expression: keyText(index.expression),
                type: engineText(index.type),
                granularity: index.granularity ?? 1,
            })),
            projections: some(projections)?.map(({ name, query }) => ({ name, query: keyText(query) })),
            constraints: some(constraints)?.map(({ name, check, assume }) => ({
                name,
                rule: check === undefined ? `ASSUME ${keyText(assume)}` : `CHECK ${keyText(check)}`,
            })),
            comment: table.comment || undefined,
        },
        TABLE_RULES,
    );
}

/** Where a column's values come from, as SQL: `DEFAULT now()`. Undefined: from whoever inserts. */
export function valueText(column: TableColumn): string | undefined {
    for (const kind of VALUE_KINDS) {
        const expression = column[kind];
        if (expression === true) return kind.toUpperCase();
        if (expression !== undefined) return `${kind.toUpperCase()} ${canonicalSql(String(expression))}`;
    }
    return undefined;
}

/** Of a column at most one. */
export const VALUE_KINDS = ["default", "materialized", "ephemeral", "alias"] as const;

/** A key, or the expression of an index: brackets around all of it mean nothing. Undefined: none. */
export function keyText(key: string | readonly string[] | undefined): string | undefined {
    if (key === undefined) return undefined;
    const tokens = withoutBrackets(tokensOf(typeof key === "string" ? key : key.join(", ")));
    return tokens.length === 0 ? undefined : textOf(tokens);
}

/** Names of a key's parts. */
export function keyParts(key: string | undefined): string[] {
    return key === undefined ? [] : splitList(tokensOf(key)).map(textOf);
}

/** A data type by its own name, also where it is written with one that ClickHouse takes for other databases' sake. */
export function typeText(type: string): string {
    const tokens = tokensOf(type);
    const nullability = tokens.slice(-2).map(({ text }) => text.toUpperCase());
    if (nullability.join(" ") === "NOT NULL") return typeText(textOf(tokens.slice(0, -2)));
    if (nullability[1] === "NULL") return `Nullable(${typeText(textOf(tokens.slice(0, -1)))})`;
    const result: Token[] = [];
    for (let at = 0; at < tokens.length; at++) {
        const token = tokens[at] as Token;
        const alias = token.kind === "word" && ALIASES[token.text.toLowerCase()];
        result.push(alias ? { ...token, text: alias } : token);
        // VARCHAR(20) is a String of any length.
        if (alias === "String" && token.text !== "String" && isSign(tokens[at + 1], "(")) {
            at += 2 + (brackets(tokens.slice(at + 1))?.inside.length ?? 0);
        }
    }
    return textOf(result);
}

/** Name of an engine, or of an index's type, without its arguments. */
export function engineName(engine: string): string {
    return tokensOf(engine)[0]?.text ?? "";
}

/** True for the engines that have keys, TTL and parts. */
export function isMergeTree(engine: string): boolean {
    return engineName(engine).endsWith("MergeTree");
}

/** A setting's value as text. */
export function settingText(value: SettingValue): string {
    if (value === true || value === "true") return "1";
    return value === false || value === "false" ? "0" : String(value);
}

const ALIASES: Readonly<Record<string, string>> = {
    bool: "Bool",
    boolean: "Bool",
    tinyint: "Int8",
    smallint: "Int16",
    int: "Int32",
    integer: "Int32",
    bigint: "Int64",
    float: "Float32",
    real: "Float32",
    double: "Float64",
    text: "String",
    varchar: "String",
    char: "String",
    blob: "String",
    timestamp: "DateTime",
    dec: "Decimal",
    numeric: "Decimal",
};

/** What is empty is the same as what is not there. */
function some<T extends object>(value: T): T | undefined {
    return Object.keys(value).length === 0 ? undefined : value;
}

/** An engine with its arguments, secrets hidden. */
export function engineText(engine: string): string {
    const [first, ...rest] = tokensOf(engine);
    if (first === undefined) return "";
    const args = rest
        .map((token) => (token.kind === "string" ? { ...token, text: hidden(token.text) } : token))
        .filter((_, at) => !(rest.length === 2 && isSign(rest[0], "(") && isSign(rest[1], ")") && at < 2));
    return `${first.text}${textOf(args)}`;
}

/** Codecs without the word around them: `CODEC(Delta, ZSTD)` and `Delta, ZSTD` are the same. */
export function codecList(list: string): string {
    const tokens = tokensOf(list);
    return textOf(tokens[0]?.text.toUpperCase() === "CODEC" ? (brackets(tokens)?.inside ?? tokens) : tokens);
}

function ttlText(ttl: string | readonly string[]): string {
    const tokens = tokensOf(typeof ttl === "string" ? ttl : ttl.join(", "));
    return textOf(tokens.filter(({ kind, text }) => !(kind === "word" && text.toUpperCase() === "DELETE")));
}

function withoutBrackets(tokens: Token[]): Token[] {
    const found = brackets(tokens);
    if (found === undefined || found.behind.length > 0) return tokens;
    const isTuple = found.before.length === 1 && found.before[0]?.text === "tuple";
    return found.before.length === 0 || isTuple ? withoutBrackets(found.inside) : tokens;
}
