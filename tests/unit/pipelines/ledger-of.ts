import type { LedgerSnapshot } from "../../../lib/ledger";

/** A ledger of a clickstream run, with what a test is about. */
export function ledgerOf(run: string, more: Partial<LedgerSnapshot> = {}): LedgerSnapshot {
    return {
        version: 1,
        generator: "clickstream",
        run,
        topic: "raw-events",
        watermark: 10,
        watermarkTime: 0,
        clockStart: 0,
        final: false,
        parameters: { simulatedClock: false },
        totals: {},
        groups: { products: {}, active_users: {}, session_starts: {} },
        ...more,
    };
}
