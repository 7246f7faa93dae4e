import { CompressionTypes, Kafka, type KafkaConfig, type Producer } from "kafkajs";
import type { Log } from "./log";
import { partitionOf } from "./partition";
import { pause, within } from "./pause";
import { type PartitionRequest, prepared, requestsOf } from "./requests";
import type { Message } from "./source";

/** Arguments of {@link connectSink}. */
export interface KafkaSinkArgs {
    readonly brokers: readonly string[];
    readonly clientId: string;
    /** Topic of the events. */
    readonly topic: string;
    /** Topic of the ledger. */
    readonly ledgerTopic: string;
    /** How long broker and topics may take to be there. */
    readonly waitSeconds: number;
    /** How long a batch may stay without acknowledgement before it counts as lost. */
    readonly deliverySeconds: number;
    readonly log: Log;
}

/** A message that the broker finally did not take. */
export class DeliveryError extends Error {
    constructor(topic: string, reason: string) {
        super(`topic "${topic}": ${reason}`);
        this.name = "DeliveryError";
    }
}

/** Where events and ledger go. */
export interface Sink {
    /** Partitions of the topic of the events. */
    readonly partitions: number;
    /** Returns once every replica in sync has every message. @throws DeliveryError */
    send(messages: readonly Message[]): Promise<void>;
    /** Replaces the ledger's value of a key. @throws DeliveryError */
    publish(key: string, value: string): Promise<void>;
    close(): Promise<void>;
}

/**
 * Connects an idempotent producer, once the broker answers and both topics exist.
 * @throws Error that says what was waited for, and the broker's last answer.
 */
export async function connectSink(args: KafkaSinkArgs, signal: AbortSignal): Promise<Sink> {
    let lastComplaint = "";
    const common: KafkaConfig = {
        clientId: args.clientId,
        brokers: [...args.brokers],
        connectionTimeout: 3_000,
        logCreator: () => (entry) => {
            const { message, ...rest } = entry.log;
            // The library logs refused connections as errors; they are what a wait consists of.
            const cause = rest.error ?? message;
            if (entry.level <= 2) lastComplaint = String(cause);
            args.log("debug", message, { library: "kafkajs", error: rest.error, broker: rest.broker });
        },
    };
    const partitions = await waitForTopics(new Kafka({ ...common, retry: { retries: 0 } }), args, signal);
    const kafka = new Kafka({
        ...common,
        // For ever: a batch is given up by time, not by the number of attempts, and a broker that restarts may take long.
        retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: Number.MAX_SAFE_INTEGER },
    });
    const producer = kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner:
            () =>
            ({ message }) =>
                message.partition ?? 0,
    });
    const waited = () => new Error(`broker ${args.brokers.join(",")} gave no producer id: ${lastComplaint}`);
    await within(args.waitSeconds * 1_000, producer.connect(), waited);
    return new KafkaSink(args, producer, partitions, () => lastComplaint);
}

class KafkaSink implements Sink {
    readonly partitions: number;
    private readonly ledgerPartitions: number;

    constructor(
        private readonly args: KafkaSinkArgs,
        private readonly producer: Producer,
        partitions: ReadonlyMap<string, number>,
        private readonly lastComplaint: () => string,
    ) {
        this.partitions = partitions.get(args.topic) ?? 1;
        this.ledgerPartitions = partitions.get(args.ledgerTopic) ?? 1;
    }

    async send(messages: readonly Message[]): Promise<void> {
        // A request for one partition each: when one of several brokers fails, kafkajs sends the whole call again to
        // those that have not answered yet, under new sequence numbers, and their messages would be there twice.
        const inTurn = async (requests: readonly PartitionRequest[]) => {
            for (const request of requests) await this.deliver(this.args.topic, request);
        };
        await Promise.all(requestsOf(messages).map(inTurn));
    }

    async publish(key: string, value: string): Promise<void> {
        const partition = partitionOf(key, this.ledgerPartitions);
        // A snapshot repeats the names of its numbers hundreds of times, and there is one every second.
        const request = { partition, messages: [{ key, value, partition }] };
        await this.deliver(this.args.ledgerTopic, request, CompressionTypes.GZIP);
    }

    async close(): Promise<void> {
        await within(2_000, this.producer.disconnect(), () => new Error("the producer did not close")).catch(() => {});
    }

    private async deliver(
        topic: string,
        request: PartitionRequest,
        compression: CompressionTypes = CompressionTypes.None,
    ): Promise<void> {
        const { deliverySeconds } = this.args;
        try {
            const sent = this.producer.send({ topic, messages: prepared(request), acks: -1, compression });
            await within(deliverySeconds * 1_000, sent, () => {
                const last = this.lastComplaint();
                return new Error(`no acknowledgement for ${deliverySeconds} s${last === "" ? "" : `: ${last}`}`);
            });
        } catch (error) {
            throw new DeliveryError(topic, error instanceof Error ? error.message : String(error));
        }
    }
}

async function waitForTopics(kafka: Kafka, args: KafkaSinkArgs, signal: AbortSignal): Promise<Map<string, number>> {
    const wanted = [args.topic, args.ledgerTopic];
    const deadline = Date.now() + args.waitSeconds * 1_000;
    let last = "no answer";
    let told = false;
    while (!signal.aborted) {
        const admin = kafka.admin();
        try {
            await within(5_000, admin.connect(), () => new Error("no answer within 5 s"));
            // Listing all topics, because asking for one by name can create it.
            const present = await within(5_000, admin.listTopics(), () => new Error("no topic list within 5 s"));
            const missing = wanted.filter((topic) => !present.includes(topic));
            if (missing.length === 0) {
                const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
                return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
            }
            last = `no topic ${missing.map((topic) => `"${topic}"`).join(", ")}`;
        } catch (error) {
            last = error instanceof Error ? error.message : String(error);
        } finally {
            await within(1_000, admin.disconnect(), () => new Error("late")).catch(() => {});
        }
        if (Date.now() >= deadline) break;
        if (!told) args.log("info", "waiting for the broker", { brokers: args.brokers, last });
        told = true;
        await pause(Math.min(500, Math.max(0, deadline - Date.now())), signal);
    }
    if (signal.aborted) throw new Error("stopped while waiting for the broker");
    throw new Error(
        `broker ${args.brokers.join(",")} is not usable after ${args.waitSeconds} s: ${last}; ` +
            `check KAFKA_BOOTSTRAP_SERVERS, and that the topics "${wanted.join('" and "')}" are deployed`,
    );
}
