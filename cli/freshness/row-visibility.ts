import { type Latencies, latenciesOf } from "./visibility";

/** An event that a row will contain. */
export interface RowEvent {
    /** Key of the row. */
    readonly key: string;
    /** Event time, which the row takes over. */
    readonly time: number;
    /** When it was handed to the broker. */
    readonly producedAt: number;
}

/** A version of a row: the event time of the newest event that it contains. */
export interface RowVersion {
    readonly key: string;
    readonly time: number;
}

/**
 * When rows first contained each event. A row that is as new as an event contains it: an event of the same row that
 * overtook it, out of another partition, can make it look earlier by the milliseconds between the two.
 */
export class RowVisibility {
    private readonly versions = new Map<string, { readonly time: number; readonly at: number }[]>();
    private waiting: RowEvent[] = [];
    private readonly latencies: number[] = [];

    /** Events that rows have been seen to contain. */
    get samples(): number {
        return this.latencies.length;
    }

    /** Events that no row contains yet. */
    get unseen(): number {
        return this.waiting.length;
    }

    /**
     * Takes in the rows of an answer.
     * @param at when the answer was there.
     */
    seeRows(rows: readonly RowVersion[], at: number): void {
        for (const { key, time } of rows) {
            const known = this.versions.get(key) ?? [];
            if (time <= (known.at(-1)?.time ?? Number.NEGATIVE_INFINITY)) continue;
            known.push({ time, at });
            this.versions.set(key, known);
        }
        this.resolve();
    }

    /** Takes in events, also such as rows contain already: when that was seen is remembered. */
    seeEvents(events: readonly RowEvent[]): void {
        this.waiting.push(...events);
        this.resolve();
    }

    /** The percentiles so far. */
    summary(): Latencies {
        return latenciesOf(this.latencies);
    }

    private resolve(): void {
        this.waiting = this.waiting.filter(({ key, time, producedAt }) => {
            const first = this.versions.get(key)?.find((version) => version.time >= time);
            if (first === undefined) return true;
            this.latencies.push(Math.max(0, first.at - producedAt));
            return false;
        });
    }
}
