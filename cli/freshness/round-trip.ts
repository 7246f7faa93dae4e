import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { createTopics } from "../../lib/create-topics";
import { silenceNegativeTimerWarnings } from "../../lib/ledger/timer-warnings";
import { until } from "../../resources/lifecycle";
import { type Latencies, latenciesOf } from "./visibility";

const PAUSE_MILLIS = 20;
const PATIENCE_SECONDS = 30;
const POLL_MILLIS = 5;

/**
 * How long single messages take through the broker and back, in a topic that is removed again: what is left of any path
 * through it when nothing else takes time.
 * @throws Error when messages do not come back.
 */
export async function kafkaRoundTrip(brokers: readonly string[], messages = 200): Promise<Latencies> {
    silenceNegativeTimerWarnings();
    const name = `bench-${randomUUID().slice(0, 8)}`;
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    const [admin, producer] = [kafka.admin(), kafka.producer()];
    const consumer = kafka.consumer({ groupId: name, maxWaitTimeInMs: 100 });
    const durations: number[] = [];
    let back = 0;
    try {
        await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
        await createTopics(admin, [{ topic: name, numPartitions: 1 }]);
        await consumer.subscribe({ topics: [name], fromBeginning: true });
        await consumer.run({
            autoCommit: false,
            eachMessage: async ({ message }) => {
                durations.push(performance.now() - Number(message.value?.toString()));
                back++;
            },
        });
        const send = async () => {
            await producer.send({ topic: name, messages: [{ value: String(performance.now()) }] });
        };
        const returned = (count: number) =>
            until(
                PATIENCE_SECONDS,
                async () => (back === count ? true : undefined),
                () => new Error(`the broker did not give back what it took in ${PATIENCE_SECONDS} s`),
                POLL_MILLIS,
            );
        // The first one waits until the reader is there.
        await send();
        await returned(1);
        durations.length = 0;
        for (let sent = 0; sent < messages; sent++) {
            await send();
            await sleep(PAUSE_MILLIS);
        }
        await returned(messages + 1);
        const { samples, p50, p95, max } = latenciesOf(durations);
        return { samples, p50: Math.ceil(p50), p95: Math.ceil(p95), max: Math.ceil(max) };
    } finally {
        await consumer.disconnect().catch(() => undefined);
        await producer.disconnect().catch(() => undefined);
        await admin.deleteGroups([name]).catch(() => undefined);
        await admin.deleteTopics({ topics: [name] }).catch(() => undefined);
        await admin.disconnect().catch(() => undefined);
    }
}
