import { type SqlStore, StoreError } from "../../lib/ledger";
import {
    COMPARED,
    type ComparedTable,
    DuplicateRow,
    differencesText,
    pinotRows,
    type RowDifference,
    type Rows,
    rowDifferences,
    sourceRows,
    viewRows,
} from "./rows";

/** What is compared, and how patiently. */
export interface RowChecksArgs {
    /** PostgreSQL, which is right by definition. */
    readonly source: SqlStore;
    readonly pinot: SqlStore;
    /** Trino, where it has the views. */
    readonly trino?: SqlStore;
    /** How far the view of orders looks back, in days. */
    readonly windowDays: number;
    /** How long the stores may take to agree about a row. */
    readonly timeoutMillis: number;
    /** The present and a pause, so that tests need not wait. */
    readonly clock: { now(): number; sleep(milliseconds: number): Promise<void> };
}

/** A line of the report: how many rows of the source a store has exactly as they are. */
export interface RowCheckResult {
    readonly check: string;
    readonly unit: "count";
    readonly expected: number;
    readonly actual: number;
    readonly verdict: "equal" | "different";
    readonly hint?: string;
}

const PAUSE_MILLIS = 250;

/**
 * Compares every row of Pinot, and of the views, with the source, while changes flow.
 *
 * Nobody can read two stores in one moment, so a row that differs is looked at again until it was equal once, or the time
 * is over. Rows that were equal before, and are under way now, do not count.
 * @throws StoreError when a store cannot be asked.
 */
export async function customerRowChecks(args: RowChecksArgs): Promise<RowCheckResult[]> {
    const { source, pinot, trino, windowDays } = args;
    const results: RowCheckResult[] = [];
    for (const table of COMPARED) {
        results.push(
            await settle(
                `${table.name}: rows in Pinot as in PostgreSQL`,
                table,
                () => sourceRows(table, source),
                () => pinotRows(table, pinot),
                args,
            ),
        );
        if (trino === undefined) continue;
        const condition = table.viewCondition(windowDays);
        results.push(
            await settle(
                `${table.name}: rows of the Trino view as in PostgreSQL`,
                table,
                () => sourceRows(table, source, condition),
                () => viewRows(table, trino),
                args,
            ),
        );
    }
    return results;
}

async function settle(
    check: string,
    { name }: ComparedTable,
    readExpected: () => Promise<Rows>,
    readActual: () => Promise<Rows>,
    { timeoutMillis, clock }: RowChecksArgs,
): Promise<RowCheckResult> {
    const deadline = clock.now() + timeoutMillis;
    let open: ReadonlySet<string> | undefined;
    for (;;) {
        const isLast = clock.now() + PAUSE_MILLIS > deadline;
        const attempt = await compared(readExpected, readActual, isLast);
        if (attempt !== undefined) {
            const { rows, differences } = attempt;
            const left: RowDifference[] = differences.filter(({ key }) => open?.has(key) ?? true);
            if (left.length === 0) return { check, unit: "count", expected: rows, actual: rows, verdict: "equal" };
            if (isLast) {
                const wrong = left.filter(({ expected }) => expected !== undefined).length;
                const hint = differencesText(name, left);
                return { check, unit: "count", expected: rows, actual: rows - wrong, verdict: "different", hint };
            }
            open = new Set(left.map(({ key }) => key));
        }
        await clock.sleep(PAUSE_MILLIS);
    }
}

/** Undefined when a store did not answer as it should, and there is time to ask again. */
async function compared(readExpected: () => Promise<Rows>, readActual: () => Promise<Rows>, isLast: boolean) {
    try {
        const expected = await readExpected();
        return { rows: expected.size, differences: rowDifferences(expected, await readActual()) };
    } catch (error) {
        if (!(error instanceof StoreError || error instanceof DuplicateRow) || isLast) throw error;
        return undefined;
    }
}
