import type { SessionRow } from "../api";
import { count, dateTime, duration, money, percent } from "./format";
import { type Column, DataTable, Panel } from "./panel";
import { views } from "./state";

const COLUMNS: readonly Column<SessionRow>[] = [
    { title: "Began", cell: ({ start }) => dateTime(start), sort: ({ start }) => start },
    { title: "Session", cell: ({ id }) => <Id text={id} /> },
    { title: "User", cell: ({ user }) => <Id text={user} /> },
    {
        title: "So far",
        number: true,
        cell: ({ start, end }) => duration(end - start),
        sort: (row) => row.end - row.start,
    },
    { title: "Pages", number: true, cell: ({ pageViews }) => count(pageViews), sort: (row) => row.pageViews },
    {
        title: "Products",
        number: true,
        cell: ({ productViews }) => count(productViews),
        sort: (row) => row.productViews,
    },
    { title: "Cart adds", number: true, cell: ({ cartAdds }) => count(cartAdds), sort: (row) => row.cartAdds },
    { title: "Purchases", number: true, cell: ({ purchases }) => count(purchases), sort: (row) => row.purchases },
    { title: "Spent", number: true, cell: ({ spentCents }) => money(spentCents), sort: (row) => row.spentCents },
];

/** Sessions: their totals, and the newest. */
export function SessionsTab() {
    const common = {
        view: views.sessions,
        empty: ({ sessions }: { sessions: number }) => sessions === 0,
        nothing: "No session began in this range.",
    };
    return (
        <>
            <Panel
                {...common}
                id="session-totals"
                title="Sessions"
                note="Sessions that began in the chosen range, so far."
            >
                {({ sessions, withPurchase, purchases, spentCents, averageMillis }) => (
                    <dl class="figures">
                        <Figure name="Sessions" value={count(sessions)} />
                        <Figure
                            name="With a purchase"
                            value={count(withPurchase)}
                            note={`${percent(withPurchase, sessions)} conversion`}
                        />
                        <Figure name="Purchases" value={count(purchases)} />
                        <Figure
                            name="Spent"
                            value={money(spentCents)}
                            note={sessions === 0 ? "" : `${money(Math.round(spentCents / sessions))} a session`}
                        />
                        <Figure name="From first to last event" value={duration(averageMillis)} note="on average" />
                    </dl>
                )}
            </Panel>
            <Panel
                {...common}
                id="newest-sessions"
                title="Newest sessions"
                note="The 50 sessions of the chosen range that began last."
            >
                {({ newest }) => (
                    <DataTable label="Newest sessions" columns={COLUMNS} rows={newest} rowKey={({ id }) => id} />
                )}
            </Panel>
        </>
    );
}

function Figure({ name, value, note }: { name: string; value: string; note?: string }) {
    return (
        <div>
            <dt>{name}</dt>
            <dd class="value">{value}</dd>
            {note !== undefined && <dd class="note">{note}</dd>}
        </div>
    );
}

/** The beginning of an id; the whole of it for the pointer and for copying. */
function Id({ text }: { text: string }) {
    return <code title={text}>{text.slice(0, 8)}</code>;
}
