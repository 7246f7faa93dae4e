/** What a statement is to a job. */
export type StatementKind = "insert" | "setting" | "setup" | "forbidden";

/** A statement, or several, in pieces: text that matters as it stands, and text whose form means nothing. */
const PIECES =
    /'(?:[^']|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*"|\/\*\+[\s\S]*?\*\/|\/\*[\s\S]*?\*\/|--[^\n]*|\s+|;|[^'`"/\-\s;]+|./g;

/**
 * A statement in the one form that all equal ones share: without comments, line breaks and the semicolon at its end.
 * Literals, quoted names and hints stay as they are. Case stays too: a name's case matters to Flink.
 */
export function normalStatement(sql: string): string {
    return statementsOf(sql).join("; ");
}

/** The statements of a text, each in its normal form; empty ones left out. */
export function statementsOf(sql: string): string[] {
    const statements = [""];
    for (const [piece] of sql.matchAll(PIECES)) {
        const last = statements.length - 1;
        if (piece === ";") statements.push("");
        else statements[last] += isFiller(piece) ? " " : piece;
    }
    return statements.map((text) => withSingleSpaces(text)).filter((text) => text !== "");
}

/** What a statement in its normal form is to a job. */
export function kindOf(statement: string): StatementKind {
    const [first = "", second = ""] = statement.toUpperCase().split(/[\s(]+/);
    if (first === "INSERT") return "insert";
    if (first === "SET" || first === "RESET") return "setting";
    if (first === "CREATE")
        return /\bAS\s+SELECT\b/i.test(outsideLiterals(statement)) && !isView(statement) ? "forbidden" : "setup";
    if (first === "ALTER" || first === "DROP" || first === "USE" || first === "LOAD" || first === "UNLOAD")
        return "setup";
    return first === "ADD" && second === "JAR" ? "setup" : "forbidden";
}

/** Name and value of a SET in its normal form; undefined for anything else. */
export function settingOf(statement: string): { key: string; value: string } | undefined {
    const found = /^SET\s+'((?:[^']|'')+)'\s*=\s*'((?:[^']|'')*)'$/i.exec(statement);
    return found === null ? undefined : { key: unquoted(found[1]), value: unquoted(found[2]) };
}

/**
 * True when a statement leaves nothing behind but in its session, given those before it: then it may be carried out
 * to see whether it is right. In a catalog of somebody's own, CREATE TABLE is for good.
 */
export function staysInSession(statement: string, before: readonly string[]): boolean {
    const text = statement.toUpperCase();
    if (/^(SET|RESET|USE|LOAD|UNLOAD|ADD JAR|CREATE CATALOG|CREATE TEMPORARY)\b/.test(text)) return true;
    const otherCatalog = before.some((one) => /^(CREATE|USE) CATALOG\b/i.test(one));
    // A name of three parts names its catalog.
    return (
        !otherCatalog &&
        /^CREATE\b/.test(text) &&
        !/^[^(]*\.[^(]*\./.test(outsideLiterals(statement).split(/\bWITH\b|\bAS\b/i)[0] ?? "")
    );
}

/** Names of the secrets that a text asks for, as in `'${PASSWORD}'`. */
export function placeholdersOf(text: string): string[] {
    return [...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
}

/**
 * A text with secrets in place of their names.
 * @param inLiteral the places are inside of SQL literals, where a quote is doubled.
 */
export function withSecrets(text: string, secrets: Readonly<Record<string, string>>, inLiteral: boolean): string {
    return text.replace(PLACEHOLDER, (whole, name: string) => {
        const secret = secrets[name];
        if (secret === undefined) return whole;
        return inLiteral ? secret.replaceAll("'", "''") : secret;
    });
}

const PLACEHOLDER = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

function isFiller(piece: string): boolean {
    return /^\s/.test(piece) || piece.startsWith("--") || (piece.startsWith("/*") && !piece.startsWith("/*+"));
}

/** Joins runs of spaces outside of quotes: a comment between two spaces leaves several. */
function withSingleSpaces(text: string): string {
    let single = "";
    for (const [piece] of text.matchAll(PIECES)) {
        if (!isFiller(piece)) single += piece;
        else if (!single.endsWith(" ")) single += " ";
    }
    return single.trim();
}

/** A statement with every literal empty: what is left is no value of the author's. */
export function outsideLiterals(statement: string): string {
    return statement.replace(/'(?:[^']|'')*'/g, "''");
}

function isView(statement: string): boolean {
    return /^CREATE\s+(TEMPORARY\s+)?VIEW\b/i.test(statement);
}

function unquoted(text = ""): string {
    return text.replaceAll("''", "'");
}
