import { createColors } from "picocolors";
import { systemClock } from "../lib/clock";
import { type SqlStore, StoreError } from "../lib/ledger";
import { silenceNegativeTimerWarnings } from "../lib/ledger/timer-warnings";
import { sendOwnEvents } from "./freshness/own-events";
import { eventsOfRun, LIVE_MILLIS, liveRun, type Watched, watch } from "./freshness/probe";
import { watchMinutes } from "./freshness/watch-minutes";
import { type WatchedProducts, watchProducts } from "./freshness/watch-products";
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
    /** Measure only the path that needs no Flink. @default false */
    readonly rawOnly?: boolean;
    /** Also wait for so many minutes to close, and measure how long their row takes. @default 0 */
    readonly minutes?: number;
}

/** Freshness of one path, in milliseconds from handing an event to the broker, or from a minute's close, to reading it. */
export interface FreshnessReport {
    readonly path: FreshnessPath;
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

const PATHS = {
    raw: "raw-events → Pinot",
    products: "raw-events → Flink → Pinot",
    minutes: "minute closed → active users",
} as const;
/** What is measured: from where to where. */
export type FreshnessPath = (typeof PATHS)[keyof typeof PATHS];
const MINUTE_MILLIS = 60_000;
/** Often enough for something that may take seconds. */
const MINUTES_POLL_MILLIS = 50;
const HEADING = "produced → queryable";
const SECONDS = 20;
const SAMPLES = 200;
const POLL_MILLIS = 5;
const GRACE_MILLIS = 10_000;

/**
 * Measures how long events take from the broker's door to a query's answer, by path: as rows of their own, and through
 * Flink as part of the row of their product. Both paths are watched at the same time, and see the same events. After that,
 * if wanted, how long closed minutes take to their row of active users.
 * @throws EndpointError, StoreError or Error when something cannot be asked.
 */
export async function measureFreshness(endpoints: Endpoints, flags: FreshnessFlags = {}): Promise<FreshnessReport[]> {
    silenceNegativeTimerWarnings();
    const pinot = pinotStore(pinotAddresses(endpoints));
    const reports = await measureEvents(endpoints, pinot, flags);
    const { minutes = 0, rawOnly } = flags;
    if (minutes === 0 || rawOnly === true) return reports;
    // A partition that falls silent holds its minute back for half a minute.
    const deadline = Date.now() + (minutes + 1) * MINUTE_MILLIS;
    const watched = await watchMinutes(pinot, {
        minutes,
        pollMillis: MINUTES_POLL_MILLIS,
        deadline,
        clock: systemClock,
    });
    return [...reports, reportOf(PATHS.minutes, reports[0]?.run ?? "", watched, 0)];
}

async function measureEvents(endpoints: Endpoints, pinot: SqlStore, flags: FreshnessFlags): Promise<FreshnessReport[]> {
    const { rate, seconds = SECONDS, samples = SAMPLES, pollMillis = POLL_MILLIS } = flags;
    if (rate === undefined) {
        const live = await liveRun(pinot);
        const enough = (seen: { samples: number }) => seen.samples >= samples;
        const since = Date.now() - LIVE_MILLIS;
        const deadline = Date.now() + seconds * 1_000;
        const [watched, products] = await Promise.all([
            watch(pinot, {
                question: eventsOfRun(live.run),
                after: live.after,
                since,
                pollMillis,
                enough,
                deadline,
            }),
            flags.rawOnly === true
                ? undefined
                : watchProducts(pinot, {
                      ...live,
                      since: Date.now(),
                      pollMillis,
                      enough: (found) => found >= samples,
                      deadline,
                  }),
        ]);
        // At the end of the time the newest events may still be under way: of somebody else's, none is missed.
        return reportsOf(live.run, watched, 0, products && { ...products, unseen: 0 });
    }
    const since = Date.now();
    const own = await sendOwnEvents(endpoint(endpoints, "kafka.bootstrapServers").split(","), rate, seconds);
    const deadline = Date.now() + seconds * 1_000 + GRACE_MILLIS;
    const [watched, products] = await Promise.all([
        watch(pinot, {
            question: eventsOfRun(own.run),
            after: 0,
            since,
            most: own.events,
            pollMillis,
            deadline,
            enough: (seen) => seen.samples >= own.events,
        }),
        flags.rawOnly === true
            ? undefined
            : watchProducts(pinot, {
                  run: own.run,
                  after: 0,
                  since,
                  pollMillis,
                  deadline,
                  enough: (_, events) => events >= own.events,
              }),
        own.done,
    ]);
    return reportsOf(own.run, watched, own.events - watched.samples, products);
}

/**
 * `millrace freshness`: prints one line a path.
 * @returns 0 when everything was seen, 1 when events stayed unseen or nothing came, 2 when something cannot be asked.
 */
export async function freshnessCommand(
    endpoints: Endpoints,
    flags: FreshnessFlags,
    out: Output = process.stdout,
    err: Output = process.stderr,
): Promise<number> {
    try {
        const reports = await measureFreshness(endpoints, flags);
        out.write(
            flags.json ? `${JSON.stringify(reports, undefined, 2)}\n` : freshnessText(reports, out.isTTY === true),
        );
        return reports.some(({ unseen, samples }) => unseen > 0 || samples === 0) ? 1 : 0;
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (!(error instanceof StoreError || error instanceof EndpointError || /broker|topic/.test(message)))
            throw error;
        err.write(`error: ${message.replaceAll("\n", "\n  ")}\n`);
        return 2;
    }
}

/** The reports as a person reads them: one line a path. */
export function freshnessText(reports: readonly FreshnessReport[], color: boolean): string {
    const colors = createColors(color);
    const headings = [HEADING, "samples", "p50", "p95", "max"];
    const rows = reports.map(({ path, samples, p50, p95, max }) => [
        path,
        write(samples, "count"),
        ...[p50, p95, max].map((value) => `${value} ms`),
    ]);
    const widths = headings.map((_, column) => Math.max(...[headings, ...rows].map((row) => row[column]?.length ?? 0)));
    const line = (cells: readonly string[]) =>
        cells
            .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
            .join("  ");
    const notes = reports.flatMap(({ path, unseen, samples }) => [
        ...(unseen > 0
            ? [
                  `${path}: ${write(unseen, "count")} events were not seen in time: make verify says whether they came later`,
              ]
            : []),
        ...(samples === 0 ? [`${path}: nothing came while watching`] : []),
    ]);
    const queries = reports.map(({ queryMillis }) => `${queryMillis} ms`).join(", ");
    return [
        colors.dim(line(headings)),
        ...rows.map(line),
        "",
        `run ${reports[0]?.run ?? ""}; a query took ${queries}, which counts`,
        ...notes.map(colors.red),
        "",
    ].join("\n");
}

function reportsOf(run: string, raw: Watched, unseen: number, products?: WatchedProducts): FreshnessReport[] {
    return [
        reportOf(PATHS.raw, run, raw, unseen),
        ...(products === undefined ? [] : [reportOf(PATHS.products, run, products, products.unseen)]),
    ];
}

function reportOf(path: FreshnessPath, run: string, watched: Watched, unseen: number): FreshnessReport {
    const { samples, p50, p95, max, queryMillis } = watched;
    return { path, run, samples, p50, p95, max, unseen, queryMillis };
}
