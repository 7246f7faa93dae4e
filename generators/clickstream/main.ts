import { writeFileSync } from "node:fs";
import { problemsOf } from "../../lib/contract";
import { CATEGORIES, rawEvents } from "../../pipelines/product-analytics/contract";
import { connectSink } from "../kafka-sink";
import { LedgerKeeper } from "../ledger-keeper";
import type { Log } from "../log";
import { rateShape } from "../rate-shape";
import { type RunArgs, run } from "../run";
import { type Clock, simulatedClock, wallClock } from "../source";
import { TokenBucket } from "../token-bucket";
import { Clickstream, type ClickstreamArgs, openSessionsAt } from "./clickstream";
import type { ClickstreamOptions } from "./options";
import { runIdOf, runParameters } from "./run-id";
import { PRODUCTS_PER_CATEGORY } from "./shop";
import { makeWords } from "./words";

const PRODUCTS = CATEGORIES.length * PRODUCTS_PER_CATEGORY;
const REHEARSED_EVENTS = 200;
const HOUR_MILLIS = 3_600_000;

/**
 * Runs the clickstream generator until its events are sent or the signal aborts.
 * @throws Error that says what could not be done.
 */
export async function runClickstream(options: ClickstreamOptions, signal: AbortSignal, log: Log): Promise<void> {
    const { seed, users, eventsPerSecond } = options;
    const words = makeWords(seed, PRODUCTS);
    const openSessions = openSessionsAt(eventsPerSecond, users);
    const shape = rateShape({
        shape: options.rateShape,
        periodSeconds: options.ratePeriod,
        amplitude: options.rateAmplitude,
    });
    const made = { seed, users, openSessions, words, faults: options };
    rehearse({ ...made, run: "rehearsal", clock: simulatedClock(Date.UTC(2026, 0, 1), eventsPerSecond) });
    const sink = await connectSink({ ...options, clientId: `millrace-clickstream-${process.pid}`, log }, signal);
    const bucket = new TokenBucket(eventsPerSecond, performance.now(), shape, performance.timeOrigin);
    // A run that is bounded, simulated or named is one run: it has to be the same whenever it is made.
    const { events, clockStart, runId } = options;
    const endless = events === undefined && clockStart === undefined && runId === undefined;
    try {
        do {
            const start = options.clockStart ?? Date.now();
            const clock =
                options.clockStart === undefined ? wallClock(start) : simulatedClock(start, eventsPerSecond, shape);
            const source = new Clickstream({ ...made, run: runIdOf(options, start), clock });
            const until = endless ? start + options.runHours * HOUR_MILLIS : undefined;
            await oneRun(
                options,
                { source, sink, bucket, signal, log, ...(until === undefined ? {} : { until }) },
                clock,
            );
        } while (endless && !signal.aborted);
    } finally {
        await sink.close();
    }
}

async function oneRun(
    options: ClickstreamOptions,
    parts: Pick<RunArgs, "sink" | "bucket" | "signal" | "log" | "until"> & { readonly source: Clickstream },
    clock: Clock,
): Promise<void> {
    const { source, sink, log } = parts;
    const { topic, events, batchEvents, heartbeatFile } = options;
    const parameters = runParameters(options);
    const ledger = new LedgerKeeper(
        { generator: "clickstream", run: source.run, topic, clockStart: clock.start, parameters },
        source.made(),
    );
    log("info", "started", { run: source.run, topic, partitions: sink.partitions, ...parameters });
    const began = performance.now();
    const acknowledged = await run({
        ...parts,
        ledger,
        ...(events === undefined ? {} : { events }),
        batchEvents,
        heartbeat: () => {
            if (heartbeatFile !== undefined) writeFileSync(heartbeatFile, `${new Date().toISOString()}\n`);
        },
    });
    const seconds = (performance.now() - began) / 1_000;
    const perSecond = Math.round(acknowledged / seconds);
    log("info", "finished", { run: source.run, acknowledged, perSecond, ...ledger.snapshot(true).totals });
}

/** A few events of a run of their own, judged by the contract: what does not fit it is never sent. */
function rehearse(args: ClickstreamArgs): void {
    const source = new Clickstream(args);
    for (let count = 0; count < REHEARSED_EVENTS; count++) {
        const event = source.next(1, []);
        const problems = problemsOf(rawEvents, event);
        if (problems.length > 0) throw new Error(`a ${event.event_type} breaks its contract: ${problems.join("; ")}`);
    }
}
