import { randomUUID } from "node:crypto";
import { type Consumer, Kafka } from "kafkajs";
import { type LedgerSnapshot, parseSnapshot } from "./snapshot";
import { silenceNegativeTimerWarnings } from "./timer-warnings";

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
    silenceNegativeTimerWarnings();
    let complaint = "no answer";
    const kafka = new Kafka({
        clientId: "millrace-ledger",
        brokers: [...brokers],
        connectionTimeout: 2_000,
        retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 },
        logCreator: () => (entry) => {
            if (entry.level <= 2) complaint = String(entry.log.error ?? entry.log.message);
        },
    });
    // The client has no reading without a consumer group; this one is removed again.
    const groupId = `millrace-ledger-${randomUUID()}`;
    const admin = kafka.admin();
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, sessionTimeout: 10_000 });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
            () => reject(new Error(`not done within ${timeoutMillis / 1_000} s (${complaint})`)),
            timeoutMillis,
        );
    });
    const work = async () => {
        await admin.connect();
        if (!(await admin.listTopics()).includes(topic)) throw new Error(`topic "${topic}" does not exist`);
        const ends = new Map<number, bigint>();
        for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
            if (BigInt(high) > BigInt(low)) ends.set(partition, BigInt(high));
        }
        return ends.size === 0 ? [] : await replay(consumer, topic, ends);
    };
    try {
        return await Promise.race([work(), late]);
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new LedgerError(
            `the ledger cannot be read from ${brokers.join(",")}: ${reason}\n` +
                "Way out: make status shows whether the broker runs; make up deploys broker, topics and generators.",
            { cause: error },
        );
    } finally {
        clearTimeout(timer);
        await consumer.disconnect().catch(() => {});
        await admin.deleteGroups([groupId]).catch(() => {});
        await admin.disconnect().catch(() => {});
    }
}

async function replay(consumer: Consumer, topic: string, ends: Map<number, bigint>): Promise<LedgerSnapshot[]> {
    const newest = new Map<string, string>();
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
        consumer.on("consumer.crash", ({ payload }) => {
            // It starts again by itself when that can help: a broker that has just started loads its coordinator first.
            if (!payload.restart) reject(payload.error);
        });
        const run = consumer.run({
            autoCommit: false,
            eachBatch: async ({ batch }) => {
                for (const { key, value } of batch.messages) {
                    const name = key?.toString() ?? "";
                    if (value === null) newest.delete(name);
                    else newest.set(name, value.toString());
                }
                const end = ends.get(batch.partition);
                if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end) ends.delete(batch.partition);
                if (ends.size === 0) resolve();
            },
        });
        run.catch(reject);
    });
    return [...newest].map(([key, value]) => parseSnapshot(key, value));
}
