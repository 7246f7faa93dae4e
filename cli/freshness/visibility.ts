/** Percentiles of how long events took to become visible, in milliseconds. */
export interface Latencies {
    readonly samples: number;
    readonly p50: number;
    readonly p95: number;
    readonly max: number;
}

/** When each event of a run was first seen: every answer of a store is compared with those before it. */
export class Visibility {
    private readonly ahead = new Set<number>();
    private readonly latencies: number[] = [];
    private everythingUpTo: number;

    /**
     * @param after the last sequence that is not looked at.
     * @param believable what the run's rows can be: earliest produce time, last sequence.
     */
    constructor(
        after: number,
        private readonly believable: { readonly since?: number; readonly most?: number } = {},
    ) {
        this.everythingUpTo = after;
    }

    /** All events up to this sequence have been seen: the next question starts behind it. */
    get seenUpTo(): number {
        return this.everythingUpTo;
    }

    /** Events that have been seen for the first time. */
    get samples(): number {
        return this.latencies.length;
    }

    /**
     * Takes in an answer.
     * @param at when the answer was there; the wait for it counts, since a reader waits for it too.
     */
    see(rows: readonly { readonly sequence: number; readonly producedAt: number }[], at: number): void {
        for (const { sequence, producedAt } of rows) {
            if (sequence <= this.everythingUpTo || this.ahead.has(sequence)) continue;
            // In some of our measurements one answer of Pinot 0.11 held a row that is not in the table: values of another
            // row while one was being taken in. What cannot be of this run is no sample; the row comes again, whole.
            const { since = 0, most = Number.POSITIVE_INFINITY } = this.believable;
            if (producedAt < since || sequence > most) continue;
            this.ahead.add(sequence);
            this.latencies.push(Math.max(0, at - producedAt));
        }
        while (this.ahead.delete(this.everythingUpTo + 1)) this.everythingUpTo++;
    }

    /** The percentiles so far. */
    summary(): Latencies {
        return latenciesOf(this.latencies);
    }
}

/** The percentiles of durations, in milliseconds. */
export function latenciesOf(durations: readonly number[]): Latencies {
    const sorted = [...durations].sort((a, b) => a - b);
    return {
        samples: sorted.length,
        p50: percentile(sorted, 50),
        p95: percentile(sorted, 95),
        max: sorted.at(-1) ?? 0,
    };
}

/** The middle one of durations, in whole milliseconds; the later of two middle ones, 0 of none. */
export function middleOf(durations: readonly number[]): number {
    const sorted = [...durations].sort((a, b) => a - b);
    return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}

/** The smallest value that is not exceeded by so many of a hundred (nearest rank); 0 of none. */
export function percentile(sorted: readonly number[], percent: number): number {
    return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}
