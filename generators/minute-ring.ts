const MINUTE_MILLIS = 60_000;

/** The minute that a moment falls in, counted from the epoch. */
export function minuteOf(millis: number): number {
    return Math.floor(millis / MINUTE_MILLIS);
}

/**
 * Numbers by minute, for the newest minutes only: what a minute had is forgotten once it is too old, so that a run that
 * never ends keeps a bounded memory. Numbers lie in one array, so that a copy costs microseconds.
 */
export class MinuteRing<N extends string> {
    private constructor(
        private readonly names: readonly N[],
        private readonly minutes: Float64Array,
        private readonly values: Float64Array,
        private newest: number,
    ) {}

    /** An empty ring that looks back so many minutes. */
    static of<N extends string>(names: readonly N[], minutes: number): MinuteRing<N> {
        const none = new Float64Array(minutes).fill(Number.NEGATIVE_INFINITY);
        return new MinuteRing(names, none, new Float64Array(minutes * names.length), Number.NEGATIVE_INFINITY);
    }

    /** Time has come to this minute: what is too old from there on is forgotten. */
    advance(minute: number): void {
        if (minute > this.newest) this.newest = minute;
    }

    /** Adds to a minute's number; does nothing for a minute that is too old. */
    add(minute: number, name: number, amount: number): void {
        if (this.isForgotten(minute)) return;
        this.advance(minute);
        const slot = minute % this.minutes.length;
        const first = slot * this.names.length;
        if (this.minutes[slot] !== minute) {
            this.minutes[slot] = minute;
            this.values.fill(0, first, first + this.names.length);
        }
        this.values[first + name] = (this.values[first + name] ?? 0) + amount;
    }

    /** A copy that later additions do not change. */
    copy(): MinuteRing<N> {
        return new MinuteRing(this.names, this.minutes.slice(), this.values.slice(), this.newest);
    }

    /** Numbers by minute in epoch milliseconds, the oldest first; minutes in which all are 0 are left out. */
    read(): Record<string, Record<N, number>> {
        const present = [...this.minutes].filter((minute) => !this.isForgotten(minute)).sort((a, b) => a - b);
        const entries = present.flatMap((minute) => {
            const first = (minute % this.minutes.length) * this.names.length;
            const values = this.values.subarray(first, first + this.names.length);
            if (values.every((value) => value === 0)) return [];
            const numbers = this.names.map((name, index) => [name, values[index] ?? 0] as const);
            return [[String(minute * MINUTE_MILLIS), Object.fromEntries(numbers) as Record<N, number>] as const];
        });
        return Object.fromEntries(entries);
    }

    private isForgotten(minute: number): boolean {
        return minute <= this.newest - this.minutes.length || minute === Number.NEGATIVE_INFINITY;
    }
}
