import { ask, CODES, isCode, type Session, tell, wordsOf } from "./api";
import { tableOfCreate } from "./create-query";
import type { TableDocument } from "./documents";
import { HIDDEN } from "./secrets";
import { literal, name, qualified } from "./sql-text";

/** What a server has under a name. */
export interface HeldObject {
    /** `MergeTree`, `View`, `MaterializedView`. */
    readonly engine: string;
    readonly create: string;
    /** The query of a view. */
    readonly query: string;
    /** Something goes with it: Kafka, Null, PostgreSQL and views keep no rows themselves. */
    readonly hasOwnData: boolean;
    /** Undefined where the server does not know. */
    readonly rows: number | undefined;
    readonly bytes: number | undefined;
}

/** A table as a server has it. */
export interface HeldTable extends HeldObject {
    readonly document: TableDocument;
}

/**
 * Engines of which `has_own_data` says no, since it means the disk: rows in memory or in Keeper, or which files were read
 * already.
 */
const KEEPS_ELSEWHERE = /^(Memory|KeeperMap|TimeSeries|S3Queue|AzureQueue)$/;

/** The table, view or dictionary of this name; undefined where there is none. */
export async function readObject(session: Session, database: string, object: string): Promise<HeldObject | undefined> {
    const [row] = await ask<Record<string, string | number | null>>(
        session,
        "SELECT engine, create_table_query AS create, as_select AS query, has_own_data, total_rows AS rows, " +
            "total_bytes AS bytes FROM system.tables WHERE database = {database:String} AND name = {object:String}",
        { database, object },
    );
    if (row === undefined) return undefined;
    const count = (value: string | number | null | undefined): number | undefined =>
        value === null || value === undefined ? undefined : Number(value);
    return {
        engine: String(row.engine),
        create: session.secrets.reduce(withoutSecret, String(row.create)),
        query: String(row.query),
        hasOwnData: Number(row.has_own_data) === 1 || KEEPS_ELSEWHERE.test(String(row.engine)),
        rows: count(row.rows),
        bytes: count(row.bytes),
    };
}

/** A server may be set to show what it hides by default, and there are engines whose secrets it does not know as such. */
function withoutSecret(create: string, secret: string): string {
    return create.split(literal(secret).slice(1, -1)).join(HIDDEN);
}

/** @throws Error when there is something else of this name. */
export async function readTable(session: Session, database: string, table: string): Promise<HeldTable | undefined> {
    const held = await readObject(session, database, table);
    if (held === undefined) return undefined;
    if (/View$|^Dictionary$/.test(held.engine)) {
        throw new Error(
            `${database}.${table} is a ${held.engine}, no table.\n  Way out: choose another name, or declare it as what it is.`,
        );
    }
    return { ...held, document: tableOfCreate(held.create) };
}

/** `1 200 rows (34 kB)`. */
export function sizeText({ rows, bytes }: Pick<HeldObject, "rows" | "bytes">): string {
    const count = rows === undefined ? "an unknown number of rows" : `${rows} row${rows === 1 ? "" : "s"}`;
    return bytes === undefined || bytes === 0 ? count : `${count} (${bytesText(bytes)})`;
}

/** How many values would not come out of a type as they went in. Undefined: the server cannot say, or not in time. */
export async function valuesLost(
    session: Session,
    database: string,
    table: string,
    column: string,
    to: string,
): Promise<number | undefined> {
    // Of these the server's accurate cast is known to refuse what does not fit.
    if (!/^(Nullable\()?(U?Int\d+|Float\d+)\)?$/.test(to)) return undefined;
    const value = name(column);
    try {
        const [row] = await ask<{ lost: number }>(
            session,
            `SELECT countIf(isNull(accurateCastOrNull(${value}, ${literal(to.replace(/^Nullable\((.*)\)$/, "$1"))}))` +
                `${to.startsWith("Nullable") ? ` AND isNotNull(${value})` : ""}) AS lost ` +
                `FROM ${qualified(database, table)} SETTINGS max_execution_time = 4`,
        );
        return row === undefined ? undefined : Number(row.lost);
    } catch {
        return undefined;
    }
}

/** True for the error of {@link alterTable} after which a part of the ALTER holds. */
export function isHalfDone(error: unknown): boolean {
    return (error as { halfDone?: boolean } | undefined)?.halfDone === true;
}

/**
 * Carries an ALTER out. A change of values that stops at one that does not fit would leave the new type in place and every
 * read failing: it is ended, and the types put back.
 * @param back statement that puts the types back; undefined where no type changes.
 */
export async function alterTable(
    session: Session,
    { database, table }: { database: string; table: string },
    statement: string,
    back: string | undefined,
): Promise<void> {
    try {
        await tell(session, statement);
    } catch (error) {
        if (!isCode(error, CODES.UNFINISHED)) throw error;
        const of = `database = ${literal(database)} AND table = ${literal(table)} AND NOT is_done`;
        await tell(session, `KILL MUTATION WHERE ${of}`);
        if (back !== undefined) await tell(session, back);
        const reason = /reason: '(.*)/s.exec(wordsOf(error))?.[1] ?? wordsOf(error);
        const text =
            `A value does not fit the new type: ${reason}\n` +
            "  Way out: correct the values, or give the column a type that takes them all." +
            `${back === undefined ? "" : "\n  The types were put back; no value was changed."}`;
        throw Object.assign(new Error(text), { halfDone: true });
    }
}

function bytesText(bytes: number): string {
    const units = ["bytes", "kB", "MB", "GB", "TB"];
    const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
    const amount = bytes / 1000 ** power;
    return `${power === 0 ? amount : amount.toFixed(amount < 10 ? 1 : 0)} ${units[power]}`;
}
