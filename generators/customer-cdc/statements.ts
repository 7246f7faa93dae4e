import { escapeIdentifier, escapeLiteral } from "pg";
import type { Change, Transaction, Value } from "./workload";

/** The row of `cdc_mark` that says how far a run is: it is in the stream too, so stores can be waited for. */
export function markName(run: string): string {
    return `run:${run}`;
}

/**
 * A transaction as one text, which is one way to the server and back. Its last statement moves the run's mark: after a
 * connection was lost, the mark says whether the transaction was carried out.
 */
export function transactionSql({ sequence, changes, rolledBack }: Transaction, run: string): string {
    const mark = `UPDATE cdc_mark SET value = ${sequence} WHERE name = ${escapeLiteral(markName(run))}`;
    const body = changes.map(changeSql);
    // What is rolled back takes the mark's step all the same, in a statement of its own.
    const statements = rolledBack ? ["BEGIN", ...body, "ROLLBACK", mark] : ["BEGIN", ...body, mark, "COMMIT"];
    return statements.join(";\n");
}

/** One change in SQL. */
export function changeSql(change: Change): string {
    const table = escapeIdentifier(change.table);
    if (change.do === "delete") return `DELETE FROM ${table} WHERE id = ${change.id}`;
    if (change.do === "insert") {
        const columns = Object.keys(change.row).map(escapeIdentifier).join(", ");
        const values = Object.entries(change.row).map(([column, value]) => valueSql(column, value));
        return `INSERT INTO ${table} (${columns}) VALUES (${values.join(", ")})`;
    }
    const set = Object.entries(change.set).map(
        ([column, value]) => `${escapeIdentifier(column)} = ${valueSql(column, value)}`,
    );
    return `UPDATE ${table} SET ${set.join(", ")} WHERE id = ${change.id}`;
}

function valueSql(column: string, value: Value): string {
    if (value === null) return "NULL";
    if (column === "ordered_at") return `'${new Date(Number(value)).toISOString().slice(0, -1)}'`;
    return typeof value === "number" ? String(value) : escapeLiteral(value);
}
