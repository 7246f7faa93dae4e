import { isUnreachable } from "../http";
import { isDenied } from "../server";
import { ask, CODES, isCode, isServerTrouble, type Session, tell } from "./api";
import { inScratchSession } from "./scratch-sessions";
import { cutAt, textOf, tokensOf } from "./sql-text";
import { queryText } from "./view-form";

/** What the server makes of a query. */
export interface QueryRehearsal {
    /** In its own normal form, with every table's database; undefined where it cannot be had. */
    readonly form?: string;
    /** Why it would refuse it. */
    readonly refusal?: unknown;
}

/** The tables, columns and databases of a query may come with the same `up`. */
const NOT_YET: readonly number[] = [8, 10, 16, CODES.UNKNOWN_IDENTIFIER, CODES.UNKNOWN_TABLE, CODES.UNKNOWN_DATABASE];
const SCRATCH = "millrace_rehearsed_view";

/** Lets the server make a temporary view of a query, in a session of its own, where nobody else sees it. */
export function rehearseView(
    session: Session,
    { database = "default", query }: { readonly database?: string; readonly query: string },
): Promise<QueryRehearsal> {
    return inScratchSession(session, async (sessionId) => {
        const inSession = { session_id: sessionId };
        try {
            await tell(session, `CREATE TEMPORARY VIEW ${SCRATCH} AS ${query}`, { ...inSession, database });
        } catch (error) {
            if (isUnreachable(error)) throw error;
            const isLacking = isDenied(error) || isServerTrouble(error) || isCode(error, ...NOT_YET, ...UNAVAILABLE);
            return isLacking ? {} : { refusal: error };
        }
        try {
            const [row] = await ask<{ create: string }>(
                session,
                "SELECT create_table_query AS create FROM system.tables WHERE is_temporary AND name = {scratch:String}",
                { scratch: SCRATCH },
                inSession,
            );
            const form = textOf(cutAt(tokensOf(row?.create ?? ""), ["AS"]).get("AS") ?? []);
            return form === "" ? {} : { form: queryText(form) };
        } finally {
            await tell(session, `DROP TEMPORARY VIEW IF EXISTS ${SCRATCH}`, inSession).catch(() => undefined);
        }
    });
}

/** Older servers have no temporary views, and say that as a syntax error; whether the query is one was asked before. */
const UNAVAILABLE: readonly number[] = [CODES.NOT_IMPLEMENTED, CODES.SYNTAX_ERROR, 80, 344, 373, 57];
