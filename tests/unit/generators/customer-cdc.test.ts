import fc from "fast-check";
import { changeSql, transactionSql } from "../../../generators/customer-cdc/statements";
import {
    type Change,
    firstIdOf,
    type TableName,
    type Transaction,
    type Value,
    Workload,
} from "../../../generators/customer-cdc/workload";
import { IDS_OF_RUN, RowSum, rowHash, rowText } from "../../../pipelines/customer-cdc/row-hash";

const ARGS = { seed: 42, firstId: 1_000, persons: 30, start: 1_790_000_000_000 };
const COLUMNS = {
    person: ["id", "customer_id", "name"],
    orders: ["id", "customer_id", "status", "amount_cents", "note", "ordered_at"],
};

/** A database that carries out what it is told, and undoes what is rolled back. */
class Database {
    readonly rows: Record<TableName, Map<number, Record<string, Value>>> = { person: new Map(), orders: new Map() };

    carryOut({ changes, rolledBack }: Transaction): void {
        const before = { person: new Map(this.rows.person), orders: new Map(this.rows.orders) };
        for (const change of changes) this.apply(change);
        if (rolledBack) Object.assign(this.rows, before);
    }

    hash(table: TableName): { rows: number; hash: number } {
        const sum = new RowSum();
        for (const row of this.rows[table].values()) sum.add(rowHash(rowText(COLUMNS[table].map((name) => row[name]))));
        return { rows: sum.count, hash: sum.value };
    }

    private apply(change: Change): void {
        const rows = this.rows[change.table];
        if (change.do === "insert") {
            if (rows.has(Number(change.row.id))) throw new Error(`${change.row.id} is there already`);
            rows.set(Number(change.row.id), { ...change.row });
            return;
        }
        const row = rows.get(change.id);
        if (row === undefined) throw new Error(`${change.id} is not there`);
        rows.delete(change.id);
        if (change.do === "update") {
            const changed = { ...row, ...change.set };
            if (rows.has(Number(changed.id))) throw new Error(`${changed.id} is there already`);
            rows.set(Number(changed.id), changed);
        }
    }
}

describe("the workload of change data capture", () => {
    it("expects exactly what a database has that carried it out, rollbacks and changed keys included", () => {
        fc.assert(
            fc.property(
                fc.nat(),
                fc.integer({ min: 1, max: 60 }),
                fc.integer({ min: 1, max: 150 }),
                (seed, persons, count) => {
                    const workload = new Workload({ ...ARGS, seed, persons });
                    const database = new Database();
                    for (let index = 0; index < count; index++) database.carryOut(workload.next());
                    const totals = workload.totals();
                    for (const table of ["person", "orders"] as const) {
                        const { rows, hash } = database.hash(table);
                        expect([totals[`${table}_rows`], totals[`${table}_hash`]]).toEqual([rows, hash]);
                        expect(workload.expected(table)).toHaveLength(rows);
                    }
                },
            ),
            { numRuns: 20 },
        );
    });

    it("is the same whenever it is made, and another one for another seed", () => {
        const [one, same, other] = [new Workload(ARGS), new Workload(ARGS), new Workload({ ...ARGS, seed: 43 })];
        const first = Array.from({ length: 50 }, () => one.next());
        expect(Array.from({ length: 50 }, () => same.next())).toEqual(first);
        expect(Array.from({ length: 50 }, () => other.next())).not.toEqual(first);
        expect(same.totals()).toEqual(one.totals());
    });

    it("has inserts, updates, deletes, changed keys, rollbacks, nulls, empty and long texts, and other scripts", () => {
        const workload = new Workload(ARGS);
        const transactions = Array.from({ length: 2_000 }, () => workload.next());
        const totals = workload.totals();
        for (const name of ["inserts", "updates", "deletes", "key_changes", "rollbacks"]) {
            expect([name, (totals[name] ?? 0) > 20]).toEqual([name, true]);
        }
        expect(totals.transactions).toBe(2_000 - (totals.rollbacks ?? 0));
        const notes = transactions
            .flatMap(({ changes }) => changes)
            .flatMap((change) => (change.do === "insert" && change.table === "orders" ? [change.row.note] : []));
        expect(notes).toEqual(expect.arrayContaining([null, ""]));
        expect(notes.some((note) => String(note).length > 2_000)).toBe(true);
        expect(notes.some((note) => /\p{Emoji_Presentation}/u.test(String(note)))).toBe(true);
        // It would be taken for a null.
        expect(notes).not.toContain("\\N");
    });

    it("stays at the size that was asked for", () => {
        const workload = new Workload({ ...ARGS, persons: 50 });
        for (let index = 0; index < 2_000; index++) workload.next();
        const { person_rows: persons = 0, orders_rows: orders = 0 } = workload.totals();
        expect(persons).toBeGreaterThan(20);
        expect(persons).toBeLessThanOrEqual(55);
        expect(orders).toBeLessThanOrEqual(160);
    });

    it("writes each transaction with the run's mark, and moves the mark too when the rest is rolled back", () => {
        const insert: Change = { do: "insert", table: "person", row: { id: 1, customer_id: 2, name: "O'Hara\\" } };
        const committed = transactionSql({ sequence: 7, changes: [insert], rolledBack: false }, "r");
        expect(committed).toBe(
            'BEGIN;\nINSERT INTO "person" ("id", "customer_id", "name") VALUES (1, 2,  E\'O\'\'Hara\\\\\');\n' +
                "UPDATE cdc_mark SET value = 7 WHERE name = 'run:r';\nCOMMIT",
        );
        const undone = transactionSql({ sequence: 8, changes: [insert], rolledBack: true }, "r");
        expect(undone).toMatch(/ROLLBACK;\nUPDATE cdc_mark SET value = 8 WHERE name = 'run:r'$/);
        expect(changeSql({ do: "update", table: "orders", id: 5, set: { note: null, ordered_at: 0 } })).toBe(
            `UPDATE "orders" SET "note" = NULL, "ordered_at" = '1970-01-01T00:00:00.000' WHERE id = 5`,
        );
        expect(changeSql({ do: "delete", table: "orders", id: 5 })).toBe(`DELETE FROM "orders" WHERE id = 5`);
    });

    it("gives every run ids of its own, which all stores hold exactly", () => {
        const now = Date.UTC(2026, 10, 21);
        expect(firstIdOf(now + 1_000) - firstIdOf(now)).toBe(IDS_OF_RUN);
        for (const start of [0, now, Date.UTC(2100, 0, 1), 8_999_999_000]) {
            expect(Number.isSafeInteger(firstIdOf(start) + IDS_OF_RUN)).toBe(true);
        }
    });
});
