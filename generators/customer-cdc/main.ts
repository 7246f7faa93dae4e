import { readFileSync, writeFileSync } from "node:fs";
import { connectSink } from "../kafka-sink";
import { LedgerKeeper } from "../ledger-keeper";
import type { Log } from "../log";
import { pause } from "../pause";
import { TokenBucket } from "../token-bucket";
import type { CustomerCdcOptions } from "./options";
import { Source } from "./source";
import { firstIdOf, Workload } from "./workload";

const LEDGER_MILLIS = 1_000;
const PROGRESS_MILLIS = 10_000;
const HEARTBEAT_MILLIS = 5_000;

/**
 * Changes rows of the source until enough are changed or the signal aborts, and publishes what has to be there.
 * @throws Error that says what could not be done.
 */
export async function runCustomerCdc(options: CustomerCdcOptions, signal: AbortSignal, log: Log): Promise<void> {
    const start = options.clockStart ?? Date.now();
    const { seed, persons, changesPerSecond, ledgerTopic } = options;
    const firstId = firstIdOf(start);
    const run = options.runId ?? `customer-cdc-${seed}-${start}`;
    const sink = await connectSink(
        { ...options, topic: ledgerTopic, clientId: `millrace-customer-cdc-${process.pid}`, log },
        signal,
    );
    const url = new URL(options.source);
    if (options.passwordFile !== undefined) url.password = readFileSync(options.passwordFile, "utf8").trim();
    const source = new Source(url.href, run, {
        waitSeconds: options.waitSeconds,
        awaySeconds: options.deliverySeconds,
        log,
    });
    const workload = new Workload({ seed, firstId, persons, start });
    const made = (sequence: number) => ({ sequence, time: Date.now(), totals: workload.totals() });
    const parameters = { seed, persons, changesPerSecond, firstId };
    const ledger = new LedgerKeeper(
        { generator: "customer-cdc", run, topic: "person,orders", clockStart: start, parameters },
        made(0),
    );
    const publish = (final: boolean) => ledger.publish(final, (key, value) => sink.publish(key, value));
    try {
        await source.begin(signal);
        log("info", "started", { run, ...parameters });
        await changeRows();
        await publish(true);
        log("info", "finished", { run, ...workload.totals() });
    } finally {
        await source.end();
        await sink.close();
    }

    async function changeRows(): Promise<void> {
        const bucket = new TokenBucket(changesPerSecond, performance.now());
        const most = options.changes ?? Number.POSITIVE_INFINITY;
        const due = { publish: 0, progress: Date.now() + PROGRESS_MILLIS, heartbeat: 0 };
        let changed = 0;
        let debt = 0;
        let silentAt = Date.now() + options.activeSeconds * 1_000;
        while (!signal.aborted && changed < most) {
            if (Date.now() >= due.publish) {
                await publish(false);
                due.publish = Date.now() + LEDGER_MILLIS;
            }
            if (Date.now() >= due.heartbeat) {
                heartbeat();
                due.heartbeat = Date.now() + HEARTBEAT_MILLIS;
            }
            if (Date.now() >= due.progress) {
                log("info", "progress", { changed, sequence: ledger.watermark });
                due.progress = Date.now() + PROGRESS_MILLIS;
            }
            if (options.idleSeconds > 0 && Date.now() >= silentAt) {
                await silence();
                silentAt = Date.now() + options.activeSeconds * 1_000;
            }
            // A transaction is carried out whole, and its changes are paid for afterwards.
            if (debt > 0) {
                const paid = bucket.take(performance.now(), debt);
                debt -= paid;
                if (paid === 0) await pause(Math.max(2, bucket.waitMillis()), signal);
                continue;
            }
            const transaction = workload.next();
            await source.carryOut(transaction);
            ledger.acknowledge(made(transaction.sequence));
            changed += transaction.changes.length;
            debt = changesPerSecond === 0 ? 0 : transaction.changes.length;
        }
    }

    async function silence(): Promise<void> {
        await publish(false);
        log("info", "silent", { seconds: options.idleSeconds });
        const until = Date.now() + options.idleSeconds * 1_000;
        while (!signal.aborted && Date.now() < until) {
            heartbeat();
            await pause(Math.min(HEARTBEAT_MILLIS, until - Date.now()), signal);
        }
    }

    function heartbeat(): void {
        if (options.heartbeatFile !== undefined) writeFileSync(options.heartbeatFile, `${new Date().toISOString()}\n`);
    }
}
