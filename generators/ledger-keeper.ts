import { type LedgerSnapshot, ledgerKey } from "../lib/ledger/snapshot";
import type { Made } from "./source";

/** What stays the same in all snapshots of a run. */
export type RunDescription = Pick<LedgerSnapshot, "generator" | "run" | "topic" | "clockStart" | "parameters">;

/**
 * Keeps the ledger of a run: batches are acknowledged one after the other, so what was made up to the end of the last
 * acknowledged batch is exactly what the broker has.
 */
export class LedgerKeeper {
    private acknowledgedState: Made;
    private published: string | undefined;

    constructor(
        private readonly description: RunDescription,
        beginning: Made,
    ) {
        this.acknowledgedState = beginning;
    }

    /** The broker has everything that had been made then. */
    acknowledge(made: Made): void {
        this.acknowledgedState = made;
    }

    /** The last sequence that the broker has acknowledged. */
    get watermark(): number {
        return this.acknowledgedState.sequence;
    }

    /** The present snapshot. */
    snapshot(final: boolean): LedgerSnapshot {
        const { generator, run, topic, clockStart, parameters } = this.description;
        const { sequence, time, totals, groups } = this.acknowledgedState;
        return {
            version: 1,
            generator,
            run,
            topic,
            watermark: sequence,
            watermarkTime: time,
            clockStart,
            final,
            parameters,
            totals,
            ...(groups === undefined ? {} : { groups: groups() }),
        };
    }

    /** Publishes the present snapshot, unless it is the one that was published last. */
    async publish(final: boolean, send: (key: string, value: string) => Promise<void>): Promise<void> {
        const value = JSON.stringify(this.snapshot(final));
        if (value === this.published) return;
        await send(ledgerKey(this.description), value);
        this.published = value;
    }
}
