import { randomUUID } from "node:crypto";
import type Docker from "dockerode";
import { Kafka, logLevel } from "kafkajs";
import { Clickstream } from "../generators/clickstream/clickstream";
import { type Message, simulatedClock } from "../generators/source";
import { createTopics } from "../lib/create-topics";
import { silenceNegativeTimerWarnings } from "../lib/ledger/timer-warnings";
import { CATEGORIES } from "../pipelines/product-analytics/contract";
import type { Figure } from "./bench";
import { runInContainer, runOnce } from "./engine";

/** Records that both producers send in a round. */
const RECORDS = 200_000;

/** Rounds of which the middle one counts. */
const ROUNDS = 3;

/** Where {@link generatorFigure} measures. */
export interface GeneratorFigureArgs {
    /** Container of the broker, which also has Kafka's own tools. */
    readonly kafka: string;
    /** Broker as this process reaches it. */
    readonly brokers: readonly string[];
    /** Broker as containers reach it. */
    readonly brokersInNetwork: string;
    readonly network: string;
    /** Image of the generators. */
    readonly image: string;
}

/**
 * How many events a second the clickstream generator has acknowledged with its rate off, against Kafka's own
 * ProducerPerformance with records of the same size, in turns on the same broker: each counts from its first record to
 * the last acknowledgement.
 */
export async function generatorFigure(docker: Docker, args: GeneratorFigureArgs): Promise<Figure> {
    silenceNegativeTimerWarnings();
    const topic = `bench-${randomUUID().slice(0, 8)}`;
    const admin = new Kafka({ brokers: [...args.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const topics = [topic, `${topic}-ledger`];
    try {
        await createTopics(
            admin,
            topics.map((name) => ({ topic: name, numPartitions: 3 })),
        );
        const theirs: number[] = [];
        const ours: number[] = [];
        for (let round = 0; round < ROUNDS; round++) {
            theirs.push(await producerPerformance(docker, args, topic));
            ours.push(await generator(docker, args, topic));
        }
        return {
            name: `clickstream generator, rate off, ${recordBytes()} bytes an event`,
            value: Math.round(middle(ours)),
            unit: "events/s",
            baseline: { name: "Kafka's ProducerPerformance", value: Math.round(middle(theirs)) },
            goal: { atLeast: 0.5 },
        };
    } finally {
        await admin.deleteTopics({ topics }).catch(() => undefined);
        await admin.disconnect();
    }
}

async function producerPerformance(docker: Docker, { kafka, brokersInNetwork }: GeneratorFigureArgs, topic: string) {
    const output = await runInContainer(docker, kafka, [
        "/opt/kafka/bin/kafka-producer-perf-test.sh",
        ...["--topic", topic, "--num-records", String(RECORDS), "--record-size", String(recordBytes())],
        ...["--throughput", "-1", "--producer-props"],
        ...[`bootstrap.servers=${brokersInNetwork}`, "acks=all", "linger.ms=5"],
    ]);
    return recordsPerSecond(output);
}

async function generator(docker: Docker, args: GeneratorFigureArgs, topic: string): Promise<number> {
    const output = await runOnce(docker, {
        image: args.image,
        network: args.network,
        labels: args.network,
        command: ["node", "/opt/millrace/generators.js", "clickstream", "--events-per-second", "0"],
        env: [
            `EVENTS=${RECORDS}`,
            `KAFKA_BOOTSTRAP_SERVERS=${args.brokersInNetwork}`,
            `KAFKA_TOPIC=${topic}`,
            `LEDGER_TOPIC=${topic}-ledger`,
        ],
    });
    return eventsPerSecond(output);
}

/** The rate in the last line that ProducerPerformance writes. @throws Error when there is none. */
export function recordsPerSecond(output: string): number {
    const found = [...output.matchAll(/([\d.]+) records\/sec/g)].at(-1)?.[1];
    if (found === undefined) throw new Error(`ProducerPerformance said no rate: ${output.slice(-300)}`);
    return Number(found);
}

/** The rate in the line with which a generator ends. @throws Error when there is none. */
export function eventsPerSecond(output: string): number {
    const line = output.split("\n").find((each) => each.includes('"message":"finished"'));
    const found = /"perSecond":([\d.]+)/.exec(line ?? "")?.[1];
    if (found === undefined) throw new Error(`the generator said no rate: ${output.slice(-300)}`);
    return Number(found);
}

/** Size of an event with its key, on average. */
function recordBytes(): number {
    const words = { productNames: CATEGORIES.map((category) => `${category} of the bench`), cities: ["Bremen"] };
    const clock = simulatedClock(Date.UTC(2026, 0, 1), 0);
    const source = new Clickstream({ run: "bench", seed: 42, users: 1_000, openSessions: 1_000, clock, words });
    const messages: Message[] = [];
    for (let count = 0; count < 5_000; count++) source.make(1, messages);
    const bytes = messages.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + Buffer.byteLength(value), 0);
    return Math.round(bytes / messages.length);
}

function middle(values: readonly number[]): number {
    return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
