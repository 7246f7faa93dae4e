import type { LedgerSnapshot } from "./snapshot";

/** How a number is written: pieces, or cents as an amount with two decimals. */
export type CheckUnit = "count" | "cents";

/** A store that answers SQL with rows. */
export interface SqlStore {
    /** @throws StoreError when it cannot be asked. */
    query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** A store whose tables may forget old rows. */
export interface PinotStore extends SqlStore {
    /**
     * How long a table keeps rows, by their time column; undefined if for ever.
     * @throws StoreError when it cannot be asked.
     */
    retentionMillis(table: string): Promise<number | undefined>;
}

/** The stores that checks may ask. */
export interface Stores {
    readonly pinot: PinotStore;
}

/** One number that the ledger and a store must agree on. */
export interface Check {
    /** How the table calls it, as `raw-events: revenue`. */
    readonly check: string;
    readonly unit: CheckUnit;
    /** Name of the number among those that {@link CheckSet.measure} returns. */
    readonly measured: string;
    /** What the ledger says. */
    expected(run: LedgerSnapshot): number;
}

/** What a pipeline's stores are compared by. */
export interface CheckSet {
    /** Whose ledgers, as `clickstream`. */
    readonly generator: string;
    readonly checks: readonly Check[];
    /** How long all of the stores keep events, by event time; undefined if for ever. Older runs cannot be compared. */
    retentionMillis(stores: Stores): Promise<number | undefined>;
    /** Asks the stores for a run's numbers, restricted to events up to the snapshot's watermark. */
    measure(run: LedgerSnapshot, stores: Stores): Promise<Readonly<Record<string, number>>>;
    /** Looks closer at a run that stays different: what is there too often or not at all, and where. */
    explain(
        run: LedgerSnapshot,
        measured: Readonly<Record<string, number>>,
        stores: Stores,
    ): Promise<string | undefined>;
    /** Runs of which the stores hold events, so that events without a ledger are noticed. */
    runs(stores: Stores): Promise<readonly string[]>;
    /** How the table calls the check that every run has a ledger. */
    readonly strangers: string;
}

/** One line of what a comparison of state found. */
export interface StateLine {
    /** How the table calls it, as `product_analytics: revenue`. */
    readonly check: string;
    readonly unit: CheckUnit;
    readonly expected: number;
    readonly actual: number;
    /** Whether every member agrees; sums alone could hide two that differ. */
    readonly equal: boolean;
    /** Of a difference: which members, and by how much. */
    readonly hint?: string;
}

/** What a comparison of state found so far. */
export interface StateFindings {
    readonly lines: readonly StateLine[];
    /** What could not be compared, and why. */
    readonly notes: readonly string[];
}

/** What a comparison of state works with. */
export interface StateSources {
    readonly stores: Stores;
    /** Reads the newest snapshot of every run, of every generator. */
    readLedgers(): Promise<readonly LedgerSnapshot[]>;
}

/** A comparison under way: what was equal once stays so, and the rest is asked again. */
export interface StateComparison {
    /** Asks once. @throws StoreError when a store cannot be asked. */
    attempt(sources: StateSources): Promise<StateFindings>;
}

/**
 * What stores are compared by that hold state instead of events: rows that are replaced carry no sequence by which they
 * could be asked for, so the comparison has to find the moment that they show.
 */
export interface StateCheckSet {
    begin(): StateComparison;
}

/** A store did not answer, or not with the whole truth; the message says which, and what to do. */
export class StoreError extends Error {
    override readonly name = "StoreError";
}
