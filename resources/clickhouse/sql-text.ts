/** One word, number, text or sign of a statement. */
export interface Token {
    /** As written; of a quoted name or a text, what it stands for. */
    readonly text: string;
    readonly kind: "word" | "number" | "string" | "quoted" | "sign";
}

const PATTERN =
    /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|([A-Za-z_\u0080-\uffff$][\w\u0080-\uffff$]*)|(0x[\da-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|('(?:[^'\\]|\\[\s\S]|'')*')|(`(?:[^`\\]|\\[\s\S]|``)*`|"(?:[^"\\]|\\[\s\S]|"")*")|(<=>|<=|>=|!=|<>|==|\|\||->|::|[\s\S])/gy;

/** Reads SQL in ClickHouse's dialect, without comments. Never fails: what it does not know becomes a sign. */
export function tokensOf(sql: string): Token[] {
    const tokens: Token[] = [];
    for (const [, word, number, string, quoted, sign] of sql.matchAll(PATTERN)) {
        if (word !== undefined) tokens.push({ text: word, kind: "word" });
        else if (number !== undefined) tokens.push({ text: number, kind: "number" });
        else if (string !== undefined) tokens.push({ text: unquoted(string), kind: "string" });
        else if (quoted !== undefined) tokens.push({ text: unquoted(quoted), kind: "quoted" });
        else if (sign !== undefined) tokens.push({ text: sign, kind: "sign" });
    }
    return tokens;
}

/** Keywords that expressions and queries are made of: their case means nothing. */
const KEYWORDS: ReadonlySet<string> = new Set(
    (
        "ALL AND ANTI ANY ARRAY AS ASC ASOF BETWEEN BY CASE CODEC CROSS CUBE DATE DELETE DESC DISTINCT DIV ELSE END EXCEPT " +
        "FILL FINAL FROM FULL GLOBAL GROUP HAVING ILIKE IN INNER INTERPOLATE INTERSECT INTO INTERVAL IS JOIN LEFT LIKE " +
        "LIMIT MOD NOT NULL NULLS OFFSET ON OR ORDER OUTER OVER PARTITION PREWHERE QUALIFY RECOMPRESS RIGHT ROLLUP SAMPLE " +
        "SELECT SEMI SET SETTINGS THEN TO TOTALS UNION USING WHEN WHERE WITH"
    ).split(" "),
);
/** Of these, those that are also usual names of columns and functions. */
const ALSO_NAMES: ReadonlySet<string> = new Set(
    "ALL ANY ARRAY CODEC DATE FILL LEFT MOD RIGHT SET TO TOTALS".split(" "),
);

/**
 * SQL in a form that is the same for all spellings of it: spaces, comments, the case of keywords, quotes that a name does
 * not need, `INTERVAL 1 DAY`. Not of what only the server knows to be the same.
 */
export function canonicalSql(sql: string): string {
    return textOf(tokensOf(sql));
}

/** The canonical text of tokens. */
export function textOf(tokens: readonly Token[]): string {
    let text = "";
    let before: Token | undefined;
    for (const token of withIntervals(tokens)) {
        if (before !== undefined && isApart(before, token)) text += " ";
        text += written(token);
        before = token;
    }
    return text;
}

/** The parts of a list, between commas that stand in no brackets. */
export function splitList(tokens: readonly Token[]): Token[][] {
    const parts: Token[][] = [[]];
    for (const { token, depth } of withDepth(tokens)) {
        if (depth === 0 && isSign(token, ",")) parts.push([]);
        else parts[parts.length - 1]?.push(token);
    }
    return parts.filter((part) => part.length > 0);
}

/**
 * Cuts at keywords that stand in no brackets.
 * @param keywords in capital letters, of one or two words, each taken the first time it is there.
 * @returns keyword → what follows it up to the next; `""` → what stands before all of them.
 */
export function cutAt(tokens: readonly Token[], keywords: readonly string[]): Map<string, Token[]> {
    const parts = new Map<string, Token[]>([["", []]]);
    let current = "";
    let skip = 0;
    const deep = withDepth(tokens);
    deep.forEach(({ token, depth }, at) => {
        if (skip > 0) {
            skip -= 1;
            return;
        }
        const two = `${upper(token)} ${upper(deep[at + 1]?.token)}`;
        const found =
            depth === 0 && token.kind === "word"
                ? keywords.find((keyword) => keyword === two || keyword === upper(token))
                : undefined;
        if (found === undefined || parts.has(found)) {
            parts.get(current)?.push(token);
            return;
        }
        current = found;
        parts.set(found, []);
        skip = found.includes(" ") ? 1 : 0;
    });
    return parts;
}

/** What stands in the first pair of round brackets, and what stands before and behind it. */
export function brackets(tokens: readonly Token[]): { before: Token[]; inside: Token[]; behind: Token[] } | undefined {
    const open = tokens.findIndex((token) => isSign(token, "("));
    if (open < 0) return undefined;
    let depth = 0;
    for (let at = open; at < tokens.length; at++) {
        if (isSign(tokens[at], "(")) depth += 1;
        if (isSign(tokens[at], ")")) depth -= 1;
        if (depth === 0) {
            return { before: tokens.slice(0, open), inside: tokens.slice(open + 1, at), behind: tokens.slice(at + 1) };
        }
    }
    return undefined;
}

/** A name as SQL has it, whatever is in it. */
export function name(text: string): string {
    return `\`${text.replace(/[\\`]/g, "\\$&")}\``;
}

/** A text as SQL has it. */
export function literal(text: string): string {
    return `'${text.replace(/[\\']/g, "\\$&").replace(/\n/g, "\\n")}'`;
}

/** `database.name`, both quoted. */
export function qualified(database: string, object: string): string {
    return `${name(database)}.${name(object)}`;
}

/** True for this sign. */
export function isSign(token: Token | undefined, sign: string): boolean {
    return token?.kind === "sign" && token.text === sign;
}

function upper(token: Token | undefined): string {
    return token?.kind === "word" ? token.text.toUpperCase() : "";
}

function withDepth(tokens: readonly Token[]): { token: Token; depth: number }[] {
    let depth = 0;
    return tokens.map((token) => {
        if (token.kind === "sign" && ")]}".includes(token.text)) depth -= 1;
        const at = { token, depth };
        if (token.kind === "sign" && "([{".includes(token.text)) depth += 1;
        return at;
    });
}

function isApart(before: Token, token: Token): boolean {
    if (before.kind === "sign" && ["(", "[", "{", ".", "::", ":", "@"].includes(before.text)) return false;
    if (token.kind !== "sign") return true;
    if ([")", "]", "}", ",", ".", "::", ":"].includes(token.text)) return false;
    if (token.text === "[") return before.kind === "number" || (before.kind === "word" && isKeyword(before));
    if (token.text === "(") return before.kind === "sign" ? before.text !== ")" : isKeyword(before);
    return true;
}

function isKeyword({ kind, text }: Token): boolean {
    return kind === "word" && KEYWORDS.has(text.toUpperCase()) && !ALSO_NAMES.has(text.toUpperCase());
}

function written(token: Token): string {
    switch (token.kind) {
        case "word":
            return isKeyword(token) ? token.text.toUpperCase() : token.text;
        case "string":
            return literal(token.text);
        case "quoted":
            return /^[A-Za-z_]\w*$/.test(token.text) && !KEYWORDS.has(token.text.toUpperCase())
                ? token.text
                : name(token.text);
        default:
            return token.text === "<>" ? "!=" : token.text === "==" ? "=" : token.text;
    }
}

const UNITS = /^(nanosecond|microsecond|millisecond|second|minute|hour|day|week|month|quarter|year)s?$/i;

/** `INTERVAL 1 DAY` as the call that the server makes of it. */
function withIntervals(tokens: readonly Token[]): Token[] {
    const result: Token[] = [];
    for (let at = 0; at < tokens.length; at++) {
        const [token, amount, unit] = tokens.slice(at, at + 3);
        if (token === undefined) break;
        const named = UNITS.exec(unit?.kind === "word" ? unit.text : "")?.[1];
        if (upper(token) !== "INTERVAL" || amount === undefined || named === undefined) {
            result.push(token);
            continue;
        }
        const call = `toInterval${named[0]?.toUpperCase()}${named.slice(1).toLowerCase()}`;
        result.push(
            { text: call, kind: "word" },
            { text: "(", kind: "sign" },
            amount.kind === "string" ? { text: amount.text, kind: "number" } : amount,
            { text: ")", kind: "sign" },
        );
        at += 2;
    }
    return result;
}

const ESCAPES: Readonly<Record<string, string>> = {
    n: "\n",
    t: "\t",
    r: "\r",
    0: "\0",
    b: "\b",
    f: "\f",
    a: "\x07",
    v: "\v",
};

function unquoted(text: string): string {
    const quote = text[0] ?? "";
    return text
        .slice(1, -1)
        .replace(/\\([\s\S])|(['"`])\2/g, (whole, escaped?: string, doubled?: string) =>
            escaped !== undefined ? (ESCAPES[escaped] ?? escaped) : doubled === quote ? quote : whole,
        );
}
