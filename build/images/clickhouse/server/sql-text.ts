/** One token of a statement; positions are byte offsets. */
interface Token {
    readonly kind: "word" | "quoted" | "other";
    /** In capitals where it is a word. */
    readonly text: string;
    readonly start: number;
    readonly end: number;
    /** How many brackets are open around it. */
    readonly depth: number;
}

/** What a request's text asks for, as far as the front has to know it. */
export type Statement =
    /** Gives rows: the engine writes them into a pipe. */
    | { readonly kind: "read"; readonly body: Buffer; readonly tail: Buffer; readonly format: string | undefined }
    /** Rows follow in the text, in a format. */
    | { readonly kind: "insert"; readonly head: Buffer; readonly format: string; readonly dataStart: number }
    /** `INSERT … SELECT … FROM input('structure') FORMAT …`: rows follow, and go through a query. */
    | {
          readonly kind: "insertThroughInput";
          /** The text up to `input` and behind its brackets. */
          readonly before: Buffer;
          readonly behind: Buffer;
          /** Columns of the rows, as a string literal. */
          readonly structure: string;
          readonly format: string;
          readonly dataStart: number;
      }
    /** `KILL QUERY WHERE query_id = '…'`. */
    | { readonly kind: "kill"; readonly queryId: string; readonly mode: string; readonly format: string | undefined }
    /** Everything else: data definition, INSERT … SELECT, SET, USE, SYSTEM. */
    | {
          readonly kind: "other";
          readonly text: Buffer;
          readonly verb: string;
          readonly format: string | undefined;
      };

/** Thrown for a text that is not one statement. */
export class NotOneStatement extends Error {}

const READING = new Set(["SELECT", "FROM", "SHOW", "DESC", "DESCRIBE", "EXISTS", "EXPLAIN", "CHECK", "VALUES", "("]);

/**
 * Finds out what a text asks for.
 *
 * Works on bytes, since the rows of an INSERT may be binary; knows ClickHouse's comments, quotes and heredocs, so that
 * no word inside them counts.
 * @param complete whether the text ends here; rows that still come in are not waited for.
 * @returns undefined when more of the text is needed to tell.
 * @throws NotOneStatement when another statement follows the first one.
 */
export function readStatement(text: Buffer, complete: boolean): Statement | undefined {
    const tokens = tokensOf(text);
    const first = tokens.next().value;
    if (first === undefined) return complete ? other(text, [], "") : undefined;
    if (first.text === "INSERT") {
        const insert = readInsert(text, tokens, complete);
        if (insert !== "not with rows") return insert;
    }
    if (!complete) return undefined;
    const all = withoutEnd([...tokensOf(text)]);
    const last = all.at(-1);
    const end = last?.end ?? 0;
    const verb = verbOf(all);
    const formatAt = formatClause(all);
    const nameOfFormat = formatAt === undefined ? undefined : originalText(text, all[formatAt + 1]);
    if (verb === "INSERT") return other(text.subarray(0, end), all, verb, nameOfFormat);
    if (all.some(({ text: word, depth }, at) => depth === 0 && word === "INTO" && all[at + 1]?.text === "OUTFILE")) {
        throw new NotOneStatement("INTO OUTFILE is not allowed");
    }
    if (READING.has(verb)) {
        const split = formatAt === undefined ? end : (all[formatAt]?.start ?? end);
        return { kind: "read", body: text.subarray(0, split), tail: text.subarray(split, end), format: nameOfFormat };
    }
    return readKill(text.subarray(0, end), nameOfFormat) ?? other(text.subarray(0, end), all, verb, nameOfFormat);
}

function other(text: Buffer, all: readonly Token[], verb: string, format?: string): Statement {
    return { kind: "other", text, verb: verb === "" ? (all[0]?.text ?? "") : verb, format };
}

/** The word that decides what a statement does: what stands behind the WITH clause, or the first one. */
function verbOf(tokens: readonly Token[]): string {
    if (tokens[0]?.text !== "WITH") return tokens[0]?.text ?? "";
    return tokens.find(({ depth, text }) => depth === 0 && (text === "SELECT" || text === "INSERT"))?.text ?? "SELECT";
}

/** The index of the FORMAT that names the format of the result: nothing but its name and SETTINGS follow it. */
function formatClause(tokens: readonly Token[]): number | undefined {
    for (let at = tokens.length - 2; at > 0; at--) {
        const { text, depth } = tokens[at] as Token;
        if (depth !== 0 || text !== "FORMAT" || tokens[at + 1]?.kind === "other") continue;
        const after = tokens[at + 2];
        return after === undefined || after.text === "SETTINGS" ? at : undefined;
    }
    return undefined;
}

const KILL =
    /^\s*KILL\s+QUERY\s+WHERE\s+query_id\s*=\s*'((?:[^'\\]|\\.|'')*)'\s*(SYNC|ASYNC|TEST)?\s*(?:FORMAT\s+\w+\s*)?$/i;

function readKill(text: Buffer, format: string | undefined): Statement | undefined {
    const [, id, mode] = KILL.exec(text.toString()) ?? [];
    if (id === undefined) return undefined;
    const queryId = id.replaceAll("''", "'").replaceAll(/\\(.)/gs, "$1");
    return { kind: "kill", queryId, mode: (mode ?? "ASYNC").toUpperCase(), format };
}

/** Without a `;` at the end. */
function withoutEnd(tokens: Token[]): Token[] {
    const at = tokens.findIndex(({ text, kind }) => kind === "other" && text === ";");
    if (at === -1) return tokens;
    if (tokens.slice(at).some(({ text }) => text !== ";")) {
        throw new NotOneStatement("Syntax error (Multi-statements are not allowed)");
    }
    return tokens.slice(0, at);
}

/** Reads an INSERT up to where its rows begin. */
function readInsert(
    text: Buffer,
    tokens: Iterator<Token, undefined>,
    complete: boolean,
): Statement | undefined | "not with rows" {
    let stage: "into" | "name" | "rows" | "select" = "into";
    let input: InputCall | undefined;
    let last: readonly Token[] = [];
    for (let token = tokens.next().value; token !== undefined; token = tokens.next().value) {
        // A word at the very end may go on in the next bytes.
        if (!complete && token.end === text.length) return undefined;
        if (stage === "into") {
            if (token.text === "INTO") stage = "name";
            continue;
        }
        if (stage === "name") {
            if (token.text !== "TABLE" && token.text !== "FUNCTION") stage = "rows";
            continue;
        }
        if (stage === "select") {
            last = [...last.slice(-3), token];
            input ??= inputCall(text, last);
        } else if (token.text === ".") {
            stage = "name";
            continue;
        }
        if (token.depth <= 1 && (token.text === "SELECT" || token.text === "WITH")) stage = "select";
        if (token.depth !== 0 || token.kind !== "word") continue;
        if (token.text === "INFILE") return "not with rows";
        if (token.text === "VALUES" && stage === "rows") {
            return { kind: "insert", ...rowsOf(text, token.start, "Values", token.end) };
        }
        if (token.text === "FORMAT" && (stage === "rows" || input !== undefined)) {
            const name = tokens.next().value;
            if (name === undefined || name.kind !== "word") return complete ? "not with rows" : undefined;
            if (!complete && name.end === text.length) return undefined;
            const rows = rowsOf(text, token.start, originalText(text, name) ?? "", name.end);
            if (input === undefined) return { kind: "insert", ...rows };
            const { start, end, structure } = input;
            return {
                kind: "insertThroughInput",
                before: text.subarray(0, start),
                behind: text.subarray(end, token.start),
                structure,
                format: rows.format,
                dataStart: rows.dataStart,
            };
        }
    }
    return complete ? "not with rows" : undefined;
}

interface InputCall {
    readonly start: number;
    readonly end: number;
    readonly structure: string;
}

/** `input('…')`, if the last four tokens are that. */
function inputCall(text: Buffer, last: readonly Token[]): InputCall | undefined {
    const [name, open, structure, close] = last;
    if (name?.text !== "INPUT" || open?.text !== "(" || structure === undefined || close?.text !== ")")
        return undefined;
    return {
        start: name.start,
        end: close.end,
        structure: text.toString("utf8", structure.start, structure.end),
    };
}

const SPACE = 0x20;
const TAB = 0x09;
const FORM_FEED = 0x0c;
const RETURN = 0x0d;
const NEWLINE = 0x0a;

interface Rows {
    readonly head: Buffer;
    readonly format: string;
    readonly dataStart: number;
}

/** The rows begin behind the first line end, or behind the spaces where there is none (ParserInsertQuery.cpp). */
function rowsOf(text: Buffer, headEnd: number, format: string, after: number): Rows {
    let at = after;
    while (text[at] === SPACE || text[at] === TAB || text[at] === FORM_FEED) at++;
    if (text[at] === RETURN) at++;
    if (text[at] === NEWLINE) at++;
    return { head: text.subarray(0, headEnd), format, dataStart: at };
}

function originalText(text: Buffer, token: Token | undefined): string | undefined {
    return token === undefined ? undefined : text.toString("latin1", token.start, token.end).replaceAll(/[`"]/g, "");
}

const PATTERN =
    /\s+|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?(?:\*\/|$)|([A-Za-z_\x80-\xff][\w\x80-\xff]*)|\$(\w*)\$[\s\S]*?(?:\$\2\$|$)|('(?:[^'\\]|\\[\s\S]|'')*(?:'|$))|("(?:[^"\\]|\\[\s\S]|"")*(?:"|$)|`(?:[^`\\]|\\[\s\S]|``)*(?:`|$))|\d[\w.]*|([\s\S])/y;

function* tokensOf(text: Buffer): Generator<Token, undefined> {
    const source = text.toString("latin1");
    const pattern = new RegExp(PATTERN);
    let depth = 0;
    for (pattern.lastIndex = 0; pattern.lastIndex < source.length; ) {
        const start = pattern.lastIndex;
        const found = pattern.exec(source);
        if (found === null) return undefined;
        const [whole, word, heredoc, string, identifier, sign] = found;
        const end = pattern.lastIndex;
        if (sign === ")" || sign === "]" || sign === "}") depth = Math.max(0, depth - 1);
        if (word !== undefined) yield { kind: "word", text: word.toUpperCase(), start, end, depth };
        else if (identifier !== undefined) yield { kind: "quoted", text: identifier, start, end, depth };
        else if (string !== undefined || heredoc !== undefined || sign !== undefined || /^\d/.test(whole)) {
            yield { kind: "other", text: sign ?? "", start, end, depth };
        }
        if (sign === "(" || sign === "[" || sign === "{") depth++;
    }
    return undefined;
}
