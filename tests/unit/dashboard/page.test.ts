import { categoriesChart, categoryColor, topProductsChart, trendChart } from "../../../dashboard/client/charts";
import { bucketName, count, duration, money, percent } from "../../../dashboard/client/format";
import type { Theme } from "../../../dashboard/client/theme-colors";
import { parseViewerSettings, rangeProblem, rangeQuery, viewerHash } from "../../../dashboard/client/viewer-settings";
import { parseAsked } from "../../../dashboard/server/range";

const BOUNDS = { least: 5, most: 300, step: 5, standard: 30 };
const NOW = Date.UTC(2026, 10, 21, 12);
const DAY = 86_400_000;

describe("the page writes", () => {
    it.each([
        [0, "0"],
        [1234567, "1,234,567"],
    ])("the number %d as %s", (value, text) => expect(count(value)).toBe(text));

    it.each([
        [0, "€0.00"],
        [5, "€0.05"],
        [123456789, "€1,234,567.89"],
    ])("%d cents as %s", (cents, text) => expect(money(cents)).toBe(text));

    it.each([
        [1, 3, "33.3%"],
        [0, 3, "0.0%"],
        [3, 3, "100.0%"],
        [0, 0, "–"],
    ])("%d of %d as %s", (part, whole, text) => expect(percent(part, whole)).toBe(text));

    it.each([
        [-5, "0 ms"],
        [999, "999 ms"],
        [1_440, "1.4 s"],
        [9_949, "9.9 s"],
        [9_950, "10 s"],
        [119_000, "119 s"],
        [120_000, "2 min"],
        [3_600_000, "1 h"],
        [7_500_000, "2 h 5 min"],
        [3 * DAY, "3 d"],
    ])("%d ms as %s", (millis, text) => expect(duration(millis)).toBe(text));

    it.each([
        [60_000, "minute"],
        [600_000, "10 minutes"],
        [3_600_000, "hour"],
        [21_600_000, "6 hours"],
    ])("a bucket of %d ms as %s", (millis, text) => expect(bucketName(millis)).toBe(text));
});

describe("what a viewer chose", () => {
    it("is the last day, asked every 30 seconds, when the address does not say", () => {
        expect(parseViewerSettings("", BOUNDS, NOW)).toEqual({
            ...{ range: "24h", from: NOW - 3_600_000, to: NOW, autoRefresh: true, refreshSeconds: 30 },
            ...{ tab: "products", scope: "range" },
        });
    });

    it("comes back from the address", () => {
        const standard = parseViewerSettings("", BOUNDS, NOW);
        for (const chosen of [
            standard,
            { ...standard, range: "7d" as const, tab: "revenue" as const, refreshSeconds: 5 },
            { ...standard, range: "custom" as const, from: NOW - DAY, to: NOW - 5, scope: "all" as const },
            { ...standard, autoRefresh: false },
        ]) {
            expect(parseViewerSettings(viewerHash(chosen, BOUNDS), BOUNDS, NOW)).toEqual(chosen);
        }
        expect(viewerHash(standard, BOUNDS)).toBe("");
    });

    it.each([
        "range=1y",
        "range=custom",
        "range=custom&from=2&to=1",
        "range=toString",
        "refresh=7",
        "refresh=305",
        "tab=x",
    ])("is as by default where the address is wrong: %s", (hash) => {
        expect(parseViewerSettings(`#${hash}`, BOUNDS, NOW)).toEqual(parseViewerSettings("", BOUNDS, NOW));
    });

    it("is a question that the server understands", () => {
        const standard = parseViewerSettings("", BOUNDS, NOW);
        for (const range of ["24h", "7d", "30d", "custom"] as const) {
            const query = Object.fromEntries(new URLSearchParams(rangeQuery({ ...standard, range })));
            expect(parseAsked(query)).toHaveProperty("asked");
        }
    });

    it.each([
        [Number.NaN, NOW, "From is not a time."],
        [NOW, Number.NaN, "To is not a time."],
        [NOW, NOW - 1, "From must not be after To."],
        [NOW - 401 * DAY, NOW, "The range must not be longer than 400 days."],
        [NOW, Date.UTC(2100, 0), "Only times from 1970 to 2099 can be shown."],
        [NOW, NOW, undefined],
        [NOW - DAY, NOW, undefined],
    ])("from %d to %d has the problem: %s", (from, to, problem) => {
        expect(rangeProblem(from, to)).toBe(problem);
    });
});

describe("charts", () => {
    const theme: Theme = {
        ...{ ink: "#000", muted: "#111", line: "#222", card: "#fff", accent: "#00f", quiet: "#ccc", animation: false },
        categories: ["#1", "#2", "#3"],
    };
    const product = (id: number) => ({
        ...{ id: `p${id}`, name: `Product ${id}`, category: id % 2 === 0 ? "A" : "B" },
        ...{ views: 9, cartAdds: 5, purchases: 2, revenueCents: 1_000 - id },
    });

    it("give a category the same colour wherever it stands, and unknown ones the last", () => {
        expect(["A", "B", "?"].map((name) => categoryColor(theme, ["A", "B"], name))).toEqual(["#1", "#2", "#3"]);
        const { series } = categoriesChart(theme, [{ category: "B", purchases: 1, revenueCents: 5 }], ["A", "B"]);
        expect(series).toMatchObject([{ data: [{ name: "B", value: 5, itemStyle: { color: "#2" } }] }]);
    });

    it("show ten products, those with most revenue first", () => {
        const { series, yAxis } = topProductsChart(
            theme,
            Array.from({ length: 12 }, (_, id) => product(id)),
            ["A", "B"],
        );
        expect(yAxis).toMatchObject({ inverse: true, data: Array.from({ length: 10 }, (_, id) => `Product ${id}`) });
        expect((series as { data: unknown[] }[])[0]?.data).toHaveLength(10);
    });

    it("draw their tips on the canvas: HTML with styles would break the page's policy", () => {
        const points = [{ start: 0, records: 3, purchases: 1, revenueCents: 500 }];
        for (const { tooltip } of [trendChart(theme, points), topProductsChart(theme, [product(1)], [])]) {
            expect(tooltip).toMatchObject({ renderMode: "richText" });
        }
    });

    it("show of each bucket its revenue and its records", () => {
        const { series } = trendChart(theme, [{ start: 60_000, records: 3, purchases: 1, revenueCents: 500 }]);
        expect(series).toMatchObject([{ data: [[60_000, 500]] }, { type: "bar", data: [[60_000, 3]] }]);
    });
});
