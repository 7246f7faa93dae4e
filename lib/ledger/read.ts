import { TopicReplay } from "../topic-replay";
import { type LedgerSnapshot, parseSnapshot } from "./snapshot";

/** Arguments of {@link readLedgers}. */
export interface ReadLedgersArgs {
    readonly brokers: readonly string[];
    readonly topic: string;
    /** How long broker, topic and reading may take. */
    readonly timeoutMillis: number;
}

/** The ledger could not be read; the message says which broker was asked and what to do. */
export class LedgerError extends Error {
    override readonly name = "LedgerError";
}

/**
 * Reads the newest snapshot of every run.
 * @throws LedgerError when the broker does not answer, the topic does not exist, or a message is not a snapshot.
 */
export async function readLedgers({ brokers, topic, timeoutMillis }: ReadLedgersArgs): Promise<LedgerSnapshot[]> {
    const newest = new Map<string, string>();
    const replay = new TopicReplay({
        brokers,
        topics: [topic],
        clientId: "millrace-ledger",
        take({ key, value }) {
            if (value === undefined) newest.delete(key);
            else newest.set(key, value);
        },
    });
    try {
        await replay.caughtUp({ limitMillis: timeoutMillis });
        return [...newest].map(([key, value]) => parseSnapshot(key, value));
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new LedgerError(
            `the ledger cannot be read from ${brokers.join(",")}: ${reason}\n` +
                "Way out: make status shows whether the broker runs; make up deploys broker, topics and generators.",
            { cause: error },
        );
    } finally {
        await replay.close();
    }
}
