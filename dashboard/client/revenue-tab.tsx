import type { CategoryRow, TrendPoint } from "../api";
import { Chart } from "./chart";
import { categoriesChart, trendChart } from "./charts";
import { bucketName, count, dateTime, money, percent } from "./format";
import { AsTable, type Column, DataTable, Panel } from "./panel";
import { Category } from "./products-tab";
import { pageSettings, views } from "./state";

const TREND_COLUMNS: readonly Column<TrendPoint>[] = [
    { title: "From", cell: ({ start }) => dateTime(start), sort: ({ start }) => start },
    {
        title: "Revenue",
        number: true,
        cell: ({ revenueCents }) => money(revenueCents),
        sort: (row) => row.revenueCents,
    },
    { title: "Purchases", number: true, cell: ({ purchases }) => count(purchases), sort: (row) => row.purchases },
    { title: "Records", number: true, cell: ({ records }) => count(records), sort: (row) => row.records },
];

/** Revenue over time and by category. */
export function RevenueTab() {
    return (
        <>
            <Panel
                id="trend"
                title="Revenue over time"
                note={<TrendNote />}
                view={views.revenue}
                empty={({ trend }) => trend.length === 0}
                nothing="There are no events in this range."
            >
                {({ trend, bucketMillis }) => (
                    <>
                        <Chart
                            height="high"
                            label={`Line of the revenue and bars of the records of each ${bucketName(bucketMillis)}; the table below has the numbers`}
                            option={(colors) => trendChart(colors, trend)}
                        />
                        <AsTable
                            label="Revenue over time"
                            columns={TREND_COLUMNS}
                            rows={trend}
                            rowKey={({ start }) => start}
                        />
                    </>
                )}
            </Panel>
            <Panel
                id="categories"
                title="Revenue by category"
                note="Purchases of the chosen range, counted from raw events."
                view={views.revenue}
                empty={({ categories }) => categories.length === 0}
                nothing="Nothing was bought in this range."
            >
                {({ categories }) => (
                    <div class="beside">
                        <Chart
                            height="middle"
                            label="Ring of the categories' parts of the revenue; the table beside it has the numbers"
                            option={(colors) => categoriesChart(colors, categories, pageSettings.categories)}
                        />
                        <DataTable
                            label="Revenue by category"
                            columns={categoryColumns(categories)}
                            rows={categories}
                            rowKey={({ category }) => category}
                        />
                    </div>
                )}
            </Panel>
        </>
    );
}

function TrendNote() {
    const bucket = views.revenue.state.value.answer?.data.bucketMillis ?? 60_000;
    return (
        <>
            By event time, one point for each {bucketName(bucket)}, with the number of records (events of any type)
            below. The last one is still under way.
        </>
    );
}

function categoryColumns(rows: readonly CategoryRow[]): Column<CategoryRow>[] {
    const all = rows.reduce((sum, { revenueCents }) => sum + revenueCents, 0);
    return [
        { title: "Category", cell: ({ category }) => <Category name={category} />, sort: ({ category }) => category },
        {
            title: "Revenue",
            number: true,
            cell: ({ revenueCents }) => money(revenueCents),
            sort: (row) => row.revenueCents,
        },
        {
            title: "Part",
            number: true,
            cell: ({ revenueCents }) => percent(revenueCents, all),
            sort: (row) => row.revenueCents,
        },
        { title: "Purchases", number: true, cell: ({ purchases }) => count(purchases), sort: (row) => row.purchases },
    ];
}
