/** What Trino has against a statement. */
export interface Problem {
    readonly errorName: string;
    readonly message: string;
    readonly errorLocation?: { readonly lineNumber: number; readonly columnNumber: number };
}

/** A statement that a fake refuses. */
export class SqlRefusal extends Error {
    constructor(readonly wire: Problem & { readonly errorType: string }) {
        super(wire.message);
    }
}

const PIECE = /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_]\w*|\d[\w.]*|[\s\S]/g;

/** Blanks and comments. */
const BLANK = /^(\s|--|\/\*)/;

const KEYWORDS = /^(select|from|where|group|by|order|limit|join|using|on|and|or|as|with|values|union|all|cast)$/i;

/** A query as the server shows it: words in capitals, no comments, no needless AS. */
export function formatted(query: string): string {
    const tokens = (query.match(PIECE) ?? []).filter((piece) => !BLANK.test(piece));
    const kept = tokens.filter((token, index) => !/^as$/i.test(token) || tokens[index + 1] === "(");
    return kept
        .map((token) => (KEYWORDS.test(token) ? token.toUpperCase() : token))
        .join(" ")
        .replace(/ (FROM|WHERE|GROUP) /g, "\n$1\n  ")
        .replace(/ , /g, "\n, ")
        .replace(/ ?\. ?/g, ".");
}

/**
 * What analysing a view finds wrong: no query, columns without a name or with the same one, or relations that are not there.
 * @param missing says which part of a relation's name is not there.
 */
export function viewProblem(
    statement: string,
    query: string,
    missing: (catalog: string, schema: string, relation: string) => "catalog" | "schema" | "table" | undefined,
): Problem | undefined {
    const start = statement.length - query.length;
    const first = (query.match(PIECE) ?? []).find((piece) => !BLANK.test(piece)) ?? "<EOF>";
    if (!/^(select|with|values|table|\()$/i.test(first)) {
        const text = `mismatched input '${first}'. Expecting: 'WITH', <query>`;
        return at(statement, start, "SYNTAX_ERROR", text);
    }
    for (const found of query.matchAll(/\b(?:from|join)\s+([\w".]+)/gi)) {
        const name = found[1] ?? "";
        const [catalog = "", schema = "", relation = ""] = name.replaceAll('"', "").split(".");
        const place = start + (found.index ?? 0) + found[0].length - name.length;
        const part = missing(catalog, schema, relation);
        if (part === "catalog") return at(statement, place, "CATALOG_NOT_FOUND", `Catalog '${catalog}' not found`);
        if (part === "schema") return at(statement, place, "SCHEMA_NOT_FOUND", `Schema '${schema}' does not exist`);
        if (part === "table") {
            return at(statement, place, "TABLE_NOT_FOUND", `Table '${catalog}.${schema}.${relation}' does not exist`);
        }
    }
    return columnProblem(statement, query);
}

/** Columns are told about at the beginning of CREATE, not where they stand. */
function columnProblem(statement: string, query: string): Problem | undefined {
    const create = Math.max(0, statement.indexOf("CREATE"));
    const list =
        /^\s*select\s+([\s\S]*?)(?:\sfrom\s|$)/i.exec(query.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ""))?.[1] ?? "";
    const names = list.split(",").map((item) => /([A-Za-z_]\w*|\*|"[^"]*")\s*$/.exec(item)?.[1]?.toLowerCase());
    const unnamed = names.indexOf(undefined);
    if (unnamed >= 0) {
        const text = `Column name not specified at position ${unnamed + 1}`;
        return at(statement, create, "MISSING_COLUMN_NAME", text);
    }
    const twice = names.find((name, index) => name !== "*" && names.indexOf(name) !== index);
    if (twice === undefined) return undefined;
    return at(statement, create, "DUPLICATE_COLUMN_NAME", `Column name '${twice}' specified more than once`);
}

function at(statement: string, place: number, errorName: string, text: string): Problem {
    const lines = statement.slice(0, place).split("\n");
    const [lineNumber, columnNumber] = [lines.length, (lines.at(-1)?.length ?? 0) + 1];
    return {
        errorName,
        message: `line ${lineNumber}:${columnNumber}: ${text}`,
        errorLocation: { lineNumber, columnNumber },
    };
}
