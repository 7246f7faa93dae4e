import type {
    LedgerSnapshot,
    PinotStore,
    StateComparison,
    StateFindings,
    StateLine,
    StateSources,
} from "../../lib/ledger";
import { CLICKSTREAM_MALFORMED, REJECTION_REASONS, type RejectionReason, rejectedMessages } from "./contract";

/** What each kind of malformed message that a generator sends is rejected for, by the ledger's name of it. */
const KINDS = CLICKSTREAM_MALFORMED.map((kind) => {
    const reason: RejectionReason = REJECTION_REASONS[kind];
    return [`malformed_${kind}`, reason] as const;
});
const MOST_ROWS = 100_000;
/** A run that goes on publishes a ledger every second: one that has not for so long was killed. */
const SILENT_MILLIS = 60_000;

/** A run's count of one reason: what the ledger says before and after the question, and what the store says. */
interface Bracket {
    readonly least: number;
    readonly most: number;
    readonly actual: number;
}

/**
 * Compares rejected messages with what the generators sent on purpose, by run and reason.
 *
 * They carry no sequence, so the ledger is read before and after the question: while it stands still the number has to
 * be its own, and while it grows one of those that it passed. Of a run that was killed nobody knows how many it sent after
 * its last ledger: there, at least the ledger's are expected.
 */
export class RejectedComparison implements StateComparison {
    async attempt({ readLedgers, stores: { pinot } }: StateSources): Promise<StateFindings> {
        const kept = await pinot.retentionMillis(rejectedMessages.name);
        const horizon = kept === undefined ? 0 : Date.now() - kept;
        const young = (runs: readonly LedgerSnapshot[]) => runs.filter(({ clockStart }) => clockStart >= horizon);
        const before = young(await readLedgers());
        const rows = await rejectedRows(pinot);
        const after = new Map(young(await readLedgers()).map((run) => [run.run, run]));
        const reasons = new Set<string>(KINDS.map(([, reason]) => reason));
        const killed = new Set(before.filter((run) => isKilled(run, Date.now())).map(({ run }) => run));
        const lines = KINDS.map(([name, reason]) => {
            const brackets = before.map(({ run, totals }): Bracket => {
                const most = killed.has(run) ? Number.POSITIVE_INFINITY : (after.get(run)?.totals[name] ?? 0);
                return { least: totals[name] ?? 0, most, actual: rows.get(run)?.get(reason) ?? 0 };
            });
            return lineOf(reason, brackets);
        });
        const others = before
            .flatMap(({ run }) => [...(rows.get(run) ?? [])])
            .filter(([reason]) => !reasons.has(reason));
        const real = others.reduce((sum, [, count]) => sum + count, 0);
        const hint = `real events were rejected: ${others.map(([reason, count]) => `${count} × ${reason}`).join(", ")}`;
        lines.push({
            check: `${rejectedMessages.name}: for any other reason`,
            unit: "count",
            expected: 0,
            actual: real,
            equal: real === 0,
            ...(real === 0 ? {} : { hint }),
        });
        const surplus = [...killed].filter((run) => malformedOf(before, run) < totalOf(rows.get(run)));
        const notes = surplus.map((run) => {
            return `${rejectedMessages.name}: what run ${run} sent after its last ledger, since it was killed`;
        });
        return { lines: lines.filter(({ expected, actual, equal }) => !equal || expected + actual > 0), notes };
    }
}

/** Whether a run has ended without saying so. @param now in epoch milliseconds. */
export function isKilled({ final, clockStart, watermarkTime, parameters }: LedgerSnapshot, now: number): boolean {
    // The time of a simulated clock says nothing about when it was.
    const last = parameters.simulatedClock === true ? clockStart : watermarkTime;
    return !final && last < now - SILENT_MILLIS;
}

function malformedOf(runs: readonly LedgerSnapshot[], name: string): number {
    return runs.find(({ run }) => run === name)?.totals.malformed ?? 0;
}

function totalOf(reasons: ReadonlyMap<string, number> = new Map()): number {
    return [...reasons.values()].reduce((sum, count) => sum + count, 0);
}

function lineOf(reason: string, brackets: readonly Bracket[]): StateLine {
    const wrong = brackets.filter(({ least, most, actual }) => actual < least || actual > most);
    const expected = brackets.reduce((sum, { least, most, actual }) => {
        return sum + Math.min(Math.max(actual, least), most);
    }, 0);
    const actual = brackets.reduce((sum, bracket) => sum + bracket.actual, 0);
    return {
        check: `${rejectedMessages.name}: ${reason}`,
        unit: "count",
        expected,
        actual,
        equal: wrong.length === 0,
        ...(wrong.length === 0 ? {} : { hint: `${actual - expected > 0 ? "+" : ""}${actual - expected} messages` }),
    };
}

async function rejectedRows(pinot: PinotStore): Promise<Map<string, Map<string, number>>> {
    const rows = await pinot.query(
        `SELECT run_id, reason, COUNT(*) AS messages FROM ${rejectedMessages.name} ` +
            `GROUP BY run_id, reason LIMIT ${MOST_ROWS}`,
    );
    const byRun = new Map<string, Map<string, number>>();
    for (const row of rows) {
        const run = byRun.get(String(row.run_id)) ?? new Map<string, number>();
        byRun.set(String(row.run_id), run.set(String(row.reason), Number(row.messages)));
    }
    return byRun;
}
