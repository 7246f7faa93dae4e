import type { Table } from "../../lib/contract";
import type { SqlStore, StateLine } from "../../lib/ledger";

/** Above this a set of all keys could be more than a small server's heap holds: they are counted in parts. */
const MOST_KEYS = 200_000;
const HEXADECIMAL = [..."0123456789abcdef"];

/** One row a key: rows of a table, compared with the distinct values of its first key column. */
export async function rowsByKey({ name, primaryKey, columns }: Table, pinot: SqlStore): Promise<StateLine> {
    const [column = ""] = primaryKey;
    const isText = columns.find((each) => each.name === column)?.type === "string";
    const counts = async (where: string): Promise<{ rows: number; keys: number }> => {
        const sql = `SELECT COUNT(*) AS how_many, DISTINCTCOUNT(${column}) AS keys_there FROM ${name}${where}`;
        const [row] = await pinot.query(sql);
        return { rows: Number(row?.how_many ?? 0), keys: Number(row?.keys_there ?? 0) };
    };
    const [all] = await pinot.query(`SELECT COUNT(*) AS how_many FROM ${name}`);
    const inParts = isText && Number(all?.how_many ?? 0) > MOST_KEYS;
    const parts: { rows: number; keys: number }[] = [];
    // Ids are hexadecimal: by their first character they fall into sixteen parts, of which no two can share one.
    for (const where of inParts ? HEXADECIMAL.map((first) => between(column, first)) : [""]) {
        parts.push(await counts(where));
    }
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    const keys = parts.reduce((sum, part) => sum + part.keys, 0);
    const hint = `${rows - keys} rows too many of one ${column}: is the topic keyed by it?`;
    return {
        check: `${name}: one row a key`,
        unit: "count",
        expected: keys,
        actual: rows,
        equal: rows === keys,
        ...(rows === keys ? {} : { hint }),
    };
}

function between(column: string, first: string): string {
    return ` WHERE ${column} >= '${first}' AND ${column} < '${first}~'`;
}
