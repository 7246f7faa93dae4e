import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { type Admin, ConfigResourceTypes, type ICustomPartitioner, Kafka, logLevel, type Message } from "kafkajs";
import { createTopics } from "../../lib/create-topics";
import type { LedgerSnapshot } from "../../lib/ledger";
import { silenceNegativeTimerWarnings } from "../../lib/ledger/timer-warnings";
import { CLICKSTREAM_MALFORMED, EVENT_SHARES, type RawEvent } from "../../pipelines/product-analytics/contract";
import { testEndpoints } from "../support/stack";

silenceNegativeTimerWarnings();

/** Brokers under test: given by variable, or those of the test stack. */
export async function testBrokers(): Promise<string> {
    return process.env.MILLRACE_TEST_KAFKA_HOST ?? (await testEndpoints())["kafka.bootstrapServers"] ?? "";
}

/** Builds the generators program as its image does. @returns the path of the bundle. */
export function bundleGenerators(): string {
    const outfile = join(mkdtempSync(join(tmpdir(), "millrace-generators-")), "generators.js");
    const entryPoints = [join(__dirname, "..", "..", "generators", "main.ts")];
    buildSync({ entryPoints, bundle: true, platform: "node", target: "node24", outfile, logLevel: "error" });
    return outfile;
}

/** How a generator ended. */
export interface Ended {
    readonly code: number | null;
    readonly signal: string | null;
    readonly seconds: number;
    readonly stderr: string;
    /** Lines of its log. */
    readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** A generator that runs as a process of its own. */
export interface Running {
    readonly process: ChildProcess;
    readonly ended: Promise<Ended>;
    /** Settles when a line with this message is logged. */
    said(message: string): Promise<Readonly<Record<string, unknown>>>;
}

/** Starts the bundled program with nothing but these variables. */
export function startGenerator(bundle: string, args: readonly string[], env: Record<string, string>): Running {
    const began = Date.now();
    const child = spawn(process.execPath, [bundle, ...args], { env });
    const lines: Record<string, unknown>[] = [];
    const waiting: { message: string; resolve: (line: Record<string, unknown>) => void }[] = [];
    let rest = "";
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
        stderr += chunk.toString();
    });
    child.stdout.on("data", (chunk: Buffer) => {
        const parts = (rest + chunk.toString()).split("\n");
        rest = parts.pop() ?? "";
        for (const part of parts.filter((each) => each.startsWith("{"))) {
            const line = JSON.parse(part) as Record<string, unknown>;
            lines.push(line);
            for (const { message, resolve } of waiting) if (line.message === message) resolve(line);
        }
    });
    const ended = new Promise<Ended>((resolve) => {
        child.on("close", (code, signal) => {
            resolve({ code, signal, seconds: (Date.now() - began) / 1_000, stderr, lines });
        });
    });
    const said = (message: string) => {
        const found = lines.find((line) => line.message === message);
        if (found !== undefined) return Promise.resolve(found);
        return new Promise<Record<string, unknown>>((resolve) => waiting.push({ message, resolve }));
    };
    return { process: child, ended, said };
}

/** Topics of one test, and what they hold. */
export class Scratch {
    private constructor(
        private readonly kafka: Kafka,
        private readonly admin: Admin,
        readonly brokers: string,
        readonly topic: string,
        readonly ledgerTopic: string,
    ) {}

    /** Creates a topic for events and a compacted one for ledgers, whose segments roll fast. */
    static async create(brokers: string): Promise<Scratch> {
        const kafka = new Kafka({ clientId: "millrace-test", brokers: brokers.split(","), logLevel: logLevel.NOTHING });
        const admin = kafka.admin();
        await admin.connect();
        const id = randomUUID().slice(0, 8);
        const scratch = new Scratch(kafka, admin, brokers, `test-events-${id}`, `test-ledger-${id}`);
        const configEntries = [
            { name: "cleanup.policy", value: "compact" },
            { name: "segment.ms", value: "1000" },
        ];
        await createTopics(admin, [
            { topic: scratch.topic, numPartitions: 3, replicationFactor: 1 },
            { topic: scratch.ledgerTopic, numPartitions: 1, replicationFactor: 1, configEntries },
        ]);
        return scratch;
    }

    /** Variables that lead a generator to these topics. */
    get env(): Record<string, string> {
        return {
            KAFKA_BOOTSTRAP_SERVERS: this.brokers,
            KAFKA_TOPIC: this.topic,
            LEDGER_TOPIC: this.ledgerTopic,
            WAIT_SECONDS: "30",
        };
    }

    /** Sends messages to the topic of the events, behind a generator's back. */
    async append(messages: readonly Replayed[]): Promise<void> {
        await this.send(
            this.topic,
            messages.map(({ key, text, partition }) => ({ key, value: text, partition })),
        );
    }

    /** Writes a ledger's message, behind a generator's back. */
    async publish(key: string, value: string): Promise<void> {
        await this.send(this.ledgerTopic, [{ key, value, partition: 0 }]);
    }

    private async send(topic: string, messages: Message[]): Promise<void> {
        const createPartitioner: ICustomPartitioner =
            () =>
            ({ message }) =>
                message.partition ?? 0;
        const producer = this.kafka.producer({ allowAutoTopicCreation: false, createPartitioner });
        await producer.connect();
        await producer.send({ topic, messages });
        await producer.disconnect();
    }

    /** Lets the broker refuse batches of more than so many bytes. */
    async limitMessages(bytes: number): Promise<void> {
        const configEntries = [{ name: "max.message.bytes", value: String(bytes) }];
        const resources = [{ type: ConfigResourceTypes.TOPIC, name: this.topic, configEntries }];
        await this.admin.alterConfigs({ validateOnly: false, resources });
    }

    /** Removes the topics. */
    async remove(): Promise<void> {
        await this.admin.deleteTopics({ topics: [this.topic, this.ledgerTopic] });
        await this.admin.disconnect();
    }

    /** Everything in the topic of the events, in order by partition. */
    async replay(): Promise<Replayed[]> {
        const ends = new Map<number, bigint>();
        for (const { partition, high } of await this.admin.fetchTopicOffsets(this.topic)) {
            if (BigInt(high) > 0n) ends.set(partition, BigInt(high));
        }
        if (ends.size === 0) return [];
        const found: Replayed[] = [];
        const groupId = `millrace-test-${randomUUID()}`;
        const consumer = this.kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
        await consumer.connect();
        await consumer.subscribe({ topics: [this.topic], fromBeginning: true });
        await new Promise<void>((resolve, reject) => {
            consumer.on("consumer.crash", ({ payload }) => {
                if (!payload.restart) reject(payload.error);
            });
            const eachBatch: Parameters<typeof consumer.run>[0] = {
                autoCommit: false,
                eachBatch: async ({ batch }) => {
                    const { messages, partition } = batch;
                    for (const { key, value } of messages) {
                        const text = value?.toString() ?? "";
                        found.push({ partition, key: key?.toString() ?? "", text, event: eventOf(text) });
                    }
                    const end = ends.get(partition);
                    if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end) ends.delete(partition);
                    if (ends.size === 0) resolve();
                },
            };
            consumer.run(eachBatch).catch(reject);
        });
        await consumer.disconnect();
        await this.admin.deleteGroups([groupId]);
        return found;
    }
}

/** A message of the topic of the events. */
export interface Replayed {
    readonly partition: number;
    readonly key: string;
    readonly text: string;
    /** Without a field when the text is not JSON. */
    readonly event: RawEvent;
}

function eventOf(text: string): RawEvent {
    try {
        return JSON.parse(text) as RawEvent;
    } catch {
        return {} as RawEvent;
    }
}

/** What a ledger must say about these events of a run: counted anew, by other means than the generator's. */
export function recount(
    messages: readonly Replayed[],
    { run, watermark }: Pick<LedgerSnapshot, "run" | "watermark">,
): Record<string, number> {
    const sent = messages.map(({ event }) => event).filter((event) => event.run_id === run);
    const valid = sent.filter(({ sequence }) => sequence >= 1 && sequence <= watermark);
    const events = [...new Map(valid.map((event) => [event.event_id, event])).values()];
    const again = Object.entries(fieldsOf(valid)).map(([name, value]) => [
        `duplicate_${name}`,
        value - (fieldsOf(events)[name] ?? 0),
    ]);
    const malformed = malformedOf(messages, run);
    return {
        ...fieldsOf(events),
        users: new Set(events.map(({ user_id }) => user_id)).size,
        sessions: new Set(events.map(({ session_id }) => session_id)).size,
        late_events: events.filter(({ event_timestamp, produced_at }) => event_timestamp < produced_at).length,
        ...Object.fromEntries(again),
        ...malformed,
        messages: valid.length + (malformed.malformed ?? 0),
    };
}

function fieldsOf(events: readonly RawEvent[]): Record<string, number> {
    const of = (type: RawEvent["event_type"]) => events.filter(({ event_type }) => event_type === type);
    const sum = (type: RawEvent["event_type"], column: "quantity" | "total_amount_cents") =>
        of(type).reduce((total, event) => total + Number((event as Record<string, unknown>)[column]), 0);
    return {
        events: events.length,
        page_view: of("page_view").length,
        product_view: of("product_view").length,
        add_to_cart: of("add_to_cart").length,
        purchase: of("purchase").length,
        cart_quantity: sum("add_to_cart", "quantity"),
        purchase_quantity: sum("purchase", "quantity"),
        revenue_cents: sum("purchase", "total_amount_cents"),
    };
}

/** Messages that are no event, by the first thing that is wrong with them. */
function malformedOf(messages: readonly Replayed[], run: string): Record<string, number> {
    const kinds = Object.fromEntries(CLICKSTREAM_MALFORMED.map((kind) => [`malformed_${kind}`, 0]));
    const own = messages.filter(({ text }) => text.includes(`"run_id":"${run}"`));
    for (const { text, event } of own) {
        const kind = malformation(text, event);
        if (kind !== undefined) kinds[`malformed_${kind}`] = (kinds[`malformed_${kind}`] ?? 0) + 1;
    }
    return { ...kinds, malformed: Object.values(kinds).reduce((sum, count) => sum + count, 0) };
}

function malformation(
    text: string,
    event: Readonly<Record<string, unknown>>,
): (typeof CLICKSTREAM_MALFORMED)[number] | undefined {
    if (text.length > 65_536) return "too_large";
    if (event.event_id === undefined) return "not_json";
    if (!Object.keys(EVENT_SHARES).includes(String(event.event_type))) return "unknown_event_type";
    if (event.user_id === undefined) return "missing_user";
    return Number(event.price) < 0 ? "negative_price" : undefined;
}

/** What a ledger must say about each product. */
export function recountProducts(messages: readonly Replayed[], run: string): Record<string, Record<string, number>> {
    const valid = messages.map(({ event }) => event).filter((event) => event.run_id === run && event.sequence >= 1);
    const products: Record<string, Record<string, number>> = {};
    for (const event of new Map(valid.map((each) => [each.event_id, each])).values()) {
        if (!("product_id" in event)) continue;
        products[event.product_id] ??= { view_count: 0, cart_adds: 0, purchases: 0, revenue_cents: 0 };
        const own = products[event.product_id] as Record<string, number>;
        const name = { product_view: "view_count", add_to_cart: "cart_adds", purchase: "purchases" }[event.event_type];
        own[name] = (own[name] ?? 0) + 1;
        if (event.event_type === "purchase") own.revenue_cents = (own.revenue_cents ?? 0) + event.total_amount_cents;
    }
    return products;
}

/** Distinct users by minute, of events that were not late. */
export function recountActiveUsers(messages: readonly Replayed[], run: string): Record<string, { users: number }> {
    const minutes = new Map<number, Set<string>>();
    for (const { event } of messages) {
        if (event.run_id !== run || !(event.sequence >= 1) || event.event_timestamp < event.produced_at) continue;
        const minute = event.event_timestamp - (event.event_timestamp % 60_000);
        minutes.set(minute, (minutes.get(minute) ?? new Set()).add(event.user_id));
    }
    return Object.fromEntries([...minutes].map(([minute, users]) => [String(minute), { users: users.size }]));
}

/** Waits so many milliseconds. */
export function pause(millis: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, millis));
}
