import type { Sink } from "./kafka-sink";
import type { LedgerKeeper } from "./ledger-keeper";
import type { Log } from "./log";
import { pause, within } from "./pause";
import type { Message, Source } from "./source";
import type { TokenBucket } from "./token-bucket";

const LEDGER_MILLIS = 1_000;
const PROGRESS_MILLIS = 10_000;
const HEARTBEAT_MILLIS = 5_000;
const UNWELL_MILLIS = 20_000;
const DRAIN_MILLIS = 8_000;
// Paid before events are made, not after: their produce time stays the time at which they leave.
const LINGER_MILLIS = 5;

// Events are small, and what faults add may not be: two batches have to fit into a small container's memory.
const BATCH_CHARACTERS = 8_000_000;

/** What {@link run} works with. */
export interface RunArgs {
    readonly source: Source;
    readonly sink: Sink;
    readonly ledger: LedgerKeeper;
    readonly bucket: TokenBucket;
    /** Ends after so many events. Without it and `until`, only the signal ends it. */
    readonly events?: number;
    /** Ends at this time, in epoch milliseconds. */
    readonly until?: number;
    readonly batchEvents: number;
    /** Aborts to end in order. */
    readonly signal: AbortSignal;
    readonly log: Log;
    /** Called while the run is well, every few seconds. */
    readonly heartbeat: () => void;
}

/**
 * Sends a source's events at the bucket's rate until enough are sent or the signal aborts, and publishes the ledger
 * every second and at the end.
 * @returns how many events the broker has acknowledged.
 * @throws Error when the broker finally does not take a batch, or does not take the last one in time after a stop.
 */
export async function run(args: RunArgs): Promise<number> {
    const pump = new Pump(args);
    const stopHousekeeping = keepHouse(args, pump);
    try {
        await pump.publish(false);
        await pump.work();
        await pump.drain();
        return args.ledger.watermark;
    } finally {
        stopHousekeeping();
    }
}

class Pump {
    private readonly failed = new AbortController();
    private readonly ended: AbortSignal;
    private readonly end: Promise<void>;
    private failure: unknown;
    private flushing: Promise<void> = Promise.resolve();
    private flushingSince: number | undefined;
    private publishing: Promise<void> | undefined;

    constructor(private readonly args: RunArgs) {
        this.ended = AbortSignal.any([args.signal, this.failed.signal]);
        this.end = new Promise((resolve) => {
            if (this.ended.aborted) resolve();
            else this.ended.addEventListener("abort", () => resolve(), { once: true });
        });
    }

    /** How long the batch under way has been waiting for its acknowledgement. */
    waitingMillis(): number {
        return this.flushingSince === undefined ? 0 : Date.now() - this.flushingSince;
    }

    /** Makes and sends until it is enough. */
    async work(): Promise<void> {
        const { source, sink, bucket, batchEvents } = this.args;
        const { events: most = Number.POSITIVE_INFINITY, until = Number.POSITIVE_INFINITY } = this.args;
        let made = 0;
        let granted = 0;
        while (!this.ended.aborted && made < most && Date.now() < until) {
            if (granted === 0) granted = bucket.take(performance.now(), Math.min(batchEvents, most - made));
            if (granted === 0) {
                const wait = Math.min(bucket.waitMillis(), until - Date.now());
                await pause(Math.max(LINGER_MILLIS, wait), this.ended);
                continue;
            }
            const batch: Message[] = [];
            for (let characters = 0; granted > 0 && characters < BATCH_CHARACTERS; granted--) {
                const first = batch.length;
                source.make(sink.partitions, batch);
                for (let at = first; at < batch.length; at++) characters += batch[at]?.value.length ?? 0;
                made++;
            }
            // One batch is under way while the next is made; never two, so that what is acknowledged has no gaps.
            await Promise.race([this.flushing, this.end]);
            if (this.ended.aborted) return;
            this.flushing = this.flush(batch);
        }
    }

    /** Waits for what is under way, and publishes the last snapshot; in a hurry once a stop is asked for. */
    async drain(): Promise<void> {
        const drained = (async () => {
            await this.flushing;
            await this.publishing;
            await this.publish(true);
        })();
        // A bounded run may wait for its last acknowledgement; one that was told to stop must not outlive its patience.
        await Promise.race([drained, this.end]);
        await within(DRAIN_MILLIS, drained, () => new Error(LATE));
        if (this.failure !== undefined) throw this.failure;
    }

    /** Publishes the present snapshot; does nothing while another is on its way. */
    async publish(final: boolean): Promise<void> {
        if (this.publishing !== undefined || this.failure !== undefined) return;
        const { ledger, sink } = this.args;
        this.publishing = ledger
            .publish(final, (key, value) => sink.publish(key, value))
            .catch((error) => this.fail(error))
            .finally(() => {
                this.publishing = undefined;
            });
        await this.publishing;
    }

    private async flush(batch: readonly Message[]): Promise<void> {
        const { source, sink, ledger } = this.args;
        const made = source.made();
        this.flushingSince = Date.now();
        try {
            await sink.send(batch);
            ledger.acknowledge(made);
        } catch (error) {
            this.fail(error);
        } finally {
            this.flushingSince = undefined;
        }
    }

    private fail(error: unknown): void {
        this.failure ??= error;
        this.failed.abort();
    }
}

const LATE =
    `the broker did not take the last batch within ${DRAIN_MILLIS / 1_000} s after the stop; ` +
    "the last published ledger stays right for its watermark";

/** Ledger, progress and heartbeat, by the clock. @returns what ends it. */
function keepHouse({ ledger, log, heartbeat }: RunArgs, pump: Pump): () => void {
    let last = { at: Date.now(), watermark: 0 };
    heartbeat();
    const timers = [
        setInterval(() => void pump.publish(false), LEDGER_MILLIS),
        setInterval(() => {
            const now = { at: Date.now(), watermark: ledger.watermark };
            const perSecond = Math.round(((now.watermark - last.watermark) * 1_000) / (now.at - last.at));
            log("info", "progress", { acknowledged: now.watermark, perSecond, waitingMillis: pump.waitingMillis() });
            last = now;
        }, PROGRESS_MILLIS),
        setInterval(() => {
            if (pump.waitingMillis() < UNWELL_MILLIS) heartbeat();
        }, HEARTBEAT_MILLIS),
    ];
    return () => {
        for (const timer of timers) clearInterval(timer);
    };
}
