import type { SqlStore } from "../../lib/ledger";
import { NULL_TEXT, orders, person } from "./contract";
import { rowText } from "./row-hash";
import { rowsQuery, sinceQuery } from "./view-sql";

/** A captured table, and how its rows are read so that all stores give the same. */
export interface ComparedTable {
    /** Its name in the source and in Pinot. */
    readonly name: string;
    /** Its columns in the source, the key first. */
    readonly columns: readonly string[];
    /** How many of the columns are the primary key. */
    readonly keyColumns: number;
    /** What the source is asked: whole numbers and texts. */
    readonly sourceSql: string;
    /** What Pinot is asked; of this only what is as new as {@link sinceQuery}. */
    readonly pinotSql: string;
    /** What Trino is asked: the view. */
    readonly viewSql: string;
    /** Which rows of the source the view shows. @param days how far it looks back. */
    viewCondition(days: number): string;
}

/** Every row of a store, by its primary key: a text that is equal for equal rows. */
export type Rows = ReadonlyMap<string, string>;

const PERSON_COLUMNS = ["id", "customer_id", "name"];
const ORDER_COLUMNS = ["id", "customer_id", "status", "amount_cents", "note", "ordered_at"];

/** The tables whose rows are compared one by one. */
export const COMPARED: readonly ComparedTable[] = [
    {
        name: person.name,
        columns: PERSON_COLUMNS,
        keyColumns: 2,
        sourceSql: "SELECT id, customer_id, name FROM person",
        pinotSql: rowsQuery(person, PERSON_COLUMNS),
        viewSql: "SELECT id, customer_id, name FROM hive.views.person",
        viewCondition: () => "",
    },
    {
        name: orders.name,
        columns: ORDER_COLUMNS,
        keyColumns: 1,
        sourceSql:
            "SELECT id, customer_id, status, amount_cents, note, " +
            "(extract(epoch FROM ordered_at) * 1000)::bigint AS ordered_at FROM orders",
        pinotSql: rowsQuery(orders, ORDER_COLUMNS),
        viewSql:
            "SELECT id, customer_id, status, amount_cents, note, " +
            "date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00.000', ordered_at) AS ordered_at " +
            "FROM hive.views.orders_last_year",
        viewCondition: (days) => ` WHERE ordered_at >= (now() AT TIME ZONE 'UTC') - INTERVAL '${days} days'`,
    },
];

/**
 * Rows of a table as the source has them.
 * @param source answers SQL of PostgreSQL.
 * @param condition only these. @default all
 */
export async function sourceRows(table: ComparedTable, source: SqlStore, condition = ""): Promise<Rows> {
    return byKey(table, await source.query(`${table.sourceSql}${condition}`));
}

/** Rows of a table as its view gives them. @param trino answers SQL of Trino. */
export async function viewRows(table: ComparedTable, trino: SqlStore): Promise<Rows> {
    return byKey(table, await trino.query(table.viewSql));
}

/** Rows of a table as Pinot's broker gives them, read as the views read them. */
export async function pinotRows(table: ComparedTable, pinot: SqlStore): Promise<Rows> {
    const [mark] = await pinot.query(sinceQuery());
    const since = Number(mark?.since);
    const found = await pinot.query(table.pinotSql);
    const there = found.filter(({ ts_us }) => Number(ts_us) >= since);
    return byKey(
        table,
        there.map((row) => ("note" in row && row.note === NULL_TEXT ? { ...row, note: null } : row)),
    );
}

/**
 * Rows by their keys.
 * @throws Error when a key is there twice: that is never right, whatever the rows say.
 */
export function byKey(
    { name, columns, keyColumns }: ComparedTable,
    rows: readonly Readonly<Record<string, unknown>>[],
): Rows {
    const found = new Map<string, string>();
    for (const row of rows) {
        const values = columns.map((column) => row[column]);
        const key = values.slice(0, keyColumns).join("/");
        if (found.has(key)) throw new DuplicateRow(`key ${key} of ${name} is there twice`);
        found.set(key, rowText(values));
    }
    return found;
}

/** A key that a store gave twice in one answer. */
export class DuplicateRow extends Error {
    override readonly name = "DuplicateRow";
}

/** One key about which two stores disagree. */
export interface RowDifference {
    readonly key: string;
    /** The row as it should be; undefined when it should not be there. */
    readonly expected: string | undefined;
    readonly actual: string | undefined;
}

/** Where a store does not have what the source has, by key. */
export function rowDifferences(expected: Rows, actual: Rows): RowDifference[] {
    return [...new Set([...expected.keys(), ...actual.keys()])]
        .map((key) => ({ key, expected: expected.get(key), actual: actual.get(key) }))
        .filter((each) => each.expected !== each.actual);
}

/** `person 4/4: missing`, at most three. */
export function differencesText(table: string, differences: readonly RowDifference[]): string {
    const texts = differences.slice(0, 3).map(({ key, expected, actual }) => {
        const what =
            expected === undefined
                ? `is there, and should be gone: ${actual}`
                : `is ${actual ?? "missing"}, not ${expected}`;
        return `${table} ${key} ${what}`;
    });
    return texts.join("; ") + (differences.length > 3 ? `; ${differences.length - 3} more` : "");
}
