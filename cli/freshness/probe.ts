import { type SqlStore, StoreError } from "../../lib/ledger";
import { rawEvents } from "../../pipelines/product-analytics/contract";
import { type Latencies, middleOf, Visibility } from "./visibility";

/** A run that sent within this time is live. */
export const LIVE_MILLIS = 60_000;

/** How {@link watch} looks at a run. */
export interface WatchArgs {
    /** Asks for `sequence` and `produced_at` of rows behind a sequence. */
    question(after: number): string;
    /** The last sequence that is not looked at. */
    readonly after: number;
    /** Pause between an answer and the next question. */
    readonly pollMillis: number;
    /** The earliest produce time that the run's new events can have. */
    readonly since: number;
    /** The last sequence that the run will have; unknown when it is not the probe's own. */
    readonly most?: number;
    /** Enough has been seen. */
    enough(seen: Visibility): boolean;
    /** The latest moment to stop. */
    readonly deadline: number;
}

/** What {@link watch} saw. */
export interface Watched extends Latencies {
    /** Questions asked, and how long the middle one took: what was seen is late by this much at most. */
    readonly polls: number;
    readonly queryMillis: number;
    readonly seenUpTo: number;
}

/** Raw events of a run, as {@link watch} asks for them. */
export function eventsOfRun(run: string): WatchArgs["question"] {
    return (after) =>
        `SELECT sequence, produced_at FROM ${rawEvents.name} ` +
        `WHERE run_id = '${run}' AND sequence > ${after} LIMIT 10000`;
}

/**
 * Watches rows become visible in Pinot.
 * @throws StoreError when Pinot cannot be asked.
 */
export async function watch(pinot: SqlStore, args: WatchArgs): Promise<Watched> {
    const seen = new Visibility(args.after, args);
    const queries: number[] = [];
    while (!args.enough(seen) && Date.now() < args.deadline) {
        const asked = performance.now();
        const rows = await pinot.query(args.question(seen.seenUpTo));
        queries.push(performance.now() - asked);
        seen.see(
            rows.map((row) => ({ sequence: Number(row.sequence), producedAt: Number(row.produced_at) })),
            Date.now(),
        );
        await new Promise((resolve) => setTimeout(resolve, args.pollMillis));
    }
    return { ...seen.summary(), polls: queries.length, queryMillis: middleOf(queries), seenUpTo: seen.seenUpTo };
}

/**
 * The run that sends right now, and how far Pinot has it.
 * @throws StoreError when none does.
 */
export async function liveRun(pinot: SqlStore): Promise<{ run: string; after: number }> {
    const now = Date.now();
    const [row] = await pinot.query(
        `SELECT run_id, MAX(sequence) AS last, MAX(produced_at) AS newest FROM ${rawEvents.name} ` +
            `WHERE produced_at > ${now - LIVE_MILLIS} AND produced_at <= ${now} ` +
            "GROUP BY run_id ORDER BY MAX(produced_at) DESC LIMIT 1",
    );
    if (row === undefined) {
        throw new StoreError(
            `no event of the last ${LIVE_MILLIS / 1_000} s is in Pinot: nothing to measure\n` +
                "Way out: start the generator (make up), or let the probe send events of its own (--rate).",
        );
    }
    return { run: String(row.run_id), after: Number(row.last) };
}
