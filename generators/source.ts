import type { LedgerGroups } from "../lib/ledger/snapshot";

/** A message to be sent. */
export interface Message {
    readonly key: string;
    readonly value: string;
    readonly partition: number;
}

/** What a run has made so far, exactly. */
export interface Made {
    /** The last event's place in the run; 0 before the first. */
    readonly sequence: number;
    /** Its event time. */
    readonly time: number;
    readonly totals: Readonly<Record<string, number>>;
    /** The same by member of a group, as it was then; writing it out costs time, so ask only for what is published. */
    readonly groups?: () => LedgerGroups;
}

/** Makes the events of one run, one after the other. */
export interface Source {
    /** The next event, for a topic with so many partitions. */
    make(partitions: number): Message;
    /** What all calls of `make` have made; a copy. */
    made(): Made;
}

/** The time that events carry. */
export interface Clock {
    /** Event time at which the run begins. */
    readonly start: number;
    /** Time of the event with this sequence, in epoch milliseconds. */
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
 * @param perSecond events in a second of its time; 0 counts as 1,000.
 */
export function simulatedClock(start: number, perSecond: number): Clock {
    const step = 1_000 / (perSecond === 0 ? 1_000 : perSecond);
    return { start, at: (sequence) => start + Math.floor((sequence - 1) * step) };
}
