import { z } from "zod";

/** Compacted topic that holds the newest snapshot of every run's ledger. */
export const LEDGER_TOPIC = "millrace.ledger";

/**
 * Configuration of the ledger topic: runs are kept for ever, their old snapshots go within about ten minutes, so that
 * reading all of it stays quick however long a generator runs.
 */
export const LEDGER_TOPIC_CONFIG = {
    "cleanup.policy": "compact",
    "segment.ms": "600000",
    "max.compaction.lag.ms": "600000",
    "min.cleanable.dirty.ratio": "0.1",
} as const;

/** Names of runs: they stand in message keys and in SQL, and need no escaping in either. */
export const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const snapshotSchema = z.object({
    version: z.literal(1),
    generator: z.string().min(1),
    run: z.string().regex(RUN_ID),
    topic: z.string().min(1),
    watermark: z.int().min(0),
    watermarkTime: z.int().min(0),
    clockStart: z.int().min(0),
    final: z.boolean(),
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    totals: z.record(z.string(), z.int()),
    groups: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.int()))).optional(),
});

/**
 * What a run of a generator has sent, exactly: the totals of all its events with `sequence` ≤ `watermark`, each of
 * which the broker has acknowledged. Later snapshots of the run replace earlier ones, and each stays right for its
 * watermark for ever.
 */
export interface LedgerSnapshot {
    readonly version: 1;
    /** Which generator, as `clickstream`. */
    readonly generator: string;
    /** Which run of it; every start is a run of its own. */
    readonly run: string;
    /** Where the events went. */
    readonly topic: string;
    /** The last sequence that the totals contain; 0 before the first event. */
    readonly watermark: number;
    /** Event time of that event, in epoch milliseconds; the clock's start before the first. */
    readonly watermarkTime: number;
    /** Event time at which the run began, in epoch milliseconds. */
    readonly clockStart: number;
    /** The run has ended in order: nothing follows. */
    readonly final: boolean;
    /** What the run was started with. */
    readonly parameters: Readonly<Record<string, string | number | boolean>>;
    /** Counts, sums and distinct counts by name; whole numbers only (money in cents), so that they compare exactly. */
    readonly totals: Readonly<Record<string, number>>;
    /** The same by member of a group, as by product: group → member → name → number. */
    readonly groups?: LedgerGroups | undefined;
}

/** Numbers by group, member and name. */
export type LedgerGroups = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;

/** The key under which a run's snapshots replace each other. */
export function ledgerKey({ generator, run }: Pick<LedgerSnapshot, "generator" | "run">): string {
    return `${generator}/${run}`;
}

/** Reads a message of the ledger topic. @throws Error that says what is wrong with it. */
export function parseSnapshot(key: string, value: string): LedgerSnapshot {
    let document: unknown;
    try {
        document = JSON.parse(value);
    } catch (cause) {
        throw new Error(`ledger message "${key}" is not JSON`, { cause });
    }
    const parsed = snapshotSchema.safeParse(document);
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`);
    throw new Error(`ledger message "${key}" is not a snapshot: ${problems.join("; ")}`);
}
