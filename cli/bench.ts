import { imageReference } from "../lib/images";
import { changeFigures } from "./bench-changes";
import { generatorFigure } from "./bench-generator";
import { startFigure } from "./bench-start";
import { tableFigures } from "./bench-tables";
import { type ContainerState, containersOf, engine, memoryUse, stackPrefix } from "./engine";
import { type FreshnessPath, type FreshnessReport, measureFreshness } from "./freshness";
import { recordedImages } from "./image-decision";
import { columns, say } from "./output";
import { endpoint, pinotAddresses } from "./verify/endpoints";
import { pinotStore } from "./verify/pinot-store";
import { stackEndpoints, stackScope } from "./verify-stack";
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

/** Megabytes that servers may hold, where a goal was set. */
const MEMORY_GOALS: Readonly<Record<string, number>> = { "kafka-connect": 400, trino: 1_200 };

/** Flags of `millrace bench`. */
export interface BenchFlags {
    readonly json: boolean;
    /** Also stop all servers, and measure how long they take to be ready again. */
    readonly restart: boolean;
    /** Measure `up`, `preview` and `destroy` of so many Pinot tables, and nothing else. @default none */
    readonly tables: readonly number[];
}

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

    const { clickstream, rawOnly = false, customer } = await stackScope();
    const memory = await memoryUse(docker, containers);
    const fresh = clickstream
        ? await measureFreshness(endpoints, { rate: 1_000, seconds: 20, minutes: 1, rawOnly })
        : notMeasured("freshness", "productAnalytics");
    const generator = await generatorFigure(docker, {
        kafka: kafka.id,
        brokers: (endpoints["kafka.bootstrapServers"] ?? "").split(","),
        brokersInNetwork: "kafka:9092",
        network: stackPrefix(stack),
        image: imageReference("generators", recordedImages(stack), ROOT),
    });
    const changes = customer
        ? await changeFigures({
              source: { address: endpoint(endpoints, "postgres.address"), database: "source", ...customer.source },
              brokers: endpoint(endpoints, "kafka.bootstrapServers").split(","),
              pinot: pinotStore(pinotAddresses(endpoints)),
          })
        : notMeasured("the way of changes", "customerCdc");
    tell(
        [
            generator,
            ...freshnessFigures(fresh),
            ...changes,
            ...memoryFigures(containers, memory),
            ...(restart ? [await startFigure(docker, stack)] : []),
        ],
        json,
    );
    return 0;
}

/** Says on stderr what the stack has no pipeline for; there are no figures of it. */
function notMeasured(what: string, pipeline: string): [] {
    process.stderr.write(`${what} is not measured: millrace:${pipeline} is not enabled in this stack\n`);
    return [];
}

/** Goals by path, in milliseconds: the middle one, and 95 of 100. */
const FRESH_WITHIN: Readonly<Record<FreshnessPath, { p50: number; p95: number; at?: string }>> = {
    "raw-events → Pinot": { p50: 40, p95: 150, at: " at 1,000 events/s" },
    "raw-events → Flink → Pinot": { p50: 150, p95: 500, at: " at 1,000 events/s" },
    "minute closed → active users": { p50: 2_000, p95: 2_000 },
};

function freshnessFigures(reports: readonly FreshnessReport[]): Figure[] {
    return reports.flatMap(({ path, p50, p95, unseen }) => {
        const goal = FRESH_WITHIN[path];
        const name = `${path}${goal.at ?? ""}`;
        return [
            { name: `${name}, p50`, value: p50, unit: "ms", goal: { atMost: goal.p50 } },
            { name: `${name}, p95`, value: p95, unit: "ms", goal: { atMost: goal.p95 } },
            ...(unseen === 0 ? [] : [{ name: `${name}, not seen in time`, value: unseen, unit: "events" }]),
        ];
    });
}

function memoryFigures(containers: readonly ContainerState[], memory: ReadonlyMap<string, number>): Figure[] {
    const each = containers.flatMap(({ id, service, memoryLimit }) => {
        const value = memory.get(id);
        if (value === undefined) return [];
        const goal = MEMORY_GOALS[service];
        return [
            {
                name: `resident memory of ${service}`,
                value,
                unit: "MB",
                baseline: { name: "its limit", value: memoryLimit },
                ...(goal !== undefined && { goal: { atMost: goal } }),
            },
        ];
    });
    const total = each.reduce((sum, { value }) => sum + value, 0);
    return [...each, { name: "resident memory of the stack", value: total, unit: "MB", goal: { atMost: 4_096 } }];
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
