import { type SqlStore, StoreError } from "../../../lib/ledger";
import { customerRowChecks, type RowChecksArgs } from "../../../pipelines/customer-cdc/checks";
import { COMPARED } from "../../../pipelines/customer-cdc/rows";

type Row = Record<string, unknown>;

/** Stores whose answers change from one question to the next; the last one stays. */
function answering(byTable: Record<string, Row[][]>, since = 0): SqlStore {
    return {
        async query(sql) {
            if (sql.includes("cdc_mark")) return [{ since }];
            const name = /from (?:hive\.views\.)?(person|orders)/i.exec(sql)?.[1] ?? "";
            const answers = byTable[name] ?? [[]];
            return (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
        },
    };
}

const person = (id: number, name: string, ts_us = 5): Row => ({ id, customer_id: id, name, ts_us });

function args(source: SqlStore, pinot: SqlStore, trino?: SqlStore): RowChecksArgs {
    let time = 0;
    const clock = {
        now: () => time,
        sleep: async (millis: number) => {
            time += millis;
        },
    };
    return { source, pinot, ...(trino && { trino }), windowDays: 365, timeoutMillis: 2_000, clock };
}

describe("the rows of the customer pipeline", () => {
    it("are equal when each of them is, with nulls as nulls", async () => {
        const order = { id: 1, customer_id: 2, status: "paid", amount_cents: 5, note: null, ordered_at: 7 };
        const source = answering({ person: [[person(1, "Ada")]], orders: [[order]] });
        const pinot = answering({ person: [[person(1, "Ada")]], orders: [[{ ...order, note: "\\N", ts_us: 1 }]] });
        const results = await customerRowChecks(args(source, pinot, source));
        expect(results).toHaveLength(2 * COMPARED.length);
        expect(results.map(({ expected, actual, verdict }) => [expected, actual, verdict])).toEqual(
            results.map(() => [1, 1, "equal"]),
        );
    });

    it("are waited for while they are under way, each only until it was equal once", async () => {
        const source = answering({
            person: [
                [person(1, "a"), person(2, "b")],
                [person(1, "a"), person(2, "newer")],
            ],
        });
        const pinot = answering({
            person: [
                [person(2, "b")],
                // 1 has come; 2 is under way by now, and was equal before.
                [person(1, "a"), person(2, "b")],
            ],
        });
        const [first] = await customerRowChecks(args(source, pinot));
        expect(first).toMatchObject({ expected: 2, actual: 2, verdict: "equal" });
    });

    it("are different when one stays missing, old, or there though it is gone, and say which", async () => {
        const source = answering({ person: [[person(1, "a"), person(2, "new"), person(3, "c")]] });
        const pinot = answering({ person: [[person(2, "old"), person(3, "c"), person(4, "gone")]] });
        const [first] = await customerRowChecks(args(source, pinot));
        expect(first).toMatchObject({ expected: 3, actual: 1, verdict: "different" });
        expect(first?.hint).toMatch(
            /person 1\/1 is missing.*person 2\/2 is .*old.*person 4\/4 is there, and should be gone/,
        );
    });

    it("do not count what is older than the newest snapshot, which did not find it", async () => {
        const source = answering({ person: [[person(1, "a")]] });
        const pinot = answering({ person: [[person(1, "a", 10), person(2, "before", 9)]] }, 10);
        const [first] = await customerRowChecks(args(source, pinot));
        expect(first).toMatchObject({ expected: 1, actual: 1, verdict: "equal" });
    });

    it("are never right when a key is there twice", async () => {
        const source = answering({ person: [[person(1, "a")]] });
        const pinot = answering({ person: [[person(1, "a"), person(1, "a")]] });
        await expect(customerRowChecks(args(source, pinot))).rejects.toThrow("key 1/1 of person is there twice");
    });

    it("are asked for again while a store does not answer, and not for ever", async () => {
        let failures = 2;
        const source = answering({ person: [[person(1, "a")]] });
        const good = answering({ person: [[person(1, "a")]] });
        const pinot: SqlStore = {
            query: (sql) => (failures-- > 0 ? Promise.reject(new StoreError("away")) : good.query(sql)),
        };
        expect((await customerRowChecks(args(source, pinot)))[0]).toMatchObject({ verdict: "equal" });
        const dead: SqlStore = { query: () => Promise.reject(new StoreError("away")) };
        await expect(customerRowChecks(args(source, dead))).rejects.toThrow("away");
    });
});
