import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Admin, type Consumer, type EachBatchPayload, Kafka } from "kafkajs";
import { silenceNegativeTimerWarnings } from "./ledger/timer-warnings";

/** A message as {@link TopicReplay} hands it over. */
export interface ReplayedMessage {
    readonly topic: string;
    readonly key: string;
    /** Undefined for a tombstone. */
    readonly value: string | undefined;
}

/** Arguments of {@link TopicReplay}. */
export interface TopicReplayArgs {
    readonly brokers: readonly string[];
    readonly topics: readonly string[];
    /** What the broker calls this reader. */
    readonly clientId: string;
    /** Is handed every committed message once, in the order of its partition. What it throws ends the replay. */
    take(message: ReplayedMessage): void;
}

/** How long {@link TopicReplay.caughtUp} may take. */
export interface ReplayPatience {
    readonly limitMillis: number;
    /** How long nothing may come. @default the whole limit */
    readonly stallMillis?: number;
    /** Is told again and again how many messages have been read since the beginning, and how many there are. */
    onProgress?(read: number, all: number): void;
}

const PAUSE_MILLIS = 25;

/**
 * Reads topics from their beginning, and goes on with what comes; only what was committed is handed over.
 *
 * The end of a topic can be the mark of a transaction, which is no message: positions count, not messages.
 */
export class TopicReplay {
    private readonly admin: Admin;
    private readonly consumer: Consumer;
    // The client has no reading without a consumer group; this one is removed again.
    private readonly groupId: string;
    /** The offset that comes next, by partition. */
    private readonly positions = new Map<string, number>();
    private movedAt = Date.now();
    private complaint = "no answer";
    private failure: Error | undefined;
    private state: "new" | "connected" | "reading" | "closed" = "new";

    constructor(private readonly args: TopicReplayArgs) {
        silenceNegativeTimerWarnings();
        const kafka = new Kafka({
            clientId: args.clientId,
            brokers: [...args.brokers],
            connectionTimeout: 2_000,
            retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 },
            logCreator: () => (entry) => {
                if (entry.level <= 2) this.complaint = String(entry.log.error ?? entry.log.message);
            },
        });
        this.groupId = `${args.clientId}-${randomUUID()}`;
        this.admin = kafka.admin();
        this.consumer = kafka.consumer({ groupId: this.groupId, maxWaitTimeInMs: 100, sessionTimeout: 10_000 });
    }

    /**
     * Returns when everything has been handed over that the topics held at the call.
     * @throws Error when a topic is missing, when it takes too long, or when `take` threw.
     */
    async caughtUp(patience: ReplayPatience): Promise<void> {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<never>((_, reject) => {
            const message = `not done within ${patience.limitMillis / 1_000} s`;
            timer = setTimeout(() => reject(new Error(`${message} (${this.complaint})`)), patience.limitMillis);
        });
        try {
            await Promise.race([this.readToEnd(patience), late]);
        } finally {
            clearTimeout(timer);
        }
    }

    /** Leaves the broker as it was. */
    async close(): Promise<void> {
        const { state } = this;
        this.state = "closed";
        await this.consumer.disconnect().catch(() => {});
        if (state === "reading") await this.admin.deleteGroups([this.groupId]).catch(() => {});
        await this.admin.disconnect().catch(() => {});
    }

    private async readToEnd({ limitMillis, stallMillis = limitMillis, onProgress }: ReplayPatience): Promise<void> {
        if (this.state === "new") {
            await this.admin.connect();
            this.state = "connected";
        }
        const partitions = await this.partitions();
        const all = partitions.reduce((sum, { low, end }) => sum + end - low, 0);
        if (this.state === "connected" && all > 0) await this.start();
        this.movedAt = Date.now();
        while (this.state !== "closed") {
            if (this.failure !== undefined) throw this.failure;
            const left = partitions
                .map(({ at, low, end }) => Math.max(0, end - (this.positions.get(at) ?? low)))
                .reduce((sum, each) => sum + each, 0);
            onProgress?.(all - left, all);
            if (left === 0) return;
            if (Date.now() - this.movedAt > stallMillis) {
                const message = `nothing came for ${stallMillis / 1_000} s with ${left} messages to go`;
                throw new Error(`${message} (${this.complaint})`);
            }
            await sleep(PAUSE_MILLIS);
        }
    }

    /** Where each partition begins and ends now. */
    private async partitions(): Promise<{ at: string; low: number; end: number }[]> {
        const known = await this.admin.listTopics();
        const found = this.args.topics.map(async (topic) => {
            if (!known.includes(topic)) throw new Error(`topic "${topic}" does not exist`);
            const offsets = await this.admin.fetchTopicOffsets(topic);
            return offsets.map(({ partition, low, high }) => ({
                at: `${topic}/${partition}`,
                low: Number(low),
                end: Number(high),
            }));
        });
        return (await Promise.all(found)).flat();
    }

    private async start(): Promise<void> {
        this.state = "reading";
        await this.consumer.connect();
        await this.consumer.subscribe({ topics: [...this.args.topics], fromBeginning: true });
        this.consumer.on("consumer.crash", ({ payload }) => {
            // It starts again by itself when that can help: a broker that has just started loads its coordinator first.
            if (!payload.restart) this.failure ??= payload.error;
        });
        // Also told of batches in which nothing but marks of transactions was left.
        this.consumer.on("consumer.end_batch_process", ({ payload }) => {
            this.movedAt = Date.now();
            const at = `${payload.topic}/${payload.partition}`;
            // After a lost connection reading begins anew, and positions must not go back.
            this.positions.set(at, Math.max(this.positions.get(at) ?? 0, Number(payload.lastOffset) + 1));
        });
        const run = this.consumer.run({ autoCommit: false, eachBatch: (payload) => this.handOver(payload) });
        run.catch((error: Error) => {
            this.failure ??= error;
        });
    }

    private async handOver({ batch: { topic, partition, messages } }: EachBatchPayload): Promise<void> {
        if (this.failure !== undefined) return;
        const from = this.positions.get(`${topic}/${partition}`) ?? 0;
        try {
            for (const { offset, key, value } of messages) {
                if (Number(offset) < from) continue;
                this.args.take({ topic, key: key?.toString() ?? "", value: value?.toString() });
            }
        } catch (error) {
            this.failure = error as Error;
        }
    }
}
