import { customerRowChecks } from "../../../pipelines/customer-cdc/checks";
import { COMPARED, type ComparedTable } from "../../../pipelines/customer-cdc/rows";
import { TopicRows } from "../../../pipelines/customer-cdc/topic-rows";

const [persons, orders] = COMPARED as readonly [ComparedTable, ComparedTable];

/** A message of the topic of persons. */
const person = (id: number, name: string, ts_us: number, deleted = "false") => ({
    topic: "customer.person",
    key: `{"id":${id},"customer_id":${id}}`,
    value: JSON.stringify({ id, customer_id: id, name, ts_us, deleted }),
});

const mark = (name: string, ts_us: number) => ({
    topic: "customer.cdc_mark",
    key: `{"name":"${name}"}`,
    value: JSON.stringify({ name, value: 0, ts_us, deleted: "false" }),
});

function rowsAfter(...messages: readonly Parameters<TopicRows["take"]>[0][]): [string, string][] {
    const rows = new TopicRows();
    for (const message of messages) rows.take(message);
    return [...rows.of(persons)];
}

describe("rows made from topics alone", () => {
    it("are the newest of each key; of one commit, the later one; and none that was deleted", () => {
        const found = rowsAfter(
            person(1, "first", 10),
            person(2, "stays", 10),
            person(1, "second", 20),
            person(1, "third", 20),
            person(1, "older, of another partition", 15),
            person(3, "gone", 10),
            person(3, "gone", 30, "true"),
            person(4, "gone", 10, "true"),
            person(4, "again", 11),
        );
        expect(found).toEqual([
            ["1/1", '["1","1","third"]'],
            ["2/2", '["2","2","stays"]'],
            ["4/4", '["4","4","again"]'],
        ]);
    });

    it("are none that the newest snapshot did not find, whichever topic is read first; heartbeats are no snapshots", () => {
        const rows = [person(1, "not found", 10), person(2, "found", 20)];
        const expected = [["2/2", '["2","2","found"]']];
        expect(rowsAfter(...rows, mark("snapshot", 20), mark("heartbeat", 99))).toEqual(expected);
        expect(rowsAfter(mark("snapshot", 20), mark("heartbeat", 99), ...rows)).toEqual(expected);
    });

    it("keep nulls and whole numbers as the source writes them", () => {
        const rows = new TopicRows();
        const order = {
            id: 1,
            customer_id: 2,
            status: "paid",
            amount_cents: 5,
            note: null,
            ordered_at: 1_700_000_000_000,
        };
        rows.take({
            topic: "customer.orders",
            key: '{"id":1}',
            value: JSON.stringify({ ...order, ts_us: 1, deleted: "false" }),
        });
        expect([...rows.of(orders)]).toEqual([["1", '["1","2","paid","5",null,"1700000000000"]']]);
    });

    it.each([undefined, "no JSON", '{"before":null,"after":{}}'])("refuse what is no change: %s", (value) => {
        const message = { topic: "customer.person", key: "k", value };
        expect(() => new TopicRows().take(message)).toThrow(/message of customer.person with key k is no change/);
    });

    it("are compared with the source as the stores are, and named when they differ", async () => {
        const rows = new TopicRows();
        for (const message of [person(1, "a", 1), person(2, "old", 1), person(3, "gone at the source", 1)])
            rows.take(message);
        let time = 0;
        const answer = (sql: string) =>
            sql.includes("person") ? [1, 2].map((id) => ({ id, customer_id: id, name: "a" })) : [];
        const results = await customerRowChecks({
            source: { query: async (sql) => answer(sql) },
            pinot: { query: async () => [] },
            topics: { rows: async (table) => rows.of(table) },
            windowDays: 1,
            timeoutMillis: 1_000,
            clock: {
                now: () => time,
                sleep: async (millis) => {
                    time += millis;
                },
            },
        });
        expect(results.map(({ check }) => check.replace(/, as.*| as in.*/, ""))).toEqual([
            "person: rows of the topic, replayed",
            "person: rows in Pinot",
            "orders: rows of the topic, replayed",
            "orders: rows in Pinot",
        ]);
        expect(results[0]).toMatchObject({ expected: 2, actual: 1, verdict: "different" });
        expect(results[0]?.hint).toMatch(/person 2\/2 is .*old.*person 3\/3 is there, and should be gone/);
        expect(results[2]).toMatchObject({ expected: 0, actual: 0, verdict: "equal" });
    });
});
