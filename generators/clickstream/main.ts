import { writeFileSync } from "node:fs";
import { problemsOf } from "../../lib/contract";
import { CATEGORIES, rawEvents } from "../../pipelines/product-analytics/contract";
import { connectSink } from "../kafka-sink";
import { LedgerKeeper } from "../ledger-keeper";
import type { Log } from "../log";
import { run } from "../run";
import { simulatedClock, wallClock } from "../source";
import { TokenBucket } from "../token-bucket";
import { Clickstream, type ClickstreamArgs, openSessionsAt } from "./clickstream";
import type { ClickstreamOptions } from "./options";
import { runIdOf, runParameters } from "./run-id";
import { PRODUCTS_PER_CATEGORY } from "./shop";
import { makeWords } from "./words";

const PRODUCTS = CATEGORIES.length * PRODUCTS_PER_CATEGORY;
const REHEARSED_EVENTS = 200;

/**
 * Runs the clickstream generator until its events are sent or the signal aborts.
 * @throws Error that says what could not be done.
 */
export async function runClickstream(options: ClickstreamOptions, signal: AbortSignal, log: Log): Promise<void> {
    const { eventsPerSecond, seed, users, events, heartbeatFile } = options;
    const clockStart = options.clockStart ?? Date.now();
    const runId = runIdOf(options, clockStart);
    const args: ClickstreamArgs = {
        run: runId,
        seed,
        users,
        openSessions: openSessionsAt(eventsPerSecond, users),
        clock: options.clockStart === undefined ? wallClock(clockStart) : simulatedClock(clockStart, eventsPerSecond),
        words: makeWords(seed, PRODUCTS),
    };
    rehearse(args);
    const source = new Clickstream(args);
    const ledger = new LedgerKeeper(
        { generator: "clickstream", run: runId, topic: options.topic, clockStart, parameters: runParameters(options) },
        source.made(),
    );
    const sink = await connectSink({ ...options, clientId: `millrace-${runId}`, log }, signal);
    log("info", "started", {
        run: runId,
        topic: options.topic,
        partitions: sink.partitions,
        ...runParameters(options),
    });
    try {
        const acknowledged = await run({
            source,
            sink,
            ledger,
            bucket: new TokenBucket(eventsPerSecond, performance.now()),
            ...(events === undefined ? {} : { events }),
            batchEvents: options.batchEvents,
            signal,
            log,
            heartbeat: () => {
                if (heartbeatFile !== undefined) writeFileSync(heartbeatFile, `${new Date().toISOString()}\n`);
            },
        });
        log("info", "finished", { run: runId, acknowledged, ...ledger.snapshot(true).totals });
    } finally {
        await sink.close();
    }
}

/** A few events of a run of their own, judged by the contract: what does not fit it is never sent. */
function rehearse(args: ClickstreamArgs): void {
    const source = new Clickstream({ ...args, run: `${args.run.slice(0, 80)}.rehearsal` });
    for (let count = 0; count < REHEARSED_EVENTS; count++) {
        const { event } = source.next(1);
        const problems = problemsOf(rawEvents, event);
        if (problems.length > 0) throw new Error(`a ${event.event_type} breaks its contract: ${problems.join("; ")}`);
    }
}
