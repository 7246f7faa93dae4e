import { isStatementError, quotedName, quotedText, type StatementError } from "./api";
import { propertyList } from "./properties";
import { run, runOnce, type Session } from "./session";
import { shown, statementText } from "./sql-text";
import type { ViewDocument } from "./view-rules";

/** Kinds of views, in SQL's words. */
export type Relation = "VIEW" | "MATERIALIZED VIEW";

/** Which kind of view, and where it is. */
export interface ViewName {
    readonly relation: Relation;
    readonly catalog: string;
    readonly schema: string;
    readonly view: string;
}

/** What Trino has against a query. */
export interface QueryTrouble {
    /** Its own words, without the place. */
    readonly said: string;
    /** Within the query, `line 3, column 5`; undefined when it is about the whole of it. */
    readonly place: string | undefined;
    /** It names what is not there (yet). */
    readonly isMissing: boolean;
}

/** `catalog.schema.view`. */
export function viewName({ catalog, schema, view }: Omit<ViewName, "relation">): string {
    return `${catalog}.${schema}.${view}`;
}

/**
 * The view as it is; undefined when there is none, or nothing that could have it.
 * Errors: `NOT_SUPPORTED` when a table, or a view of another kind, has its name.
 */
export async function readView(session: Session, name: ViewName): Promise<ViewDocument | undefined> {
    try {
        const { rows } = await run(session, `SHOW CREATE ${name.relation} ${quoted(name)}`);
        const { query, security, comment, properties } = shown(String(rows[0]?.[0]));
        return {
            sql: query,
            ...(name.relation === "VIEW" && { security: security === "INVOKER" ? "INVOKER" : "DEFINER" }),
            ...(comment !== undefined && { comment }),
            ...(Object.keys(properties).length > 0 && { properties }),
        };
    } catch (error) {
        if (isStatementError(error, "TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND")) return undefined;
        throw error;
    }
}

/** The view as it is; undefined also when what has its name is no view: then the view is gone. */
export async function readViewOnly(session: Session, name: ViewName): Promise<ViewDocument | undefined> {
    try {
        return await readView(session, name);
    } catch (error) {
        if (isOtherRelation(error)) return undefined;
        throw error;
    }
}

/** True for the error of {@link readView} about a name that a table, or a view of another kind, has. */
export function isOtherRelation(error: unknown): error is StatementError {
    return isStatementError(error, "NOT_SUPPORTED") && / is a .*, not a (materialized )?view/.test(error.message);
}

/**
 * A query in the server's own form, in which it stores and shows views. PREPARE gives it, and leaves nothing behind: a
 * prepared statement lives in the client's session. The query as it stands where a server does not tell.
 */
export async function serverForm(session: Session, sql: string): Promise<string> {
    const { prepared } = await run(session, `PREPARE millrace FROM ${statementText(sql)}`);
    return prepared ?? sql;
}

/** Creates it. Errors: `TABLE_ALREADY_EXISTS`. */
export async function createView(session: Session, name: ViewName, document: ViewDocument): Promise<void> {
    const isThere = async () => (await readView(session, name)) !== undefined;
    await runOnce(session, `${head("CREATE", name, document)}${statementText(document.sql)}`, isThere);
}

/** Puts it in the place of the view that is there, which readers never miss. */
export async function replaceView(session: Session, name: ViewName, document: ViewDocument): Promise<void> {
    await run(session, `${head("CREATE OR REPLACE", name, document)}${statementText(document.sql)}`);
}

/** Computes the rows of a materialized view. */
export async function refreshView(session: Session, name: ViewName): Promise<void> {
    await run(session, `REFRESH MATERIALIZED VIEW ${quoted(name)}`);
}

/** Changes the comment alone: a replaced view belongs to who replaced it, and loses comments of its columns. */
export async function commentOnView(session: Session, name: ViewName, comment: string | undefined): Promise<void> {
    await run(session, `COMMENT ON VIEW ${quoted(name)} IS ${comment ? quotedText(comment) : "NULL"}`);
}

/** Drops it; a missing one is dropped. */
export async function dropView(session: Session, name: ViewName): Promise<void> {
    const isGone = async () => (await readView(session, name)) === undefined;
    await runOnce(session, `DROP ${name.relation} IF EXISTS ${quoted(name)}`, isGone);
}

/** What Trino has against a view, asked without making it; undefined when nothing. */
export async function viewTrouble(
    session: Session,
    name: ViewName,
    document: ViewDocument,
): Promise<QueryTrouble | undefined> {
    const before = `EXPLAIN (TYPE VALIDATE)\n${head("CREATE OR REPLACE", name, document)}`;
    return troubleOf(before, () => run(session, `${before}${statementText(document.sql)}`));
}

/** What Trino has against reading a view that is there; undefined when nothing. */
export async function readingTrouble(session: Session, name: ViewName): Promise<QueryTrouble | undefined> {
    return troubleOf("", () => run(session, `EXPLAIN (TYPE VALIDATE) SELECT * FROM ${quoted(name)}`));
}

/** What a failed statement says about a query. @param before what stands before the query in the statement. */
export function queryTroubleOf(error: StatementError, before: string): QueryTrouble {
    const { location, errorName } = error;
    const line = (location?.lineNumber ?? 0) - (before.split("\n").length - 1);
    return {
        said: error.message.replace(/^(\w+): line \d+:\d+: /, "$1: "),
        place: location === undefined || line < 1 ? undefined : `line ${line}, column ${location.columnNumber}`,
        isMissing: MISSING.includes(errorName),
    };
}

/** Names of what the same deployment may be about to make. */
const MISSING = ["CATALOG_NOT_FOUND", "SCHEMA_NOT_FOUND", "TABLE_NOT_FOUND", "COLUMN_NOT_FOUND", "FUNCTION_NOT_FOUND"];

async function troubleOf(before: string, ask: () => Promise<unknown>): Promise<QueryTrouble | undefined> {
    try {
        await ask();
        return undefined;
    } catch (error) {
        if (!isStatementError(error)) throw error;
        if (["INTERNAL_ERROR", "EXTERNAL"].includes(error.errorType)) throw error;
        return queryTroubleOf(error, before);
    }
}

/** What stands before the query, which begins a line of its own so that places within it are known. */
function head(create: string, name: ViewName, { security, comment, properties = {} }: ViewDocument): string {
    const list = propertyList(properties);
    const clauses = [
        ...(comment ? [`COMMENT ${quotedText(comment)}`] : []),
        ...(security === undefined ? [] : [`SECURITY ${security}`]),
        ...(list === "" ? [] : [`WITH (${list})`]),
    ];
    return `${[create, name.relation, quoted(name), ...clauses, "AS"].join(" ")}\n`;
}

function quoted({ catalog, schema, view }: ViewName): string {
    return quotedName(catalog, schema, view);
}
