import { randomUUID } from "node:crypto";
import { Kafka, logLevel } from "kafkajs";
import { createTopics } from "../lib/create-topics";
import { imageReference } from "../lib/images";
import { startFigure } from "./bench-start";
import { tableFigures } from "./bench-tables";
import { type ContainerState, containersOf, engine, memoryUse, runInContainer, runOnce, stackPrefix } from "./engine";
import { measureFreshness } from "./freshness";
import { recordedImages } from "./image-decision";
import { columns, say } from "./output";
import { stackEndpoints } from "./verify-stack";
import { ROOT, stackEnvironment } from "./workspace";

/** One figure and what it is held against. */
export interface Figure {
    readonly name: string;
    readonly value: number;
    readonly unit: string;
    /** What the value is compared with, measured in the same run on the same servers. */
    readonly baseline?: { readonly name: string; readonly value: number };
    /** How the value relates to the baseline, at least or at most. */
    readonly goal?: { readonly atLeast?: number; readonly atMost?: number };
}

/** Flags of `millrace bench`. */
export interface BenchFlags {
    readonly json: boolean;
    /** Also stop all servers, and measure how long they take to be ready again. */
    readonly restart: boolean;
    /** Measure `up`, `preview` and `destroy` of so many Pinot tables, and nothing else. @default none */
    readonly tables: readonly number[];
}

/** Records that both producers send. */
const RECORDS = 200_000;

/** Size of a record of Kafka's own benchmark, in bytes: about that of a raw event. */
const RECORD_BYTES = 460;

/**
 * Measures throughput, freshness and memory on the running stack, as ratios where there is something to compare with:
 * machines differ and are noisy, a ratio of the same minute is not.
 * @returns the exit code.
 */
export async function bench({ json, restart, tables }: BenchFlags): Promise<number> {
    const stack = stackEnvironment().PULUMI_STACK;
    const endpoints = await stackEndpoints();
    if (tables.length > 0) {
        tell(await tableFigures(endpoints["pinot.controllerUrl"] ?? "", tables), json);
        return 0;
    }
    const docker = engine();
    const containers = await containersOf(docker, stack);
    const kafka = containers.find(({ service }) => service === "kafka");
    if (kafka === undefined) throw new Error(`stack ${stack} has no broker that runs\n  Way out: make up`);

    const memory = await memoryUse(docker, containers);
    const [fresh] = await measureFreshness(endpoints, { rate: 1_000, seconds: 20, rawOnly: true });
    if (fresh === undefined) throw new Error("freshness was not measured");

    const topic = `bench-${randomUUID().slice(0, 8)}`;
    const admin = new Kafka({
        brokers: (endpoints["kafka.bootstrapServers"] ?? "").split(","),
        logLevel: logLevel.NOTHING,
    }).admin();
    await admin.connect();
    const topics = [topic, `${topic}-ledger`];
    await createTopics(
        admin,
        topics.map((name) => ({ topic: name, numPartitions: 3 })),
    );
    try {
        const baseline = recordsPerSecond(
            await runInContainer(docker, kafka.id, [
                "/opt/kafka/bin/kafka-producer-perf-test.sh",
                ...["--topic", topic, "--num-records", String(RECORDS), "--record-size", String(RECORD_BYTES)],
                ...["--throughput", "-1", "--producer-props"],
                ...["bootstrap.servers=kafka:9092", "acks=all", "linger.ms=5"],
            ]),
        );
        const started = Date.now();
        await runOnce(docker, {
            image: imageReference("generators", recordedImages(stack), ROOT),
            network: stackPrefix(stack),
            labels: stackPrefix(stack),
            command: ["node", "/opt/millrace/generators.js", "clickstream", "--events-per-second", "0"],
            env: [
                `EVENTS=${RECORDS}`,
                "KAFKA_BOOTSTRAP_SERVERS=kafka:9092",
                `KAFKA_TOPIC=${topic}`,
                `LEDGER_TOPIC=${topic}-ledger`,
            ],
        });
        const generator = RECORDS / ((Date.now() - started) / 1000);
        tell(
            [
                {
                    name: "generator, from start of its container to exit",
                    value: Math.round(generator),
                    unit: "events/s",
                    baseline: { name: "Kafka's ProducerPerformance", value: Math.round(baseline) },
                    goal: { atLeast: 0.5 },
                },
                { name: "raw → Pinot at 1,000 events/s, p50", value: fresh.p50, unit: "ms", goal: { atMost: 40 } },
                { name: "raw → Pinot at 1,000 events/s, p95", value: fresh.p95, unit: "ms", goal: { atMost: 150 } },
                ...memoryFigures(containers, memory),
                ...(restart ? [await startFigure(docker, stack)] : []),
            ],
            json,
        );
    } finally {
        await admin.deleteTopics({ topics });
        await admin.disconnect();
    }
    return 0;
}

function memoryFigures(containers: readonly ContainerState[], memory: ReadonlyMap<string, number>): Figure[] {
    const each = containers.flatMap(({ id, service, memoryLimit }) => {
        const value = memory.get(id);
        if (value === undefined) return [];
        return [
            {
                name: `resident memory of ${service}`,
                value,
                unit: "MB",
                baseline: { name: "its limit", value: memoryLimit },
            },
        ];
    });
    const total = each.reduce((sum, { value }) => sum + value, 0);
    return [...each, { name: "resident memory of the stack", value: total, unit: "MB", goal: { atMost: 4_096 } }];
}

/** The rate in the last line that ProducerPerformance writes. @throws Error when there is none. */
export function recordsPerSecond(output: string): number {
    const found = [...output.matchAll(/([\d.]+) records\/sec/g)].at(-1)?.[1];
    if (found === undefined) throw new Error(`ProducerPerformance said no rate: ${output.slice(-300)}`);
    return Number(found);
}

function tell(figures: readonly Figure[], json: boolean): void {
    if (json) {
        say(JSON.stringify(figures, undefined, 2));
        return;
    }
    const rows = figures.map(({ name, value, unit, baseline, goal }) => [
        name,
        `${value} ${unit}`,
        baseline === undefined ? "" : `${(value / baseline.value).toFixed(2)} × ${baseline.name} (${baseline.value})`,
        goal?.atLeast !== undefined
            ? `goal ≥ ${goal.atLeast} ×`
            : goal?.atMost !== undefined
              ? `goal ≤ ${goal.atMost}`
              : "",
    ]);
    for (const line of columns([["FIGURE", "VALUE", "AGAINST", "GOAL"], ...rows])) say(line);
}
