import type { Clock } from "../../lib/clock";
import { type LedgerSnapshot, type SqlStore, StoreError } from "../../lib/ledger";
import { IDS_OF_RUN, RowSum, rowHash } from "./row-hash";
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
    /** What the topics alone make of everything that they hold so far. */
    readonly topics?: { rows(table: ComparedTable): Promise<Rows> };
    /** Trino, where it has the views. */
    readonly trino?: SqlStore;
    /** How far the view of orders looks back, in days. */
    readonly windowDays: number;
    /** How long the stores may take to agree about a row. */
    readonly timeoutMillis: number;
    /** The present and a pause, so that tests need not wait. */
    readonly clock: Clock;
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
 * Compares every row of the topics, of Pinot, and of the views, with the source, while changes flow.
 *
 * Nobody can read two stores in one moment, so a row that differs is looked at again until it was equal once, or the time
 * is over. Rows that were equal before, and are under way now, do not count.
 * @throws StoreError when a store cannot be asked.
 */
export async function customerRowChecks(args: RowChecksArgs): Promise<RowCheckResult[]> {
    const { source, topics, pinot, trino, windowDays } = args;
    const results: RowCheckResult[] = [];
    for (const table of COMPARED) {
        if (topics !== undefined) {
            results.push(
                await settle(
                    `${table.name}: rows of the topic, replayed, as in PostgreSQL`,
                    table,
                    () => sourceRows(table, source),
                    () => topics.rows(table),
                    args,
                ),
            );
        }
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

/**
 * Compares what runs of the generator that have ended left behind with their ledgers: rows, and a number made of all
 * their values. Runs that go on change rows while they are counted; for them row by row comparison is enough.
 * @param ledgers of the generator `customer-cdc`.
 * @throws StoreError when a store cannot be asked.
 */
export async function customerLedgerChecks(
    ledgers: readonly LedgerSnapshot[],
    { source, pinot }: Pick<RowChecksArgs, "source" | "pinot">,
): Promise<RowCheckResult[]> {
    const runs = ledgers.filter(({ generator, final }) => generator === "customer-cdc" && final);
    if (runs.length === 0) return [];
    const results: RowCheckResult[] = [];
    for (const table of COMPARED) {
        for (const [where, rows] of [
            ["PostgreSQL", await sourceRows(table, source)],
            ["Pinot", await pinotRows(table, pinot)],
        ] as const) {
            const wrong: string[] = [];
            let [expected, actual] = [0, 0];
            for (const { run, parameters, totals } of runs) {
                const sum = sumOf(rows, Number(parameters.firstId));
                expected += totals[`${table.name}_rows`] ?? 0;
                actual += sum.count;
                if (sum.count !== totals[`${table.name}_rows`]) wrong.push(`${run}: other rows`);
                else if (sum.value !== totals[`${table.name}_hash`]) wrong.push(`${run}: as many rows, other values`);
            }
            results.push({
                check: `${table.name}: rows in ${where} as the ledgers have them`,
                unit: "count",
                expected,
                actual,
                verdict: wrong.length === 0 ? "equal" : "different",
                ...(wrong.length > 0 && { hint: wrong.slice(0, 3).join("; ") }),
            });
        }
    }
    return results;
}

function sumOf(rows: Rows, firstId: number): RowSum {
    const sum = new RowSum();
    for (const [key, text] of rows) {
        const id = Number(key.split("/")[0]);
        if (id >= firstId && id < firstId + IDS_OF_RUN) sum.add(rowHash(text));
    }
    return sum;
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
