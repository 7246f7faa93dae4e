import fc from "fast-check";
import { PRESETS, type Preset } from "../../../dashboard/api";
import { BUCKETS, bucketOf, LONGEST_RANGE, MOST_BUCKETS, parseAsked, rangeAt } from "../../../dashboard/server/range";

const NOW = Date.UTC(2026, 10, 21, 12, 34, 56, 789);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("what a request asks for", () => {
    it("is the last day when it does not say", () => {
        expect(parseAsked({})).toEqual({ asked: { range: "24h", scope: "range" } });
    });

    it("is a preset, or two moments", () => {
        expect(parseAsked({ range: "7d", scope: "all" })).toEqual({ asked: { range: "7d", scope: "all" } });
        expect(parseAsked({ range: "custom", from: "1", to: "2" })).toEqual({
            asked: { range: { from: 1, to: 2 }, scope: "range" },
        });
        expect(parseAsked({ range: "custom", from: "5", to: "5" })).toMatchObject({ asked: { range: { from: 5 } } });
    });

    it.each([
        [{ range: "1y" }, "range: must be one of 24h, 7d, 30d, custom"],
        [{ range: "24h' OR 1=1 --" }, "range: must be one of"],
        [{ range: "24h", from: "1" }, "range: must be custom when from or to is given"],
        [{ range: "custom", from: "1" }, "to: is needed"],
        [{ range: "custom", to: "1" }, "from: is needed"],
        [{ range: "custom", from: "2", to: "1" }, "from: must not be after to"],
        [{ range: "custom", from: "1 OR 1=1", to: "2" }, "from: must be epoch milliseconds"],
        [{ range: "custom", from: "-1", to: "2" }, "from: must be epoch milliseconds"],
        [{ range: "custom", from: "1e3", to: "2" }, "from: must be epoch milliseconds"],
        [{ range: "custom", from: "0", to: "9999999999999" }, "to: must be before the year 2100"],
        [{ range: "custom", from: "0", to: String(LONGEST_RANGE + 1) }, "to: must be at most 400 days after from"],
        [{ scope: "ever" }, "scope: must be range or all"],
    ])("is refused with the reason: %j", (query, problem) => {
        const parsed = parseAsked(query);
        expect("problems" in parsed && parsed.problems.join("; ")).toContain(problem);
    });

    it("is refused with all reasons at once", () => {
        const parsed = parseAsked({ range: "never", scope: "ever" });
        expect("problems" in parsed && parsed.problems).toHaveLength(2);
    });
});

describe("a bucket", () => {
    it.each([
        ["24h", "1:MINUTES"],
        ["7d", "10:MINUTES"],
        ["30d", "30:MINUTES"],
    ] as const)("of the last %s is %s", (preset, granularity) => {
        expect(bucketOf(rangeAt(preset, NOW)).granularity).toBe(granularity);
    });

    it("is a minute for an empty range, and never makes more points than a chart may have", () => {
        expect(bucketOf({ from: 5, to: 5 }).millis).toBe(MINUTE);
        const ranges = fc.tuple(fc.integer({ min: 0, max: NOW }), fc.integer({ min: 0, max: LONGEST_RANGE }));
        fc.assert(
            fc.property(ranges, ([from, length]) => {
                const { millis } = bucketOf({ from, to: from + length });
                const first = Math.floor(from / millis);
                const last = Math.floor((from + Math.max(length, 1) - 1) / millis);
                expect(last - first + 1).toBeLessThanOrEqual(MOST_BUCKETS);
            }),
        );
    });

    it("divides the day, so that days are made of whole ones", () => {
        for (const { millis } of BUCKETS) expect((24 * HOUR) % millis).toBe(0);
    });
});

describe("the range of a preset", () => {
    it.each(Object.keys(PRESETS) as Preset[])(
        "%s ends with the current second and begins with a whole bucket",
        (preset) => {
            const { from, to } = rangeAt(preset, NOW);
            expect(to).toBe(Date.UTC(2026, 10, 21, 12, 34, 57));
            expect(from % bucketOf({ from, to }).millis).toBe(0);
            expect(to - from).toBeGreaterThanOrEqual(PRESETS[preset]);
            expect(to - from).toBeLessThan(PRESETS[preset] + bucketOf({ from, to }).millis);
        },
    );

    it("is the same for all who look in the same second, so that they share an answer", () => {
        expect(rangeAt("24h", NOW)).toEqual(rangeAt("24h", NOW - 700));
        expect(rangeAt("24h", NOW)).not.toEqual(rangeAt("24h", NOW + 300));
    });

    it("is what was asked for when it is custom", () => {
        expect(rangeAt({ from: 3, to: 7 }, NOW)).toEqual({ from: 3, to: 7 });
    });
});
