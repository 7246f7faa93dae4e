import type { TableFreshness } from "../api";
import { count, dateTime, duration, NOTHING } from "./format";
import { type Column, DataTable, Panel } from "./panel";
import { now, views } from "./state";

/** How new Pinot's numbers are, table by table. */
export function FreshnessPanel() {
    return (
        <Panel
            id="freshness"
            title="Freshness"
            note="The newest row of each table whatever the range, and messages that Kafka holds and Pinot has not read yet."
            view={views.freshness}
        >
            {({ tables }, { asked }) => (
                <DataTable label="Freshness" columns={columns(asked)} rows={tables} rowKey={({ table }) => table} />
            )}
        </Panel>
    );
}

/** In the page's head: how old the newest event was when Pinot was asked. */
export function NewestEvent() {
    const { answer, received } = views.freshness.state.value;
    const events = answer?.data.tables[0];
    if (answer === undefined || received === undefined || events?.newest === undefined) return null;
    const age = answer.asked - events.newest + Math.max(0, now.value - received);
    return (
        <p class={age > 60_000 ? "pill late" : "pill"} title={dateTime(events.newest)}>
            Newest event {duration(age)} ago
            {events.waiting !== undefined && `, ${count(events.waiting)} waiting`}
        </p>
    );
}

function columns(asked: number): Column<TableFreshness>[] {
    return [
        { title: "Table", cell: ({ table }) => <code>{table}</code> },
        { title: "Rows", number: true, cell: ({ rows, problem }) => (problem === undefined ? count(rows) : NOTHING) },
        {
            title: "Newest",
            cell: ({ newest, problem }) => problem ?? (newest === undefined ? "no rows yet" : dateTime(newest)),
        },
        {
            title: "Age when asked",
            number: true,
            cell: ({ newest }) => (newest === undefined ? NOTHING : duration(asked - newest)),
        },
        { title: "Waiting", number: true, cell: ({ waiting }) => (waiting === undefined ? NOTHING : count(waiting)) },
    ];
}
