import type { CheckSet, CheckUnit, LedgerSnapshot } from "../../lib/ledger";

/** A line of the report. */
export interface CheckResult {
    readonly check: string;
    readonly unit: CheckUnit;
    readonly expected: number;
    readonly actual: number;
    readonly verdict: "equal" | "different";
    /** Of a difference: which runs, by how much, and what that means. */
    readonly hint?: string;
}

/** A run with what the stores say about it. */
export interface MeasuredRun {
    readonly run: LedgerSnapshot;
    readonly measured: Readonly<Record<string, number>>;
}

/** Names of the checks in which a run differs from its ledger. */
export function differencesOf({ checks }: CheckSet, { run, measured }: MeasuredRun): string[] {
    return checks.filter((each) => each.expected(run) !== (measured[each.measured] ?? 0)).map(({ check }) => check);
}

/**
 * Adds up runs to one line a check. A check is equal only if it is in each run: differences never cancel.
 * @param explained what {@link CheckSet.explain} found, by run.
 */
export function compare(
    { checks }: CheckSet,
    runs: readonly MeasuredRun[],
    explained: ReadonlyMap<string, string> = new Map(),
): CheckResult[] {
    return checks.map((each) => {
        const lines = runs.map(({ run, measured }) => ({
            run: run.run,
            expected: each.expected(run),
            actual: measured[each.measured] ?? 0,
        }));
        const wrong = lines.filter(({ expected, actual }) => expected !== actual);
        const total = (side: "expected" | "actual") => lines.reduce((sum, line) => sum + line[side], 0);
        const hints = wrong.map(({ run, expected, actual }) => {
            const by = write(actual - expected, each.unit, true);
            const why = explained.get(run);
            return `${by} in run ${run}${why === undefined ? "" : `: ${why}`}`;
        });
        return {
            check: each.check,
            unit: each.unit,
            expected: total("expected"),
            actual: total("actual"),
            verdict: wrong.length === 0 ? "equal" : "different",
            ...(hints.length === 0 ? {} : { hint: hints.slice(0, 3).join("; ") + (hints.length > 3 ? "; …" : "") }),
        };
    });
}

/** A number as the table writes it: digits in groups of three, cents as an amount with two decimals. */
export function write(value: number, unit: CheckUnit, signed = false): string {
    const sign = value < 0 ? "-" : signed ? "+" : "";
    const digits = String(Math.abs(unit === "cents" ? Math.trunc(value / 100) : value));
    const grouped = digits.replace(/\B(?=(\d{3})+$)/g, " ");
    return `${sign}${grouped}${unit === "cents" ? `.${String(Math.abs(value % 100)).padStart(2, "0")}` : ""}`;
}
