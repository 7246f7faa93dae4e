import type { ActiveUsersPoint, FunnelStep } from "../api";
import { Chart } from "./chart";
import { activeUsersChart } from "./charts";
import { bucketName, count, dateTime, decimal, NOTHING, percent } from "./format";
import { AsTable, type Column, Panel } from "./panel";
import { views } from "./state";

const STEPS: Readonly<Record<FunnelStep["step"], string>> = {
    page_view: "Viewed a page",
    product_view: "Viewed a product",
    add_to_cart: "Added to cart",
    purchase: "Purchased",
};

const USER_COLUMNS: readonly Column<ActiveUsersPoint>[] = [
    { title: "From", cell: ({ start }) => dateTime(start), sort: ({ start }) => start },
    { title: "Users a minute", number: true, cell: ({ average }) => decimal(average), sort: (row) => row.average },
    { title: "Busiest minute", number: true, cell: ({ most }) => count(most), sort: (row) => row.most },
];

/** How far sessions got, and how many users were there. */
export function ConversionTab() {
    return (
        <>
            <Panel
                id="funnel"
                title="Conversion funnel"
                note="Sessions that began in the chosen range. Each step counts those that took it and all steps before it, so far."
                view={views.conversion}
                empty={({ funnel }) => (funnel[0]?.sessions ?? 0) === 0}
                nothing="No session began in this range."
            >
                {({ funnel }) => <Funnel steps={funnel} />}
            </Panel>
            <Panel
                id="users"
                title="Active users"
                note={<UsersNote />}
                view={views.conversion}
                empty={({ activeUsers }) => activeUsers.length === 0}
                nothing="No minute of this range is closed yet."
            >
                {({ activeUsers, bucketMillis }) => (
                    <>
                        <Chart
                            height="middle"
                            label={`Line of the active users of each ${bucketName(bucketMillis)}; the table below has the numbers`}
                            option={(colors) => activeUsersChart(colors, activeUsers, bucketMillis > 60_000)}
                        />
                        <AsTable
                            label="Active users"
                            columns={USER_COLUMNS}
                            rows={activeUsers}
                            rowKey={({ start }) => start}
                        />
                    </>
                )}
            </Panel>
        </>
    );
}

function UsersNote() {
    const bucket = views.conversion.state.value.answer?.data.bucketMillis ?? 60_000;
    const what = "Distinct users of each closed minute of the chosen range";
    return bucket === 60_000 ? (
        <>{what}.</>
    ) : (
        <>
            {what}: the average minute of each {bucketName(bucket)}, and the busiest as a thin line.
        </>
    );
}

function Funnel({ steps }: { steps: readonly FunnelStep[] }) {
    return (
        <ol class="funnel">
            {steps.map(({ step, sessions, ofPrevious, ofFirst }) => (
                <li key={step}>
                    <div class="step">
                        <span class="name">{STEPS[step]}</span>
                        <span class="value">{count(sessions)}</span>
                        <span class="hidden"> sessions, </span>
                        <span class="note">
                            {ofFirst === undefined ? NOTHING : percent(ofFirst, 1)} of all
                            {ofPrevious !== undefined && `, ${percent(ofPrevious, 1)} of the step before`}
                        </span>
                    </div>
                    <div class="track" aria-hidden="true">
                        <div class="fill" style={{ width: `${(ofFirst ?? 0) * 100}%` }} />
                    </div>
                </li>
            ))}
        </ol>
    );
}
