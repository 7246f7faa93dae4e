import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Answer } from "../api";
import { clockTime, duration } from "./format";
import type { LiveView } from "./live-view";
import { now } from "./state";

/** What a {@link Panel} shows. */
export interface PanelProps<T> {
    /** Unique on the page. */
    readonly id: string;
    readonly title: string;
    /** What is counted, and over what. */
    readonly note: ComponentChildren;
    readonly view: LiveView<T>;
    /** Whether there is nothing to show; then `nothing` is said. */
    readonly empty?: (data: T) => boolean;
    readonly nothing?: string;
    readonly children: (data: T, answer: Answer<T>) => ComponentChildren;
}

/** A part of the page with an answer in it: waiting for it, without it, with an old one, or with what it says. */
export function Panel<T>({ id, title, note, view, empty, nothing, children }: PanelProps<T>) {
    const { answer, received, failure, loading } = view.state.value;
    return (
        <section class="panel" aria-labelledby={`${id}-title`} aria-busy={loading}>
            <header>
                <h2 id={`${id}-title`}>{title}</h2>
                <p class="note">{note}</p>
                {failure !== undefined && received !== undefined && (
                    <p class="stale">
                        Numbers of {clockTime(received)}, {duration(now.value - received)} old
                    </p>
                )}
            </header>
            {answer === undefined ? (
                <Waiting {...(failure === undefined ? {} : { problem: failure.error })} />
            ) : empty?.(answer.data) ? (
                <p class="empty">{nothing ?? "Nothing happened in this range."}</p>
            ) : (
                children(answer.data, answer)
            )}
        </section>
    );
}

function Waiting({ problem }: { problem?: string }) {
    if (problem !== undefined) return <p class="empty failed">No numbers: {problem}.</p>;
    return (
        <div class="skeleton">
            <span class="hidden">Loading</span>
        </div>
    );
}

/** A column of a {@link DataTable}. */
export interface Column<R> {
    readonly title: string;
    readonly cell: (row: R) => ComponentChildren;
    /** By what the column sorts; without it, it does not. */
    readonly sort?: (row: R) => number | string;
    readonly number?: boolean;
}

/** What a {@link DataTable} shows. */
export interface DataTableProps<R> {
    /** What it is, for those who do not see where it stands. */
    readonly label: string;
    readonly columns: readonly Column<R>[];
    readonly rows: readonly R[];
    readonly rowKey: (row: R) => string | number;
    /** @default the order of the rows */
    readonly sorted?: { readonly column: number; readonly descending: boolean };
}

/** A table that sorts by the titles of its columns, and scrolls by itself where the screen is narrow. */
export function DataTable<R>({ label, columns, rows, rowKey, sorted }: DataTableProps<R>) {
    const [order, setOrder] = useState(sorted);
    const by = order === undefined ? undefined : columns[order.column]?.sort;
    const shown =
        by === undefined ? rows : [...rows].sort((one, other) => compare(by(one), by(other), order?.descending));
    const press = (column: number) => {
        const descending = order?.column === column ? !order.descending : columns[column]?.number === true;
        setOrder({ column, descending });
    };
    return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
        <section class="table" aria-label={`Table: ${label}`} tabIndex={0}>
            <table>
                <thead>
                    <tr>
                        {columns.map(({ title, sort, number }, index) => (
                            <th
                                key={title}
                                scope="col"
                                class={number ? "number" : ""}
                                {...(order?.column === index && {
                                    "aria-sort": order.descending ? "descending" : "ascending",
                                })}
                            >
                                {sort === undefined ? (
                                    title
                                ) : (
                                    <button type="button" onClick={() => press(index)}>
                                        {title}
                                        <span aria-hidden="true" class="arrow">
                                            {order?.column === index ? (order.descending ? "↓" : "↑") : ""}
                                        </span>
                                    </button>
                                )}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {shown.map((row) => (
                        <tr key={rowKey(row)}>
                            {columns.map(({ title, cell, number }, index) =>
                                index === 0 ? (
                                    <th key={title} scope="row">
                                        {cell(row)}
                                    </th>
                                ) : (
                                    <td key={title} class={number ? "number" : ""}>
                                        {cell(row)}
                                    </td>
                                ),
                            )}
                        </tr>
                    ))}
                </tbody>
            </table>
        </section>
    );
}

/** The numbers of a chart, for those who want or need to read them. */
export function AsTable<R>(props: DataTableProps<R>) {
    const [open, setOpen] = useState(false);
    return (
        <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary>{props.label} as a table</summary>
            {open && <DataTable {...props} />}
        </details>
    );
}

function compare(one: number | string, other: number | string, descending = false): number {
    const order =
        typeof one === "string" || typeof other === "string"
            ? String(one).localeCompare(String(other), "en")
            : one - other;
    return descending ? -order : order;
}
