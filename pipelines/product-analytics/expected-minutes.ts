import type { LedgerSnapshot } from "../../lib/ledger";
import { CLICKSTREAM_GROUPS, LEDGER_MINUTES } from "./contract";

/** A minute, in milliseconds. */
export const MINUTE = 60_000;
/** After its end a window stays open for what comes out of order, as the job's watermark says; and a moment to close. */
const WINDOW_SLACK = 6_000;
/** Sessions of which an event came a day late begin a day ago: minutes as old as that are not a ledger's alone. */
const LONGEST_LOOK_BACK = 23 * 60 * MINUTE;

const OF_SESSIONS = CLICKSTREAM_GROUPS.session_starts;

/** A number that the ledger keeps of the sessions that began in a minute. */
export type SessionNumber = (typeof OF_SESSIONS)[number];

/** What {@link closedWindows} found. */
export interface ClosedWindows {
    /** Distinct users by start of the minute, where one run alone was at work. */
    readonly users: ReadonlyMap<number, number>;
    /** Minutes that several runs share: their users may be the same people, so only the events know how many. */
    readonly shared: readonly number[];
}

/**
 * The windows that nothing changes any more, with the distinct users that the ledgers know.
 * @param from the oldest moment that counts: what stores have forgotten cannot be compared.
 */
export function closedWindows(runs: readonly LedgerSnapshot[], from: number): ClosedWindows {
    const newest = newestOf(runs);
    const users = new Map<number, number>();
    const shared: number[] = [];
    for (const minute of minutesOf(runs, "active_users")) {
        if (minute < from || minute + MINUTE + WINDOW_SLACK > newest) continue;
        const touching = runs.filter((run) => touches(run, minute));
        // Events of a simulated time are late to windows that are closed, and early to those that are not.
        if (touching.some((run) => run.parameters.simulatedClock === true)) continue;
        if (!touching.every((run) => knows(run, minute) && (run.final || isPast(run, minute)))) continue;
        const seen = touching.map((run) => run.groups?.active_users?.[minute]?.users ?? 0).filter((count) => count > 0);
        if (seen.length === 1) users.set(minute, seen[0] ?? 0);
        else if (seen.length > 1) shared.push(minute);
    }
    return { users, shared };
}

/**
 * The minutes in which sessions began that are all over, with what happened in them.
 * @param from the oldest moment that counts.
 */
export function finishedSessions(
    runs: readonly LedgerSnapshot[],
    from: number,
): Map<number, Readonly<Record<SessionNumber, number>>> {
    const oldest = Math.max(from, newestOf(runs) - LONGEST_LOOK_BACK);
    const found = new Map<number, Readonly<Record<SessionNumber, number>>>();
    for (const minute of minutesOf(runs, "session_starts")) {
        if (minute < oldest) continue;
        const touching = runs.filter((run) => touches(run, minute));
        if (!touching.every((run) => knows(run, minute) && hasFinished(run, minute))) continue;
        const sum = (name: SessionNumber) =>
            touching.reduce((total, run) => total + (run.groups?.session_starts?.[minute]?.[name] ?? 0), 0);
        const numbers = Object.fromEntries(OF_SESSIONS.map((name) => [name, sum(name)]));
        found.set(minute, numbers as Readonly<Record<SessionNumber, number>>);
    }
    return found;
}

/** The latest event time of which the ledgers speak. */
export function newestOf(runs: readonly LedgerSnapshot[]): number {
    return Math.max(0, ...runs.map(({ watermarkTime }) => watermarkTime));
}

/** The run's clock was in this minute. */
function touches({ clockStart, watermarkTime, final }: LedgerSnapshot, minute: number): boolean {
    // A run that is not final may have gone on, unknown to its ledger.
    return clockStart < minute + MINUTE && (watermarkTime >= minute || (!final && watermarkTime + MINUTE > minute));
}

/** The run's ledger looks back that far. */
function knows({ groups, watermarkTime }: LedgerSnapshot, minute: number): boolean {
    return groups !== undefined && minute > watermarkTime - (LEDGER_MINUTES - 1) * MINUTE;
}

/** The run's clock has left this minute. */
function isPast({ watermarkTime }: LedgerSnapshot, minute: number): boolean {
    return watermarkTime >= minute + MINUTE;
}

function hasFinished(run: LedgerSnapshot, minute: number): boolean {
    if (run.final) return true;
    const numbers = run.groups?.session_starts?.[minute];
    return isPast(run, minute) && (numbers === undefined || numbers.sessions === numbers.over);
}

function minutesOf(runs: readonly LedgerSnapshot[], group: "active_users" | "session_starts"): number[] {
    const found = new Set(runs.flatMap(({ groups }) => Object.keys(groups?.[group] ?? {}).map(Number)));
    return [...found].sort((a, b) => a - b);
}
