import fc from "fast-check";
import { RowVisibility } from "../../../cli/freshness/row-visibility";
import { percentile, Visibility } from "../../../cli/freshness/visibility";
import { endpoint } from "../../../cli/verify/endpoints";
import { retentionOf } from "../../../cli/verify/pinot-store";
import { parseSnapshot, type Stores } from "../../../lib/ledger";
import { rowsOf } from "../../../lib/pinot-query";
import { firstDifference, rawEventsChecks } from "../../../pipelines/product-analytics/checks";

const BROKER = "http://127.0.0.1:8099";

describe("Pinot's answers", () => {
    const result = {
        resultTable: { dataSchema: { columnNames: ["type", "n"] }, rows: [["a", 1]] },
        exceptions: [],
        numServersQueried: 1,
        numServersResponded: 1,
    };

    it("become records", () => {
        expect(rowsOf(result, BROKER)).toEqual([{ type: "a", n: 1 }]);
    });

    it("become no records when Pinot pruned every segment", () => {
        expect(rowsOf({ exceptions: [], numServersQueried: 0, numServersResponded: 0 }, BROKER)).toEqual([]);
    });

    it.each([
        [
            "an exception",
            { exceptions: [{ errorCode: 190, message: "TableDoesNotExistError\nat a.b.C" }] },
            /190 Table/,
        ],
        ["a silent server", { ...result, numServersQueried: 2 }, /1 of 2 servers/],
        ["a partial result", { ...result, partialResult: true }, /partial result/],
        ["too many groups", { ...result, numGroupsLimitReached: true }, /too many groups/],
        ["something else", "<html>", /something else than a result/],
    ])("are refused with %s, naming the broker and a way out", (_, answer, reason) => {
        expect(() => rowsOf(answer, BROKER)).toThrow(reason);
        expect(() => rowsOf(answer, BROKER)).toThrow(/127\.0\.0\.1:8099.*Way out/s);
    });

    it("tell how long a table keeps rows", () => {
        const table = (unit?: string, value?: string) => ({
            REALTIME: { segmentsConfig: { retentionTimeUnit: unit, retentionTimeValue: value } },
        });
        expect(retentionOf(table("DAYS", "7"))).toBe(7 * 86_400_000);
        expect(retentionOf(table("HOURS", "1"))).toBe(3_600_000);
        for (const answer of [table(), table("DAYS"), table("FORTNIGHTS", "1"), {}, null]) {
            expect(retentionOf(answer)).toBeUndefined();
        }
    });
});

describe("the search for a first difference", () => {
    it("finds a single lost event anywhere", async () => {
        const property = fc.asyncProperty(fc.integer({ min: 1, max: 50_000 }), fc.nat(), async (watermark, place) => {
            const lost = 1 + (place % watermark);
            const count = async (sequence: number) => (sequence >= lost ? sequence - 1 : sequence);
            expect(await firstDifference(watermark, count)).toBe(lost);
        });
        await fc.assert(property);
    });

    it("finds nothing when nothing is wrong", async () => {
        expect(await firstDifference(1_000, async (sequence) => sequence)).toBeUndefined();
    });
});

describe("the explanation of a difference", () => {
    const run = parseSnapshot(
        "k",
        JSON.stringify({
            version: 1,
            generator: "clickstream",
            run: "r1",
            topic: "t",
            watermark: 100,
            watermarkTime: 0,
            clockStart: 0,
            final: true,
            parameters: {},
            totals: { events: 100 },
        }),
    );
    const explain = (events: readonly number[], measured: number) => {
        const query = async (sql: string) => {
            const upTo = Number(/sequence <= (\d+)/.exec(sql)?.[1]);
            return [{ events: events.filter((sequence) => sequence <= upTo).length }];
        };
        const stores = { pinot: { query, retentionMillis: async () => undefined } } satisfies Stores;
        return rawEventsChecks().explain(run, { events: measured, event_ids: new Set(events).size }, stores);
    };
    const all = Array.from({ length: 100 }, (_, index) => index + 1);

    it.each([
        ["a duplicate", [...all, 41], 101, "duplicates; the first is sequence 41, which is there 2 times"],
        ["a loss", all.filter((each) => each !== 7), 99, "lost events; the first is sequence 7, which is missing"],
        ["a stop", all.slice(0, 60), 60, "the newest 40 events are missing: has ingestion stopped?"],
        ["a delay", all.slice(0, 60), 50, "ingestion is behind, and goes on: 40 events to go"],
        ["nothing there", [], 0, "Pinot has no event of this run: does the table consume its topic?"],
        ["other values", all, 100, "every event is there once, but values differ: was the schema changed?"],
        ["a swap", [...all.slice(1), 100], 100, "the first is sequence 1"],
        ["a hidden swap", all.map((each) => (each === 50 ? 51 : each)), 100, "some events are lost, and as many"],
    ])("calls %s what it is", async (_, events, measured, text) => {
        const found = await explain(events, measured);
        if (_ === "a swap") expect(found).toContain("as many are there twice");
        else expect(found).toContain(text);
    });
});

describe("the ledger's messages", () => {
    it("are refused with the reason when they are none", () => {
        expect(() => parseSnapshot("k", "{")).toThrow('ledger message "k" is not JSON');
        expect(() => parseSnapshot("k", '{"version":2}')).toThrow(/"k" is not a snapshot: version: .*run: /s);
    });

    it("never carry a run name that would need escaping in SQL", () => {
        const message = JSON.stringify({ version: 1, run: "x' OR '1'='1" });
        expect(() => parseSnapshot("k", message)).toThrow(/run: /);
    });
});

describe("an endpoint", () => {
    it("that the stack does not have is named, with a way out", () => {
        expect(endpoint({ "pinot.brokerUrl": BROKER }, "pinot.brokerUrl")).toBe(BROKER);
        expect(() => endpoint({}, "pinot.brokerUrl")).toThrow(/no endpoint "pinot.brokerUrl".*make up/s);
    });
});

describe("visibility", () => {
    it("counts each event once, at its first sight, whatever order answers have", () => {
        const seen = new Visibility(10);
        seen.see([{ sequence: 12, producedAt: 100 }], 130);
        seen.see(
            [
                { sequence: 11, producedAt: 90 },
                { sequence: 12, producedAt: 100 },
            ],
            150,
        );
        seen.see([{ sequence: 9, producedAt: 1 }], 160);
        expect(seen.seenUpTo).toBe(12);
        expect(seen.summary()).toEqual({ samples: 2, p50: 30, p95: 60, max: 60 });
    });

    it("waits for a whole row when a store shows one that cannot be of the run", () => {
        const seen = new Visibility(0, { since: 1_000, most: 5 });
        seen.see([{ sequence: 6, producedAt: 1_001 }], 1_005);
        seen.see([{ sequence: 1, producedAt: 5 }], 1_010);
        expect(seen.samples).toBe(0);
        seen.see([{ sequence: 1, producedAt: 1_001 }], 1_020);
        expect(seen.summary()).toMatchObject({ samples: 1, max: 19 });
    });

    it("has percentiles by nearest rank", () => {
        const values = Array.from({ length: 100 }, (_, index) => index + 1);
        expect([50, 95, 100].map((percent) => percentile(values, percent))).toEqual([50, 95, 100]);
        expect(percentile([7], 95)).toBe(7);
        expect(percentile([], 50)).toBe(0);
    });
});

describe("visibility in rows that are replaced", () => {
    it("counts from handing an event over to the first row that is as new as it, whichever was known first", () => {
        const seen = new RowVisibility();
        seen.seeRows([{ key: "p", time: 100 }], 130);
        seen.seeEvents([
            { key: "p", time: 100, producedAt: 101 },
            { key: "p", time: 110, producedAt: 110 },
            { key: "q", time: 105, producedAt: 105 },
        ]);
        expect(seen.summary()).toMatchObject({ samples: 1, max: 29 });
        expect(seen.unseen).toBe(2);
        // One version can contain several events; what was seen later of the same version is no sample again.
        seen.seeRows([{ key: "p", time: 115 }], 160);
        seen.seeRows([{ key: "p", time: 115 }], 190);
        seen.seeRows([{ key: "q", time: 104 }], 200);
        expect(seen.summary()).toEqual({ samples: 2, p50: 29, p95: 50, max: 50 });
        expect(seen.unseen).toBe(1);
    });
});
