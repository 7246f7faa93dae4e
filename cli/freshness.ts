import { createColors } from "picocolors";
import { StoreError } from "../lib/ledger";
import { silenceNegativeTimerWarnings } from "../lib/ledger/timer-warnings";
import { sendOwnEvents } from "./freshness/own-events";
import { LIVE_MILLIS, liveRun, type Watched, watch } from "./freshness/probe";
import type { Output } from "./verify";
import { write } from "./verify/compare";
import { EndpointError, type Endpoints, endpoint, pinotAddresses } from "./verify/endpoints";
import { pinotStore } from "./verify/pinot-store";

/** Flags of `millrace freshness`. */
export interface FreshnessFlags {
    /** Print the report as JSON. @default false */
    readonly json?: boolean;
    /** Send events of the probe's own at this rate instead of watching the generator. */
    readonly rate?: number;
    /** How long to watch, or to send. @default 20 */
    readonly seconds?: number;
    /** Events to watch, at most, when watching the generator. @default 200 */
    readonly samples?: number;
    /** Pause between two questions to the store, in milliseconds. @default 5 */
    readonly pollMillis?: number;
}

/** Freshness of one path, in milliseconds from handing an event to the broker to reading it from the store. */
export interface FreshnessReport {
    readonly path: string;
    readonly run: string;
    readonly samples: number;
    readonly p50: number;
    readonly p95: number;
    readonly max: number;
    /** Own events that were not seen in time; 0 when watching the generator. */
    readonly unseen: number;
    /** Middle duration of a question: it is part of what was measured. */
    readonly queryMillis: number;
}

const PATH = "raw-events → Pinot";
const HEADING = "produced → queryable";
const SECONDS = 20;
const SAMPLES = 200;
const POLL_MILLIS = 5;
const GRACE_MILLIS = 10_000;

/**
 * Measures how long events take from the broker's door to a query's answer.
 * @throws EndpointError, StoreError or Error when something cannot be asked.
 */
export async function measureFreshness(endpoints: Endpoints, flags: FreshnessFlags = {}): Promise<FreshnessReport> {
    silenceNegativeTimerWarnings();
    const pinot = pinotStore(pinotAddresses(endpoints));
    const { rate, seconds = SECONDS, samples = SAMPLES, pollMillis = POLL_MILLIS } = flags;
    if (rate === undefined) {
        const live = await liveRun(pinot);
        const enough = (seen: { samples: number }) => seen.samples >= samples;
        const since = Date.now() - LIVE_MILLIS;
        const deadline = Date.now() + seconds * 1_000;
        const watched = await watch(pinot, { ...live, since, pollMillis, enough, deadline });
        return reportOf(live.run, watched, 0);
    }
    const since = Date.now();
    const own = await sendOwnEvents(endpoint(endpoints, "kafka.bootstrapServers").split(","), rate, seconds);
    const deadline = Date.now() + seconds * 1_000 + GRACE_MILLIS;
    const [watched] = await Promise.all([
        watch(pinot, {
            run: own.run,
            after: 0,
            since,
            most: own.events,
            pollMillis,
            deadline,
            enough: (seen) => seen.samples >= own.events,
        }),
        own.done,
    ]);
    return reportOf(own.run, watched, own.events - watched.samples);
}

/**
 * `millrace freshness`: prints one line a path.
 * @returns 0 when everything was seen, 1 when events stayed unseen or none came, 2 when something cannot be asked.
 */
export async function freshnessCommand(
    endpoints: Endpoints,
    flags: FreshnessFlags,
    out: Output = process.stdout,
    err: Output = process.stderr,
): Promise<number> {
    try {
        const report = await measureFreshness(endpoints, flags);
        out.write(flags.json ? `${JSON.stringify(report, undefined, 2)}\n` : freshnessText(report, out.isTTY === true));
        return report.unseen > 0 || report.samples === 0 ? 1 : 0;
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (!(error instanceof StoreError || error instanceof EndpointError || /broker|topic/.test(message)))
            throw error;
        err.write(`error: ${message.replaceAll("\n", "\n  ")}\n`);
        return 2;
    }
}

/** The report as a person reads it. */
export function freshnessText(report: FreshnessReport, color: boolean): string {
    const colors = createColors(color);
    const cells = [
        write(report.samples, "count"),
        ...[report.p50, report.p95, report.max].map((value) => `${value} ms`),
    ];
    const headings = ["samples", "p50", "p95", "max"];
    const widths = cells.map((cell, index) => Math.max(cell.length, headings[index]?.length ?? 0));
    const line = (name: string, values: readonly string[]) =>
        `${name.padEnd(HEADING.length)}  ${values.map((value, index) => value.padStart(widths[index] ?? 0)).join("  ")}`;
    const unseen = `${write(report.unseen, "count")} events were not seen in time: make verify says whether they came later`;
    return [
        colors.dim(line(HEADING, headings)),
        line(report.path, cells),
        "",
        `run ${report.run}; a query took ${report.queryMillis} ms, which counts`,
        ...(report.unseen > 0 ? [colors.red(unseen)] : []),
        ...(report.samples === 0 ? [colors.red("no event came while watching")] : []),
        "",
    ].join("\n");
}

function reportOf(run: string, { samples, p50, p95, max, queryMillis }: Watched, unseen: number): FreshnessReport {
    return { path: PATH, run, samples, p50, p95, max, unseen, queryMillis };
}
