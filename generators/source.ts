import type { LedgerGroups } from "../lib/ledger/snapshot";
import type { RateShape } from "./rate-shape";

/** A message to be sent. */
export interface Message {
    /** Null when a message has nobody to belong to. */
    readonly key: string | null;
    readonly value: string;
    readonly partition: number;
}

/** What a run has made so far, exactly. */
export interface Made {
    /** The last event's place in the run; 0 before the first. */
    readonly sequence: number;
    /** The run's time at that event. */
    readonly time: number;
    readonly totals: Readonly<Record<string, number>>;
    /** The same by member of a group, as it was then; writing it out costs time, so ask only for what is published. */
    readonly groups?: () => LedgerGroups;
}

/** Makes the events of one run, one after the other. */
export interface Source {
    /**
     * Makes the next event for a topic with so many partitions, and adds its messages to those that are to be sent: one,
     * or more when faults are injected. A message that says an event again goes with it, so that a ledger, which
     * ends with a whole event, stays right for ever.
     */
    make(partitions: number, to: Message[]): void;
    /** What all calls of `make` have made; a copy. */
    made(): Made;
}

/** The time that events carry. */
export interface Clock {
    /** Event time at which the run begins. */
    readonly start: number;
    /** Time of the event with this sequence, in epoch milliseconds; sequences are asked for in their order. */
    at(sequence: number): number;
}

/** The time on the wall; it stands still while the machine's clock is set back, so that a run's time never goes back. */
export function wallClock(start: number): Clock {
    let latest = start;
    return {
        start,
        at: () => {
            latest = Math.max(latest, Date.now());
            return latest;
        },
    };
}

/**
 * A clock that only its start and the rate decide: with it a run is the same whenever and wherever it is made.
 * @param perSecond events in a second of its time, in the mean; 0 counts as 1,000.
 * @param shape how the rate changes over time.
 */
export function simulatedClock(start: number, perSecond: number, shape?: RateShape): Clock {
    const rate = perSecond === 0 ? 1_000 : perSecond;
    if (shape === undefined || shape.peak === 1) {
        const step = 1_000 / rate;
        return { start, at: (sequence) => start + Math.floor((sequence - 1) * step) };
    }
    // The first millisecond at which the event is earned. Looked for from the last one on, in growing steps and then by
    // halves: events are close to each other, and what is found does not depend on where the search begins.
    let latest = start;
    return {
        start,
        at(sequence) {
            const isEarned = (millis: number) => rate * shape.earned(start, millis) + 1e-9 >= sequence - 1;
            if (isEarned(latest)) return latest;
            let before = latest;
            let step = 1;
            while (!isEarned(before + step)) {
                before += step;
                step *= 2;
            }
            let after = before + step;
            while (after - before > 1) {
                const middle = Math.floor((before + after) / 2);
                if (isEarned(middle)) after = middle;
                else before = middle;
            }
            latest = after;
            return latest;
        },
    };
}
