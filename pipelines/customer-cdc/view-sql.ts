import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Table } from "../../lib/contract";
import { cdcMark, NULL_TEXT, orders, person } from "./contract";

/**
 * The most rows that Pinot's broker hands to a view; more is an error of the query, never a part of the rows. It is the
 * catalog's `pinot.max-rows-for-broker-queries` too, which is what makes it an error.
 */
export const MOST_ROWS = 1_000_000;

/**
 * How long a change is shown to a view whatever it did, as ISO 8601. While a change is taken in, Pinot may give the row before
 * it and the one after; the view can only choose the newer one when it gets it, deleted or out of the window as it may be.
 */
const CHANGES_SHOWN = "PT10M";

/** Rows of a table that are there, as Pinot is asked; older than {@link sinceQuery} they are gone all the same. */
export function rowsQuery(table: Table, columns: readonly string[], condition = ""): string {
    return select(table, [...columns, "ts_us"], there(condition));
}

/** Rows of a table for a view, which has to choose the newest of each key and to look again whether it is there. */
function versionsQuery(table: Table, columns: readonly string[], condition = ""): string {
    const versions = `(${there(condition)}) or ts_ms >= ago('${CHANGES_SHOWN}')`;
    return select(table, [...columns, "deleted", "ts_us", "lsn"], versions);
}

function there(condition: string): string {
    return `deleted = 'false'${condition === "" ? "" : ` and ${condition}`}`;
}

function select(table: Table, columns: readonly string[], where: string): string {
    // One more than may be: Trino then refuses, and does not answer with a part.
    return `select ${columns.join(", ")} from ${table.name} where ${where} limit ${MOST_ROWS + 1}`;
}

/** When the newest snapshot was taken: what it did not find is gone, though nobody was told of its deletion. */
export function sinceQuery(): string {
    return `select max(ts_us) as since from ${cdcMark.name} where name = 'snapshot' limit 1`;
}

/** Query of the view `person`. */
export function personSql(): string {
    return sql("person", { rows: versionsQuery(person, ["id", "customer_id", "name", "op"]), since: sinceQuery() });
}

/** Query of the view `orders_last_year`. @param days how far it looks back. */
export function ordersSql(days: number): string {
    const columns = ["id", "customer_id", "status", "amount_cents", "note", "ordered_at"];
    const rows = versionsQuery(orders, columns, `ordered_at >= ago('P${days}D')`);
    return sql("orders_last_year", { rows, since: sinceQuery(), null: NULL_TEXT, days: String(days) });
}

/** Query of the materialised view `orders_by_status`. */
export function ordersByStatusSql(): string {
    return sql("orders_by_status", {});
}

function sql(file: string, values: Readonly<Record<string, string>>): string {
    const text = readFileSync(join(__dirname, "sql", `${file}.sql`), "utf8").trim();
    return text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
        const value = values[name];
        if (value === undefined) throw new Error(`sql/${file}.sql has no value for \${${name}}`);
        return value;
    });
}
