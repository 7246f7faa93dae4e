import { UNKNOWN } from "../lifecycle";

/** A piece of SQL that means something: no blank, no comment. */
export interface Token {
    readonly text: string;
    /** Where it begins in the whole text. */
    readonly at: number;
}

/** What `SHOW CREATE` says. */
export interface Shown {
    readonly comment?: string;
    /** `DEFINER` or `INVOKER`. */
    readonly security?: string;
    /** Of its `WITH`, texts without their quotes, anything else in one form. */
    readonly properties: Readonly<Record<string, string>>;
    /** What stands behind `AS`. */
    readonly query: string;
}

const PIECE = new RegExp(
    [
        "(?<nothing>\\s+|--[^\\n]*|/\\*[\\s\\S]*?\\*/)",
        "\\$\\$[\\s\\S]*?\\$\\$",
        "(?:[xX]|[uU]&)?'(?:[^']|'')*'",
        '"(?:[^"]|"")*"',
        "[\\p{L}_][\\p{L}\\p{N}_@]*",
        "\\d[\\w.]*",
        "[\\s\\S]",
    ].join("|"),
    "gu",
);

/** The pieces of SQL that mean something. */
export function tokensOf(sql: string): Token[] {
    const tokens: Token[] = [];
    for (const match of sql.matchAll(PIECE)) {
        if (match.groups?.nothing === undefined) tokens.push({ text: match[0], at: match.index });
    }
    return tokens;
}

/**
 * A query in the form that all queries share which differ in blanks, comments, the case of what is not quoted, or a
 * semicolon at the end. The server's own form goes further; it is had from the server only.
 */
export function canonicalQuery(sql: string): string {
    if ((sql as unknown) === UNKNOWN || typeof sql !== "string") return sql;
    return tokensOf(statementText(sql))
        .map(({ text }) => (isQuoted(text) ? text : text.toLowerCase()))
        .join(" ");
}

/** The query without what Trino does not take at its end. */
export function statementText(sql: string): string {
    const tokens = tokensOf(sql);
    while (tokens.at(-1)?.text === ";") tokens.pop();
    const last = tokens.at(-1);
    return last === undefined ? "" : sql.slice(0, last.at + last.text.length);
}

/** Why a text is not one query; undefined when nothing can be said against it offline. */
export function queryTrouble(sql: string): string | undefined {
    const text = statementText(sql);
    const tokens = tokensOf(text);
    const first = tokens[0];
    if (first === undefined) return "It says nothing.";
    const open = tokens.find(({ text: piece, at }) => piece === "'" || piece === '"' || text.startsWith("/*", at));
    if (open !== undefined) return `Nothing ends what begins with ${open.text} at ${placeOf(text, open.at)}.`;
    const second = tokens.find(({ text: piece }) => piece === ";");
    if (second !== undefined) return `A second statement begins at ${placeOf(text, second.at)}.`;
    if (!/^(select|with|values|table|\()$/i.test(first.text)) {
        return `It begins with ${first.text}. It is what stands behind AS: SELECT, WITH, VALUES or TABLE.`;
    }
    return undefined;
}

/** Takes `CREATE … name clauses AS query`, as the server shows it, apart. */
export function shown(text: string): Shown {
    const tokens = tokensOf(text);
    let next = tokens.findIndex(({ text: word }) => /^(view|schema)$/i.test(word)) + 1;
    // A name is left out as a whole: a view may be called comment.
    while (tokens[next + 1]?.text === ".") next += 2;
    next += 1;
    let comment: string | undefined;
    let security: string | undefined;
    let properties: Record<string, string> = {};
    for (; next < tokens.length; next++) {
        const word = tokens[next]?.text.toLowerCase();
        const value = tokens[next + 1]?.text ?? "";
        if (word === "comment") comment = textOf(value);
        else if (word === "security") security = value.toUpperCase();
        else if (word === "with") properties = propertiesOf(tokens, next + 2);
        else if (word === "as") break;
    }
    const as = tokens[next];
    return {
        ...(comment !== undefined && { comment }),
        ...(security !== undefined && { security }),
        properties,
        query: as === undefined ? "" : text.slice(as.at + as.text.length).trim(),
    };
}

/** `line 3, column 5`. */
function placeOf(text: string, at: number): string {
    const lines = text.slice(0, at).split("\n");
    return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

function isQuoted(text: string): boolean {
    return /^(["'$]|[xX]'|[uU]&')/.test(text);
}

function propertiesOf(tokens: readonly Token[], from: number): Record<string, string> {
    const properties: Record<string, string> = {};
    let name: string | undefined;
    let value: string[] = [];
    let depth = 0;
    for (const { text } of tokens.slice(from)) {
        if (depth === 0 && (text === "," || text === ")")) {
            if (name !== undefined) properties[name] = meantValue(value);
            if (text === ")") break;
            [name, value] = [undefined, []];
        } else if (name === undefined) {
            name = textOf(text);
        } else if (text !== "=" || value.length > 0) {
            if ("([".includes(text)) depth += 1;
            if (")]".includes(text)) depth -= 1;
            value.push(text);
        }
    }
    return properties;
}

/** One text as it is meant, and one number; anything longer with blanks between its pieces. */
function meantValue(pieces: readonly string[]): string {
    const [first = "", second] = pieces;
    if (pieces.length === 2 && first === "-") return `-${second}`;
    return pieces.length === 1 ? textOf(first) : pieces.join(" ");
}

/** A literal's text, or a name without its quotes; anything else as it stands. */
function textOf(literal: string): string {
    const text = /^(?:[uU]&)?'([\s\S]*)'$/.exec(literal)?.[1]?.replaceAll("''", "'");
    if (text === undefined) return /^"([\s\S]*)"$/.exec(literal)?.[1]?.replaceAll('""', '"') ?? literal;
    if (!/^[uU]/.test(literal)) return text;
    // The form in which some versions show what is not ASCII.
    return text.replace(/\\(?:\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4})|(\\))/g, (_all, long, short, backslash) =>
        backslash === undefined ? String.fromCodePoint(Number.parseInt(long ?? short, 16)) : "\\",
    );
}
