import type { Flat } from "../document";
import { isUnreachable } from "../http";
import { isDenied } from "../server";
import { ask, CODES, isCode, isServerTrouble, type Session, tell } from "./api";
import { tableOfCreate } from "./create-query";
import type { TableDocument } from "./documents";
import { inScratchSession } from "./scratch-sessions";
import { brackets, name, splitList, textOf, tokensOf } from "./sql-text";
import { DEFAULT_ENGINE, engineName, isMergeTree, keyText, tableForm } from "./table-form";
import { alterSql } from "./table-plan";
import { tableSql } from "./table-sql";

/** Codes of servers, and of rights, that have no temporary tables of such engines, or no sessions. */
const UNAVAILABLE: readonly number[] = [48, 80, 344, 373, 497, 164, 1];

/** What the server makes of a declaration. */
export interface Rehearsal {
    /** The declaration in the server's own normal form; undefined where it cannot be had. */
    readonly form?: Flat;
    /** Why the server would refuse it. */
    readonly refusal?: unknown;
}

/**
 * Lets the server make a temporary table of a declaration, in a session of its own, where nobody else sees it: it says
 * what is wrong with it, and how it writes what is right. ClickHouse has no other dry run.
 */
export function rehearseCreate(session: Session, table: TableDocument): Promise<Rehearsal> {
    const engine = localEngine(table.engine ?? DEFAULT_ENGINE);
    const stand: TableDocument =
        engine === undefined
            ? // Without its engine, which would connect to somewhere: the columns alone.
              { columns: table.columns, engine: "Null" }
            : { ...table, engine };
    return rehearse(session, tableSql(stand), async (sessionId) => {
        const form = tableForm(await readScratch(session, sessionId));
        if (engine === table.engine || (engine === DEFAULT_ENGINE && table.engine === undefined)) return form;
        // What was left out is taken as it is declared.
        const declared = tableForm(table);
        if (engine !== undefined) return { ...form, engine: declared.engine ?? "" };
        const columns = Object.entries(form).filter(([path]) => path === "order" || path.startsWith("columns"));
        const rest = Object.entries(declared).filter(([path]) => path !== "order" && !path.startsWith("columns"));
        return Object.fromEntries([...columns, ...rest]);
    });
}

/** Lets the server change a temporary table that is like the one it has, without its rows. */
export async function rehearseAlter(
    session: Session,
    held: TableDocument,
    alters: readonly (readonly string[])[],
): Promise<unknown> {
    const engine = localEngine(held.engine ?? "");
    if (engine === undefined) return undefined;
    const { refusal } = await rehearse(session, tableSql({ ...held, engine }), async (sessionId) => {
        for (const commands of alters) {
            const statement = alterSql(name(SCRATCH), commands).replace("ALTER TABLE", "ALTER TEMPORARY TABLE");
            await tell(session, statement, { session_id: sessionId });
        }
        return {};
    });
    return refusal;
}

/** One text of SQL that stands alone, and where it was declared. */
export interface Fragment {
    /** As in `columns[2].codec`. */
    readonly property: string;
    /** A whole statement around it. */
    readonly statement: string;
}

/** Of these, those that the server cannot read. Nothing is looked up, nothing carried out. */
export async function unreadable(session: Session, fragments: readonly Fragment[]): Promise<Fragment[]> {
    if (fragments.length === 0) return [];
    const statements = fragments.map(({ statement }) => statement);
    const [row] = await ask<{ forms: (string | null)[] }>(
        session,
        "SELECT arrayMap(s -> formatQuerySingleLineOrNull(s), {statements:Array(String)}) AS forms",
        { statements },
    );
    return fragments.filter((_, at) => row?.forms[at] === null);
}

/** Every text of a table's declaration that is SQL, each in a table with nothing else that could be wrong. */
export function fragmentsOf(table: TableDocument): Fragment[] {
    const alone = (property: string, part: Partial<TableDocument>): Fragment => ({
        property,
        statement: `CREATE TABLE t ${tableSql({ columns: [{ name: "c", type: "UInt8" }], ...part })}`,
    });
    return [
        ...table.columns.flatMap(({ name: called, ...parts }, at) =>
            Object.entries(parts)
                .filter(([part, value]) => part !== "comment" && value !== undefined && value !== "")
                .map(([part, value]) =>
                    alone(`columns[${at}].${part}`, { columns: [{ name: called, type: "UInt8", [part]: value }] }),
                ),
        ),
        ...(["engine", "ttl"] as const)
            .filter((part) => table[part] !== undefined)
            .map((part) => alone(part, { [part]: table[part] })),
        // In brackets, so that no other clause can hide in them.
        ...(["orderBy", "partitionBy", "primaryKey", "sampleBy"] as const)
            .filter((part) => keyText(table[part]) !== undefined)
            .map((part) => alone(part, { [part]: `(${[table[part]].flat().join(", ")})` })),
        ...(["indices", "projections", "constraints"] as const).flatMap((list) =>
            (table[list] ?? []).map((item, at) => alone(`${list}[${at}]`, { [list]: [item] })),
        ),
    ];
}

/** Name of the temporary table; sessions keep them apart. */
const SCRATCH = "millrace_rehearsal";

function rehearse(session: Session, sql: string, then: (sessionId: string) => Promise<Flat>): Promise<Rehearsal> {
    return inScratchSession(session, async (sessionId) => {
        const inSession = { session_id: sessionId };
        try {
            await tell(session, `CREATE TEMPORARY TABLE ${name(SCRATCH)} ${sql}`, inSession);
        } catch (error) {
            if (isUnreachable(error)) throw error;
            const isLacking = isDenied(error) || isServerTrouble(error) || isCode(error, ...UNAVAILABLE);
            return isLacking ? {} : { refusal: error };
        }
        try {
            return { form: await then(sessionId) };
        } catch (error) {
            // Behind a proxy that spreads requests, the session may be another server's.
            const isElse = isUnreachable(error) || isServerTrouble(error) || isCode(error, CODES.UNKNOWN_TABLE);
            return isElse ? {} : { refusal: error };
        } finally {
            await tell(session, `DROP TEMPORARY TABLE IF EXISTS ${name(SCRATCH)}`, inSession).catch(() => undefined);
        }
    });
}

/** The engine without what reaches beyond this table; undefined for one that is nothing but that. */
function localEngine(engine: string): string | undefined {
    const called = engineName(engine);
    if (/^(Log|TinyLog|StripeLog|Memory|Null)$/.test(called)) return engine;
    if (!isMergeTree(engine)) return undefined;
    if (!/^(Replicated|Shared)/.test(called)) return engine;
    // Path and name in ZooKeeper, the only texts among an engine's arguments.
    const kept = splitList(brackets(tokensOf(engine))?.inside ?? []).filter(([first]) => first?.kind !== "string");
    return `${called.replace(/^(Replicated|Shared)/, "")}(${kept.map(textOf).join(", ")})`;
}

async function readScratch(session: Session, session_id: string): Promise<TableDocument> {
    const [row] = await ask<{ create: string }>(
        session,
        "SELECT create_table_query AS create FROM system.tables WHERE is_temporary AND name = {scratch:String}",
        { scratch: SCRATCH },
        { session_id },
    );
    return tableOfCreate(row?.create ?? "");
}
