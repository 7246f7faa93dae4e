import type { SqlStore } from "../../lib/ledger";
import { productAnalytics, rawEvents } from "../../pipelines/product-analytics/contract";
import type { Watched } from "./probe";
import { RowVisibility } from "./row-visibility";
import { middleOf } from "./visibility";

/** How {@link watchProducts} looks at a run. */
export interface WatchProductsArgs {
    readonly run: string;
    /** The last sequence that is not looked at. */
    readonly after: number;
    /** Events of earlier times are not looked at: their rows may have been there before the first question. */
    readonly since: number;
    /** Pause between an answer and the next question. */
    readonly pollMillis: number;
    /** Enough has been seen: products' events in rows, and events of the run in all. */
    enough(samples: number, events: number): boolean;
    /** The latest moment to stop. */
    readonly deadline: number;
}

/** What {@link watchProducts} saw. */
export interface WatchedProducts extends Watched {
    /** Events about products that no row contained in the end. */
    readonly unseen: number;
}

/** Questions for rows between two for the events that they contain: those only have to be known in the end. */
const ROWS_PER_EVENTS = 10;

/**
 * Watches the rows of products take over a run's events: broker → Flink → broker → Pinot.
 * @throws StoreError when Pinot cannot be asked.
 */
export async function watchProducts(pinot: SqlStore, args: WatchProductsArgs): Promise<WatchedProducts> {
    const { run, since, pollMillis } = args;
    const seen = new RowVisibility();
    const known = new Set<number>();
    const queries: number[] = [];
    let complete = args.after;
    const askRows = async (): Promise<void> => {
        const asked = performance.now();
        const rows = await pinot.query(
            `SELECT product_id, update_time FROM ${productAnalytics.name} WHERE update_time >= ${since} LIMIT 100000`,
        );
        queries.push(performance.now() - asked);
        seen.seeRows(
            rows.map((row) => ({ key: String(row.product_id), time: Number(row.update_time) })),
            Date.now(),
        );
    };
    const askEvents = async (): Promise<void> => {
        const rows = await pinot.query(
            `SELECT sequence, event_type, product_id, event_timestamp, produced_at FROM ${rawEvents.name} ` +
                `WHERE run_id = '${run}' AND sequence > ${complete} LIMIT 100000`,
        );
        const fresh = rows.filter((row) => {
            const sequence = Number(row.sequence);
            if (known.has(sequence) || sequence <= complete) return false;
            known.add(sequence);
            return true;
        });
        while (known.delete(complete + 1)) complete++;
        seen.seeEvents(
            fresh
                .filter((row) => row.event_type !== "page_view" && Number(row.event_timestamp) >= since)
                .map((row) => ({
                    key: String(row.product_id),
                    time: Number(row.event_timestamp),
                    producedAt: Number(row.produced_at),
                })),
        );
    };
    const isDone = () => args.enough(seen.samples, complete - args.after) && seen.unseen === 0;
    for (let poll = 1; !isDone() && Date.now() < args.deadline; poll++) {
        await askRows();
        if (poll % ROWS_PER_EVENTS === 0) await askEvents();
        await new Promise((resolve) => setTimeout(resolve, pollMillis));
    }
    return {
        ...seen.summary(),
        unseen: seen.unseen,
        polls: queries.length,
        queryMillis: middleOf(queries),
        seenUpTo: complete,
    };
}
