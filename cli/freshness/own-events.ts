import { Clickstream, openSessionsAt } from "../../generators/clickstream/clickstream";
import { connectSink } from "../../generators/kafka-sink";
import { LedgerKeeper } from "../../generators/ledger-keeper";
import { run } from "../../generators/run";
import { wallClock } from "../../generators/source";
import { TokenBucket } from "../../generators/token-bucket";
import { LEDGER_TOPIC } from "../../lib/ledger";
import { CATEGORIES, RAW_EVENTS_TOPIC } from "../../pipelines/product-analytics/contract";

const USERS = 200;
const BATCH = 1_000;
const SEED = 7;

/** A run of the probe's own, under way. */
export interface OwnRun {
    readonly run: string;
    /** Events that it will have sent. */
    readonly events: number;
    /** Settles once all are acknowledged and the ledger is closed. */
    readonly done: Promise<void>;
}

/**
 * Sends marked events at a rate, with a ledger like every other run: what the probe writes is verified too.
 * @throws Error when the broker or its topics cannot be reached.
 */
export async function sendOwnEvents(brokers: readonly string[], rate: number, seconds: number): Promise<OwnRun> {
    const start = Date.now();
    const name = `freshness-${start}`;
    const events = Math.max(1, Math.round(rate * seconds));
    const source = new Clickstream({
        run: name,
        seed: SEED,
        users: USERS,
        openSessions: openSessionsAt(rate, USERS),
        clock: wallClock(start),
        words: { productNames: CATEGORIES.map((category) => `${category} probe`), cities: ["Probe"] },
    });
    const signal = new AbortController().signal;
    const log = () => {};
    const sink = await connectSink(
        {
            brokers,
            clientId: `millrace-${name}`,
            topic: RAW_EVENTS_TOPIC,
            ledgerTopic: LEDGER_TOPIC,
            waitSeconds: 10,
            deliverySeconds: 30,
            log,
        },
        signal,
    );
    const parameters = { seed: SEED, users: USERS, eventsPerSecond: rate, events, simulatedClock: false };
    const description = { generator: "clickstream", run: name, topic: RAW_EVENTS_TOPIC, clockStart: start, parameters };
    const done = run({
        source,
        sink,
        ledger: new LedgerKeeper(description, source.made()),
        bucket: new TokenBucket(rate, performance.now()),
        events,
        batchEvents: BATCH,
        signal,
        log,
        heartbeat: () => {},
    })
        .then(() => {})
        .finally(() => sink.close());
    return { run: name, events, done };
}
