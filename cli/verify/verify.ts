import type { Clock } from "../../lib/clock";
import {
    type CheckSet,
    type LedgerSnapshot,
    type StateCheckSet,
    type StateLine,
    StoreError,
    type Stores,
} from "../../lib/ledger";
import { LedgerError } from "../../lib/ledger/read";
import { type CheckResult, compare, differencesOf, type MeasuredRun } from "./compare";

/** What {@link verify} works with. */
export interface VerifyArgs {
    readonly checkSets: readonly CheckSet[];
    /** Compared after them. @default none */
    readonly stateSets?: readonly StateCheckSet[];
    readonly stores: Stores;
    /** Reads the newest snapshot of every run. */
    readLedgers(): Promise<readonly LedgerSnapshot[]>;
    /** How long ledger and stores may take to agree. */
    readonly timeoutMillis: number;
    /** The present and a pause, so that tests need not wait. */
    readonly clock: Clock;
}

/** What {@link verify} found. */
export interface Report {
    readonly checks: readonly CheckResult[];
    /** Runs that were compared. */
    readonly runs: number;
    /** Runs that began before what the stores still keep, and were left out. */
    readonly expired: number;
    /** Events that they had sent up to their watermarks. */
    readonly events: number;
    readonly differences: number;
    /** What could not be compared, and why. */
    readonly notes: readonly string[];
    readonly millis: number;
}

const FIRST_PAUSE_MILLIS = 250;
const LONGEST_PAUSE_MILLIS = 2_000;

/** How much longer stores may take while they still catch up, as after a restart: so many times the time-out. */
const PATIENCE = 9;

/**
 * Compares stores with ledgers, up to each run's watermark, while data keeps flowing. Stores take in events
 * asynchronously, so a difference counts only when it stays until the time is over.
 * @throws LedgerError when there is no ledger, StoreError when a store cannot be asked.
 */
export async function verify(args: VerifyArgs): Promise<Report> {
    const began = args.clock.now();
    const deadline = began + args.timeoutMillis;
    const results: CheckResult[] = [];
    let runs = 0;
    let events = 0;
    let expired = 0;
    for (const set of args.checkSets) {
        const found = await settle(set, args, deadline);
        results.push(...found.results);
        runs += found.runs.length;
        expired += found.expired;
        events += found.runs.reduce((sum, { run }) => sum + run.watermark, 0);
    }
    const notes: string[] = [];
    // State waits for the same time again: it comes later than the events that it is made of.
    const lastDeadline = Math.max(deadline, args.clock.now() + args.timeoutMillis / 2);
    for (const set of args.stateSets ?? []) {
        const found = await settleState(set, args, lastDeadline);
        results.push(...found.results);
        notes.push(...found.notes);
    }
    const differences = results.filter(({ verdict }) => verdict === "different").length;
    return { checks: results, runs, expired, events, differences, notes, millis: args.clock.now() - began };
}

async function settle(set: CheckSet, args: VerifyArgs, deadline: number) {
    const { stores, clock } = args;
    const settled = new Map<string, MeasuredRun>();
    const ledgers = await ledgersOf(set, args, deadline);
    const expired = ledgers.expired.length;
    let open: readonly LedgerSnapshot[] = ledgers.open;
    let strangers: string[] = [];
    let reached = Number.NEGATIVE_INFINITY;
    for (let pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS)) {
        const attempt = await asked(deadline, clock, async () => {
            const measured: MeasuredRun[] = [];
            for (const run of open) measured.push({ run, measured: await set.measure(run, stores) });
            const known = new Set([...settled.keys(), ...[...ledgers.expired, ...open].map(({ run }) => run)]);
            return { measured, unknown: (await set.runs(stores)).filter((run) => !known.has(run)) };
        });
        const different = attempt.measured.filter((each) => differencesOf(set, each).length > 0);
        for (const each of attempt.measured) if (!different.includes(each)) settled.set(each.run.run, each);
        strangers = attempt.unknown;
        if (different.length === 0 && strangers.length === 0)
            return { runs: [...settled.values()], expired, results: lines() };
        const present = [...settled.values(), ...different].reduce((sum, each) => sum + everythingIn(each), 0);
        const catchesUp = present > reached;
        reached = present;
        if (clock.now() + pause > deadline + (catchesUp ? PATIENCE * args.timeoutMillis : 0)) {
            const explained = new Map<string, string>();
            for (const each of different) {
                settled.set(each.run.run, each);
                const why = await set.explain(each.run, each.measured, stores);
                if (why !== undefined) explained.set(each.run.run, why);
            }
            return { runs: [...settled.values()], expired, results: lines(explained) };
        }
        await clock.sleep(pause);
        // A run that began after the ledgers were read is no stranger: look again before accusing it.
        const begun = strangers.length === 0 ? [] : await args.readLedgers();
        open = [...different.map(({ run }) => run), ...begun.filter(({ run }) => strangers.includes(run))];
    }

    function lines(explained?: ReadonlyMap<string, string>): CheckResult[] {
        const hint = `events of ${strangers.slice(0, 3).join(", ")} were written by something that keeps no ledger`;
        return [
            ...compare(set, [...settled.values()], explained),
            {
                check: set.strangers,
                unit: "count",
                expected: 0,
                actual: strangers.length,
                verdict: strangers.length === 0 ? "equal" : "different",
                ...(strangers.length === 0 ? {} : { hint }),
            },
        ];
    }
}

/** All that was measured of a run, as one number that only grows while a store takes in what it has missed. */
function everythingIn({ measured }: MeasuredRun): number {
    return Object.values(measured).reduce((sum, value) => sum + value, 0);
}

/** How far apart state and ledger are, in parts of the whole: both grow while events flow. */
function distance(lines: readonly StateLine[]): number {
    return lines.reduce(
        (sum, { expected, actual }) =>
            sum + Math.abs(expected - actual) / Math.max(Math.abs(expected), Math.abs(actual), 1),
        0,
    );
}

async function settleState(set: StateCheckSet, args: VerifyArgs, deadline: number) {
    const { clock, timeoutMillis } = args;
    const comparison = set.begin();
    let nearest = Number.POSITIVE_INFINITY;
    for (let pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS)) {
        const { lines, notes } = await asked(deadline, clock, () => comparison.attempt(args));
        const apart = distance(lines);
        const catchesUp = apart < nearest;
        nearest = Math.min(nearest, apart);
        const over = clock.now() + pause > deadline + (catchesUp ? PATIENCE * timeoutMillis : 0);
        if (over || lines.every(({ equal }) => equal)) {
            const results = lines.map(({ equal, ...line }): CheckResult => {
                return { ...line, verdict: equal ? "equal" : "different" };
            });
            return { results, notes };
        }
        await clock.sleep(pause);
    }
}

async function ledgersOf(set: CheckSet, args: VerifyArgs, deadline: number) {
    const { clock, stores, timeoutMillis } = args;
    const kept = await asked(deadline, clock, () => set.retentionMillis(stores));
    for (;;) {
        const horizon = kept === undefined ? 0 : clock.now() - kept;
        const found = (await args.readLedgers()).filter(
            // The first event takes a moment at low rates; comparing nothing with nothing would prove nothing.
            ({ generator, watermark }) => generator === set.generator && watermark > 0,
        );
        const open = found.filter(({ clockStart }) => clockStart > horizon);
        const expired = found.filter(({ clockStart }) => clockStart <= horizon);
        if (open.length > 0) return { open, expired };
        if (clock.now() + 1_000 > deadline) {
            const old =
                expired.length > 0 ? `; ${expired.length} older runs began before what the stores still keep` : "";
            throw new LedgerError(
                `no ledger of the generator "${set.generator}" says that an event was sent, ` +
                    `after ${timeoutMillis / 1_000} s${old}\n` +
                    "Way out: make status shows whether the generator runs; its log says what it waits for.",
            );
        }
        await clock.sleep(1_000);
    }
}

/** Asks until the stores answer or the time is over. */
async function asked<T>(deadline: number, clock: VerifyArgs["clock"], question: () => Promise<T>): Promise<T> {
    for (;;) {
        try {
            return await question();
        } catch (error) {
            if (!(error instanceof StoreError) || clock.now() + 1_000 > deadline) throw error;
            await clock.sleep(1_000);
        }
    }
}
