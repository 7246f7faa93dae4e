import type { LedgerSnapshot, PinotStore, StateSources } from "../../../lib/ledger";
import { ComparedMinutes } from "../../../pipelines/product-analytics/compared-minutes";
import { userSessions } from "../../../pipelines/product-analytics/contract";
import { isMomentOf, NOTHING, productsOf } from "../../../pipelines/product-analytics/expected-products";
import { leftOut, ProductComparison } from "../../../pipelines/product-analytics/product-comparison";
import { RejectedComparison } from "../../../pipelines/product-analytics/rejected-comparison";
import { rowsByKey } from "../../../pipelines/product-analytics/row-count";
import { ledgerOf } from "./ledger-of";

type Rows = readonly Readonly<Record<string, unknown>>[];

/** A Pinot that answers by the first piece of SQL that a question contains. */
function pinotOf(answers: Readonly<Record<string, Rows>>): PinotStore & { readonly asked: string[] } {
    const asked: string[] = [];
    return {
        asked,
        async query(sql) {
            asked.push(sql);
            return Object.entries(answers).find(([piece]) => sql.includes(piece))?.[1] ?? [];
        },
        retentionMillis: async () => undefined,
    };
}

function sourcesOf(
    ledgers: readonly (readonly LedgerSnapshot[])[],
    answers: Readonly<Record<string, Rows>>,
): StateSources {
    let reads = 0;
    return {
        stores: { pinot: pinotOf(answers) },
        readLedgers: async () => ledgers[Math.min(reads++, ledgers.length - 1)] ?? [],
    };
}

const product = (views: number, purchases = 0, cents = 0) => ({
    view_count: views,
    cart_adds: 0,
    purchases,
    revenue_cents: cents,
});
const withProducts = (run: string, products: Record<string, ReturnType<typeof product>>, more = {}) =>
    ledgerOf(run, { groups: { products }, ...more });
const row = (id: string, numbers: ReturnType<typeof product>) => ({
    product_id: id,
    product_name: `name of ${id}`,
    ...numbers,
    revenue: numbers.revenue_cents / 100,
});
const view = { product: "p", type: "product_view", cents: 0 } as const;
const purchase = { product: "p", type: "purchase", cents: 700 } as const;

describe("a product's row", () => {
    it("is right at every moment since the ledgers, and at no other", () => {
        const base = product(5, 1, 300);
        expect(isMomentOf(product(5, 1, 300), base, [view, purchase])).toBe(true);
        expect(isMomentOf(product(6, 1, 300), base, [view, purchase])).toBe(true);
        expect(isMomentOf(product(6, 2, 1_000), base, [view, purchase])).toBe(true);
        // The purchase before the view that came first; one more than there was; one less.
        expect(isMomentOf(product(5, 2, 1_000), base, [view, purchase])).toBe(false);
        expect(isMomentOf(product(7, 2, 1_000), base, [view, purchase])).toBe(false);
        expect(isMomentOf(product(4, 1, 300), base, [view, purchase])).toBe(false);
        expect(isMomentOf(NOTHING, NOTHING, [])).toBe(true);
    });

    it("is the sum of all runs", () => {
        const runs = [
            withProducts("a", { p: product(5, 1, 300) }),
            withProducts("b", { p: product(1), q: product(2) }),
        ];
        expect(Object.fromEntries(productsOf(runs))).toEqual({ p: product(6, 1, 300), q: product(2) });
    });
});

describe("products against ledgers", () => {
    const later = (sequence: number, type: string, cents = 0) => ({
        sequence,
        event_type: type,
        product_id: "p",
        total_amount_cents: cents,
        produced_at: 1_000 + sequence,
    });

    it("are equal while events keep flowing, each event once although it is there twice", async () => {
        const twice = [later(11, "product_view"), later(11, "product_view"), later(12, "purchase", 700)];
        const sources = sourcesOf([[withProducts("a", { p: product(5) })]], {
            "FROM product_analytics": [row("p", product(6, 1, 700))],
            "FROM raw_events": twice,
        });
        const { lines, notes } = await new ProductComparison().attempt(sources);
        expect(notes).toEqual([]);
        expect(lines.filter(({ equal }) => !equal)).toEqual([]);
        expect(lines.map(({ check, actual }) => [check, actual])).toEqual([
            ["product_analytics: products", 1],
            ["product_analytics: views", 6],
            ["product_analytics: cart adds", 0],
            ["product_analytics: purchases", 1],
            ["product_analytics: revenue", 700],
            ["product_analytics: revenue as floating point", 700],
        ]);
    });

    it("are not looked at again once they were equal", async () => {
        const ledger = withProducts("a", { p: product(5), q: product(3) }, { final: true });
        const answers: Record<string, Rows> = {
            "FROM product_analytics": [row("p", product(5)), row("q", product(2))],
        };
        const sources = sourcesOf([[ledger]], answers);
        const comparison = new ProductComparison();
        expect((await comparison.attempt(sources)).lines[1]).toMatchObject({ expected: 8, actual: 7, equal: false });
        answers["FROM product_analytics"] = [row("p", product(999)), row("q", product(3))];
        expect((await comparison.attempt(sources)).lines[1]).toMatchObject({ expected: 8, actual: 8, equal: true });
    });

    it("differ by product, column and both numbers; two that cancel each other too", async () => {
        const ledger = withProducts("a", { p: product(5), q: product(3) }, { final: true });
        const rows = [row("p", product(6)), row("q", product(2))];
        const { lines } = await new ProductComparison().attempt(
            sourcesOf([[ledger]], { "FROM product_analytics": rows }),
        );
        expect(lines[1]).toEqual({
            check: "product_analytics: views",
            unit: "count",
            expected: 8,
            actual: 8,
            equal: false,
            hint: "p (name of p): 6 instead of 5; q (name of q): 2 instead of 3",
        });
        expect(lines[4]).toMatchObject({ equal: true });
    });

    it("differ when a product has no row, and when a row has no product", async () => {
        const ledger = withProducts("a", { p: product(5) }, { final: true });
        const answers = { "FROM product_analytics": [row("ghost", product(1))] };
        const { lines } = await new ProductComparison().attempt(sourcesOf([[ledger]], answers));
        expect(lines[1]?.hint).toBe("p (not there): 0 instead of 5; ghost (name of ghost): 1 instead of 0");
    });

    it("differ when the floating-point column does not say what the cents say", async () => {
        const ledger = withProducts("a", { p: product(5, 1, 300) }, { final: true });
        const answers = { "FROM product_analytics": [{ ...row("p", product(5, 1, 301)), revenue: 2.99 }] };
        const { lines } = await new ProductComparison().attempt(sourcesOf([[ledger]], answers));
        expect(lines[5]).toMatchObject({ expected: 301, actual: 299, equal: false });
    });

    it("are left out, with the reason, when nobody knows any more what was sent", () => {
        const run = ledgerOf("a", { watermarkTime: 1_000 });
        expect(leftOut([run], 999)).toBeUndefined();
        expect(leftOut([run], 1_001)).toContain("run a was killed");
        expect(leftOut([{ ...run, final: true }], 1_001)).toBeUndefined();
        const { groups: _groups, ...older } = run;
        expect(leftOut([older], 0)).toContain("older generator");
    });
});

describe("rejected messages against ledgers", () => {
    const sent = (count: number, watermarkTime = Date.now()) =>
        ledgerOf("a", { totals: { malformed: count, malformed_not_json: count }, watermarkTime });
    const stored = (messages: number, reason = "not JSON") => ({
        "FROM rejected_messages": [{ run_id: "a", reason, messages }],
    });
    const compared = async (ledgers: readonly LedgerSnapshot[][], answers: Readonly<Record<string, Rows>>) =>
        (await new RejectedComparison().attempt(sourcesOf(ledgers, answers))).lines;

    it("are exact while the ledger stands still", async () => {
        expect(await compared([[sent(3)]], stored(3))).toMatchObject([
            { check: "rejected_messages: not JSON", expected: 3, actual: 3, equal: true },
        ]);
        expect(await compared([[sent(3)]], stored(2))).toMatchObject([{ expected: 3, actual: 2, equal: false }]);
        expect(await compared([[sent(3)]], stored(4))).toMatchObject([{ equal: false, hint: "+1 messages" }]);
    });

    it("are one of the numbers that the ledger passed while they were asked for", async () => {
        expect(await compared([[sent(3)], [sent(5)]], stored(4))).toMatchObject([
            { expected: 4, actual: 4, equal: true },
        ]);
        expect(await compared([[sent(3)], [sent(5)]], stored(6))).toMatchObject([
            { expected: 5, actual: 6, equal: false },
        ]);
    });

    it("are at least the ledger's of a run that was killed, and the rest is said to be unknown", async () => {
        const long = Date.now() - 120_000;
        const answers = stored(5);
        const found = await new RejectedComparison().attempt(sourcesOf([[sent(3, long)]], answers));
        expect(found.lines).toMatchObject([{ expected: 5, actual: 5, equal: true }]);
        expect(found.notes).toEqual(["rejected_messages: what run a sent after its last ledger, since it was killed"]);
        expect(await compared([[sent(6, long)]], answers)).toMatchObject([{ expected: 6, actual: 5, equal: false }]);
        expect(await compared([[{ ...sent(3, long), final: true }]], answers)).toMatchObject([{ equal: false }]);
    });

    it("are none of the real events", async () => {
        const lines = await compared([[sent(0)]], stored(2, "missing amount"));
        expect(lines).toMatchObject([
            { check: "rejected_messages: for any other reason", expected: 0, actual: 2, equal: false },
        ]);
        expect(lines[0]?.hint).toBe("real events were rejected: 2 × missing amount");
    });
});

describe("minutes", () => {
    it("are asked for until each was equal, from the oldest that was not", async () => {
        const minutes = new ComparedMinutes();
        const expected = new Map([
            [60_000, { users: 3 }],
            [120_000, { users: 4 }],
        ]);
        const asked: number[] = [];
        const answers = [
            new Map([
                [60_000, { users: 3 }],
                [120_000, { users: 2 }],
            ]),
            new Map([[120_000, { users: 4 }]]),
        ];
        const ask = async (from: number) => {
            asked.push(from);
            return answers.shift() ?? new Map();
        };
        await minutes.compare(expected, ask);
        expect(minutes.line("users", "users", "count")).toEqual({
            check: "users",
            unit: "count",
            expected: 7,
            actual: 5,
            equal: false,
            hint: "2 instead of 4 in 1970-01-01 00:02",
        });
        await minutes.compare(expected, ask);
        await minutes.compare(expected, ask);
        expect(minutes.line("users", "users", "count")).toMatchObject({ expected: 7, actual: 7, equal: true });
        expect(asked).toEqual([60_000, 120_000]);
    });

    it("that the store does not have are named", async () => {
        const minutes = new ComparedMinutes();
        await minutes.compare(new Map([[60_000, { users: 3 }]]), async () => new Map());
        expect(minutes.count("minutes")).toMatchObject({ expected: 1, actual: 0, hint: "not there: 1970-01-01 00:01" });
    });
});

describe("one row a key", () => {
    it("is what distinct keys say", async () => {
        const pinot = pinotOf({ DISTINCTCOUNT: [{ how_many: 7, keys_there: 6 }] });
        expect(await rowsByKey(userSessions, pinot)).toMatchObject({ expected: 6, actual: 7, equal: false });
    });

    it("is asked in sixteen parts of a large table, so that no set of ids fills the heap", async () => {
        const pinot = pinotOf({
            DISTINCTCOUNT: [{ how_many: 20_000, keys_there: 20_000 }],
            "COUNT(*)": [{ how_many: 320_000 }],
        });
        expect(await rowsByKey(userSessions, pinot)).toMatchObject({ expected: 320_000, actual: 320_000, equal: true });
        expect(pinot.asked).toHaveLength(17);
        expect(pinot.asked[16]).toContain("session_id >= 'f' AND session_id < 'f~'");
    });
});
