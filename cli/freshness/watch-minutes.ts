import type { Clock } from "../../lib/clock";
import type { SqlStore } from "../../lib/ledger";
import { activeUsers, WATERMARK_SECONDS } from "../../pipelines/product-analytics/contract";
import type { Watched } from "./probe";
import { latenciesOf, middleOf } from "./visibility";

/** How {@link watchMinutes} looks. */
export interface WatchMinutesArgs {
    /** Minutes to see. */
    readonly minutes: number;
    /** Pause between an answer and the next question. */
    readonly pollMillis: number;
    /** The latest moment to stop. */
    readonly deadline: number;
    /** The present and a pause, so that tests need not wait. */
    readonly clock: Clock;
}

/**
 * Watches minutes come into the table of active users, from the moment at which they can be closed: the watermark is past
 * their end as soon as an event of {@link WATERMARK_SECONDS} later has come, which at a few events a second is at once.
 * @throws StoreError when Pinot cannot be asked.
 */
export async function watchMinutes(pinot: SqlStore, args: WatchMinutesArgs): Promise<Watched> {
    const { minutes, pollMillis, deadline, clock } = args;
    const began = clock.now();
    const latencies = new Map<number, number>();
    const queries: number[] = [];
    while (latencies.size < minutes && clock.now() < deadline) {
        const asked = clock.now();
        const rows = await pinot.query(
            `SELECT window_end FROM ${activeUsers.name} WHERE window_end > ${began} LIMIT 1000`,
        );
        const now = clock.now();
        queries.push(now - asked);
        for (const end of rows.map((row) => Number(row.window_end))) {
            if (!latencies.has(end)) latencies.set(end, Math.max(0, now - end - WATERMARK_SECONDS * 1_000));
        }
        if (latencies.size < minutes) await clock.sleep(pollMillis);
    }
    return {
        ...latenciesOf([...latencies.values()]),
        polls: queries.length,
        queryMillis: middleOf(queries),
        seenUpTo: 0,
    };
}
