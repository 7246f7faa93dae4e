import { z } from "zod";
import { LEDGER_TOPIC, RUN_ID } from "../../lib/ledger";
import { RAW_EVENTS_TOPIC } from "../../pipelines/product-analytics/contract";
import { decimalNumber, LOG_LEVEL, wholeNumber } from "../option-values";
import { option, type Values } from "../options";
import { RATE_AMPLITUDE, RATE_PERIOD_SECONDS, RATE_SHAPES } from "../rate-shape";

const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;

const topic = z.string().regex(TOPIC, "must be a topic name: letters, digits, dot, underscore, hyphen");

const brokers = z
    .string()
    .transform((text) => text.split(",").map((each) => each.trim()))
    .refine((all) => all.every((each) => /^[^\s:]+:\d{1,5}$/.test(each)), "must be host:port, several with commas");

const moment = z
    .string()
    .transform((text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text)))
    .refine((value) => Number.isSafeInteger(value) && value >= 0, "must be epoch milliseconds or an ISO 8601 time");

/** Parameters of the clickstream generator. */
export const CLICKSTREAM_OPTIONS = {
    brokers: option(
        "kafka-bootstrap-servers",
        "KAFKA_BOOTSTRAP_SERVERS",
        "host:port,…",
        brokers,
        "broker to send to",
        "localhost:9092",
    ),
    topic: option("kafka-topic", "KAFKA_TOPIC", "name", topic, "topic of the events", RAW_EVENTS_TOPIC),
    ledgerTopic: option("ledger-topic", "LEDGER_TOPIC", "name", topic, "topic of the ledger", LEDGER_TOPIC),
    eventsPerSecond: option(
        "events-per-second",
        "EVENTS_PER_SECOND",
        "number",
        decimalNumber(0, 1_000_000),
        "rate; 0 is as fast as possible",
        "1",
    ),
    rateShape: option(
        "rate-shape",
        "RATE_SHAPE",
        "shape",
        z.enum(RATE_SHAPES, `must be ${RATE_SHAPES.join(", ").replace(/, (\w+)$/, " or $1")}`),
        "how the rate changes; its mean is kept: diurnal is a wave, burst a peak in the first tenth of each period",
        "constant",
    ),
    ratePeriod: option(
        "rate-period",
        "RATE_PERIOD",
        "seconds",
        decimalNumber(1, 31_536_000),
        `after how long the shape repeats itself, counted from midnight UTC; by default ` +
            `${RATE_PERIOD_SECONDS.diurnal} for diurnal, ${RATE_PERIOD_SECONDS.burst} for burst`,
    ),
    rateAmplitude: option(
        "rate-amplitude",
        "RATE_AMPLITUDE",
        "number",
        decimalNumber(0, 1),
        `how far the rate leaves its mean, 0 to 1: diurnal from 1 − a to 1 + a times the mean, burst 1 + 9 a times ` +
            `and 1 − a otherwise; by default ${RATE_AMPLITUDE}`,
    ),
    duplicateRate: option(
        "duplicate-rate",
        "DUPLICATE_RATE",
        "part",
        decimalNumber(0, 1),
        "part of the events that are sent twice, under the same id",
        "0",
    ),
    lateRate: option(
        "late-rate",
        "LATE_RATE",
        "part",
        decimalNumber(0, 1),
        "part of the events that say they happened a day before",
        "0",
    ),
    malformedRate: option(
        "malformed-rate",
        "MALFORMED_RATE",
        "part",
        decimalNumber(0, 1),
        "messages that are no event, beside each event: not JSON, unknown type, no user, negative price, a megabyte",
        "0",
    ),
    events: option("events", "EVENTS", "count", wholeNumber(1, 1_000_000_000), "end after so many events"),
    seed: option("seed", "SEED", "number", wholeNumber(0, 4_294_967_295), "same seed, same shop and users", "42"),
    users: option("users", "USERS", "count", wholeNumber(1, 1_000_000), "distinct users", "1000"),
    clockStart: option(
        "clock-start",
        "CLOCK_START",
        "time",
        moment,
        "simulate the clock from this time; the run is then the same whenever it is made",
    ),
    runId: option(
        "run-id",
        "RUN_ID",
        "name",
        z.string().regex(RUN_ID, "must be letters, digits, dot, underscore, hyphen; at most 100"),
        "name of the run; by default made from seed, parameters and clock start",
    ),
    runHours: option(
        "run-hours",
        "RUN_HOURS",
        "hours",
        decimalNumber(0.001, 10_000),
        "begin a new run, with a ledger of its own, after so long; stores that forget old events are verified run by run",
        "24",
    ),
    batchEvents: option(
        "batch-events",
        "BATCH_EVENTS",
        "count",
        wholeNumber(1, 10_000),
        "events at once, at most",
        "5000",
    ),
    waitSeconds: option(
        "wait-seconds",
        "WAIT_SECONDS",
        "seconds",
        wholeNumber(1, 3_600),
        "how long broker and topics may take to be there",
        "60",
    ),
    deliverySeconds: option(
        "delivery-seconds",
        "DELIVERY_SECONDS",
        "seconds",
        wholeNumber(1, 86_400),
        "how long the broker may be away before the run fails",
        "300",
    ),
    heartbeatFile: option(
        "heartbeat-file",
        "HEARTBEAT_FILE",
        "path",
        z.string(),
        "file that is touched every few seconds while the run is well",
    ),
    logLevel: LOG_LEVEL,
} as const;

/** Values of {@link CLICKSTREAM_OPTIONS}. */
export type ClickstreamOptions = Values<typeof CLICKSTREAM_OPTIONS>;

/** What is wrong with parameters that are right each by itself. */
export function clickstreamProblems(options: Partial<ClickstreamOptions>): string[] {
    const { rateShape, ratePeriod, rateAmplitude, eventsPerSecond } = options;
    const problems: string[] = [];
    if (rateShape === "constant") {
        if (ratePeriod !== undefined) problems.push("--rate-period has no meaning with --rate-shape constant");
        if (rateAmplitude !== undefined) problems.push("--rate-amplitude has no meaning with --rate-shape constant");
    } else if (rateShape !== undefined && eventsPerSecond === 0) {
        problems.push(`--rate-shape ${rateShape} needs a rate: --events-per-second 0 is as fast as possible`);
    }
    return problems;
}
