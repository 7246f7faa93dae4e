import type * as pulumi from "@pulumi/pulumi";
import { type DebeziumPostgresArgs, debeziumPostgres } from "../../resources/connect/debezium";
import { CAPTURED, TOPIC_PREFIX } from "./contract";

/** What {@link captureConfig} takes. */
export interface CaptureArgs extends Pick<DebeziumPostgresArgs, "database" | "password"> {
    readonly slot: string;
    readonly publication: string;
    /** How long to sleep when nothing was to be read. @default 50 */
    readonly pollMillis?: number;
}

/** Where Debezium puts a field, and what the contract calls it. */
const RENAMES = {
    __op: "op",
    __source_ts_ms: "ts_ms",
    __source_ts_us: "ts_us",
    __source_lsn: "lsn",
    __deleted: "deleted",
} as const;

/**
 * Configuration of the connector: one flat JSON object a change, keyed by the primary key, deletes included.
 *
 * Debezium's envelope (`before`, `after`) is taken off before the topic, since the key of a deleted row stands in
 * `before` and that of every other in `after`: whoever reads an envelope has to choose, and Pinot 0.11 cannot.
 */
export function captureConfig(args: CaptureArgs): Record<string, pulumi.Input<string | number | boolean>> {
    const tables = CAPTURED.map(({ name }) => `public.${name}`);
    return debeziumPostgres({
        database: args.database,
        password: args.password,
        topicPrefix: TOPIC_PREFIX,
        publication: args.publication,
        slot: args.slot,
        tables,
        settings: {
            "snapshot.mode": "initial",
            "snapshot.include.collection.list": tables.join(","),
            // Times as milliseconds.
            "time.precision.mode": "connect",
            // Half a second is the default; it is what a change would wait for.
            "poll.interval.ms": args.pollMillis ?? 50,
            "heartbeat.interval.ms": 1_000,
            "heartbeat.action.query": "UPDATE cdc_mark SET value = value + 1 WHERE name = 'heartbeat'",
            // A change that is left out is a wrong row for ever. What fails stops here, and goes on here once it is repaired;
            // Connect has dead letter queues for sinks only.
            "event.processing.failure.handling.mode": "fail",
            "errors.tolerance": "none",
            "errors.log.enable": true,
            "tombstones.on.delete": false,
            transforms: "flat,names,route",
            "transforms.flat.type": "io.debezium.transforms.ExtractNewRecordState",
            "transforms.flat.delete.tombstone.handling.mode": "rewrite",
            "transforms.flat.add.fields": "op,source.ts_ms,source.ts_us,source.lsn",
            "transforms.names.type": "org.apache.kafka.connect.transforms.ReplaceField$Value",
            "transforms.names.renames": Object.entries(RENAMES)
                .map(([from, to]) => `${from}:${to}`)
                .join(","),
            // Debezium's own heartbeats have a field ts_ms: ReplaceField would look there for the one that it renames, and fail.
            predicates: "heartbeat",
            "predicates.heartbeat.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
            "predicates.heartbeat.pattern": "__debezium-heartbeat\\..*",
            "transforms.names.predicate": "heartbeat",
            "transforms.names.negate": true,
            // The prefix stays, and the schema is named: two services or schemas never write one topic.
            "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
            "transforms.route.regex": `${TOPIC_PREFIX}\\.public\\.([^.]+)`,
            "transforms.route.replacement": `${TOPIC_PREFIX}.$1`,
            // What every client can read: snappy, lz4 and zstd need a codec that kafkajs does not have.
            "producer.override.compression.type": "gzip",
        },
    });
}
