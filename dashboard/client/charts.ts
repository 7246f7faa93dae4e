import type { BarSeriesOption, LineSeriesOption, PieSeriesOption } from "echarts/charts";
import type { GridComponentOption, TooltipComponentOption } from "echarts/components";
import type { ComposeOption } from "echarts/core";
import type { ActiveUsersPoint, CategoryRow, ProductRow, TrendPoint } from "../api";
import { count, dateTime, decimal, money, shortCount, shortMoney } from "./format";
import type { Theme } from "./theme-colors";

/** Options of our charts. */
export type ChartOption = ComposeOption<
    BarSeriesOption | LineSeriesOption | PieSeriesOption | GridComponentOption | TooltipComponentOption
>;

/** How many products the bar chart shows. */
export const TOP = 10;

/** Colour of a category: by its place in the shop's list, so that it is the same everywhere. */
export function categoryColor(theme: Theme, categories: readonly string[], category: string): string {
    const place = categories.indexOf(category);
    const rest = theme.categories.length - 1;
    // The last colour is for categories that the shop's list does not have.
    return theme.categories[place === -1 ? rest : place % rest] ?? theme.ink;
}

/** Products with most revenue, as bars from the top. */
export function topProductsChart(
    theme: Theme,
    products: readonly ProductRow[],
    categories: readonly string[],
): ChartOption {
    const top = products.slice(0, TOP);
    return {
        ...base(theme),
        grid: { left: 8, right: 64, top: 4, bottom: 4, outerBoundsMode: "same" },
        xAxis: { type: "value", show: false },
        yAxis: {
            type: "category",
            inverse: true,
            data: top.map(({ name }) => name),
            axisLine: { show: false },
            axisTick: { show: false },
            axisLabel: { color: theme.ink, width: 140, overflow: "truncate" },
        },
        tooltip: {
            ...tooltip(theme),
            formatter: (at) => {
                const product = top[(Array.isArray(at) ? at[0] : at)?.dataIndex ?? -1];
                return product === undefined
                    ? ""
                    : `${product.name}\n${product.category}\n${money(product.revenueCents)} · ${count(product.purchases)} purchases`;
            },
        },
        series: [
            {
                type: "bar",
                barMaxWidth: 22,
                data: top.map(({ revenueCents, category }) => ({
                    value: revenueCents,
                    itemStyle: { color: categoryColor(theme, categories, category), borderRadius: [0, 4, 4, 0] },
                })),
                label: {
                    show: true,
                    position: "right",
                    color: theme.muted,
                    formatter: ({ value }) => shortMoney(Number(value)),
                },
            },
        ],
    };
}

/** Revenue over time, and below it how many records stand behind it. */
export function trendChart(theme: Theme, points: readonly TrendPoint[]): ChartOption {
    const axis = timeAxis(theme);
    return {
        ...base(theme),
        grid: [
            { left: 64, right: 12, top: 12, height: "58%" },
            { left: 64, right: 12, bottom: 28, height: "20%" },
        ],
        xAxis: [
            { ...axis, axisLabel: { show: false } },
            { ...axis, gridIndex: 1 },
        ],
        yAxis: [
            { ...valueAxis(theme, shortMoney), splitNumber: 4 },
            { ...valueAxis(theme, shortCount), gridIndex: 1, splitNumber: 2 },
        ],
        tooltip: {
            ...tooltip(theme),
            trigger: "axis",
            formatter: (at) => {
                const point = points[(Array.isArray(at) ? at[0] : at)?.dataIndex ?? -1];
                return point === undefined
                    ? ""
                    : `${dateTime(point.start)}\n${money(point.revenueCents)} · ${count(point.purchases)} purchases\n${count(point.records)} records`;
            },
        },
        series: [
            {
                ...line(theme.accent, points.length),
                areaStyle: { color: theme.accent, opacity: 0.12 },
                data: points.map(({ start, revenueCents }) => [start, revenueCents]),
            },
            {
                type: "bar",
                xAxisIndex: 1,
                yAxisIndex: 1,
                itemStyle: { color: theme.quiet },
                data: points.map(({ start, records }) => [start, records]),
            },
        ],
    };
}

/** Revenue by category, as a ring. */
export function categoriesChart(
    theme: Theme,
    rows: readonly CategoryRow[],
    categories: readonly string[],
): ChartOption {
    return {
        ...base(theme),
        tooltip: {
            ...tooltip(theme),
            formatter: (at) => {
                const row = rows[(Array.isArray(at) ? at[0] : at)?.dataIndex ?? -1];
                return row === undefined
                    ? ""
                    : `${row.category}\n${money(row.revenueCents)} · ${count(row.purchases)} purchases`;
            },
        },
        series: [
            {
                type: "pie",
                radius: ["52%", "82%"],
                itemStyle: { borderColor: theme.card, borderWidth: 2 },
                label: { show: false },
                data: rows.map(({ category, revenueCents }) => ({
                    name: category,
                    value: revenueCents,
                    itemStyle: { color: categoryColor(theme, categories, category) },
                })),
            },
        ],
    };
}

/** Active users a minute; of wider buckets the average minute, and the busiest as a thin line. */
export function activeUsersChart(theme: Theme, points: readonly ActiveUsersPoint[], wide: boolean): ChartOption {
    return {
        ...base(theme),
        grid: { left: 48, right: 12, top: 12, bottom: 28 },
        xAxis: timeAxis(theme),
        yAxis: { ...valueAxis(theme, shortCount), minInterval: 1 },
        tooltip: {
            ...tooltip(theme),
            trigger: "axis",
            formatter: (at) => {
                const point = points[(Array.isArray(at) ? at[0] : at)?.dataIndex ?? -1];
                if (point === undefined) return "";
                const users = wide
                    ? `${decimal(point.average)} users a minute\n${count(point.most)} in the busiest minute`
                    : `${count(point.most)} users`;
                return `${dateTime(point.start)}\n${users}`;
            },
        },
        series: [
            {
                ...line(theme.accent, points.length),
                areaStyle: { color: theme.accent, opacity: 0.12 },
                data: points.map(({ start, average }) => [start, average]),
            },
            ...(wide
                ? [
                      {
                          ...line(theme.quiet, points.length),
                          lineStyle: { color: theme.quiet, width: 1 },
                          data: points.map(({ start, most }) => [start, most]),
                      },
                  ]
                : []),
        ],
    };
}

function base(theme: Theme): ChartOption {
    return { textStyle: { fontFamily: "Inter, Inter Variable, system-ui, sans-serif", color: theme.ink } };
}

// Rich text is drawn on the canvas; the other kind is HTML with inline styles, which the page's policy forbids.
function tooltip(theme: Theme): TooltipComponentOption {
    return {
        renderMode: "richText",
        confine: true,
        backgroundColor: theme.card,
        borderColor: theme.line,
        textStyle: { color: theme.ink, fontSize: 13 },
    };
}

function timeAxis(theme: Theme) {
    return {
        type: "time" as const,
        axisLine: { lineStyle: { color: theme.line } },
        axisTick: { show: false },
        splitLine: { show: false },
        axisLabel: { color: theme.muted, hideOverlap: true },
    };
}

function valueAxis(theme: Theme, formatter: (value: number) => string) {
    return {
        type: "value" as const,
        splitLine: { lineStyle: { color: theme.line } },
        axisLabel: { color: theme.muted, formatter },
    };
}

function line(color: string, points: number): LineSeriesOption {
    return {
        type: "line",
        // A line through one point is not to be seen.
        showSymbol: points < 3,
        itemStyle: { color },
        lineStyle: { color, width: points > 300 ? 1.25 : 2 },
    };
}
