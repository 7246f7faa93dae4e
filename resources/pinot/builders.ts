import type * as pulumi from "@pulumi/pulumi";
import type { InNetworkAddress } from "../../lib/address";
import type { TableDocument, TierConfig, UpsertConfig } from "./documents";

/** A value of which any part may be an Output. */
export type Deep<T> = pulumi.Input<
    T extends string | number | boolean | null | undefined
        ? T
        : T extends readonly (infer Item)[]
          ? readonly Deep<Item>[]
          : T extends object
            ? { [Key in keyof T]: Deep<T[Key]> }
            : T
>;

/** What {@link kafkaStream} takes. */
export interface KafkaStreamArgs {
    /** Must exist before the table; an upsert table's topic must be keyed by the primary key. */
    topic: pulumi.Input<string>;
    /** `host:port` list as Pinot's servers see it; see `inNetworkAddress` for brokers that exist already. */
    brokers: pulumi.Input<InNetworkAddress>;
    /** Class that decodes a message. @default JSON objects */
    decoder?: pulumi.Input<string>;
    /** Where a new table starts: everything the topic holds, or only what comes. @default "smallest" */
    startFrom?: pulumi.Input<"smallest" | "largest">;
    /** Longest time until a consuming segment is closed. @default "6h" */
    flushAfter?: pulumi.Input<string>;
    /** Rows until a consuming segment is closed; "0" lets Pinot choose by size. @default "5000000" */
    flushRows?: pulumi.Input<string>;
    /** Further settings in Pinot's or the Kafka client's own words: security, isolation level, decoder properties. */
    properties?: Record<string, pulumi.Input<string>>;
}

/** Stream settings of a realtime table that reads a Kafka topic, in the words of Pinot 1.5; older servers get theirs. */
export function kafkaStream(args: KafkaStreamArgs): Record<string, pulumi.Input<string>> {
    return {
        streamType: "kafka",
        "stream.kafka.topic.name": args.topic,
        "stream.kafka.broker.list": args.brokers,
        "stream.kafka.consumer.factory.class.name": "org.apache.pinot.plugin.stream.kafka30.KafkaConsumerFactory",
        "stream.kafka.decoder.class.name":
            args.decoder ?? "org.apache.pinot.plugin.stream.kafka.KafkaJSONMessageDecoder",
        "stream.kafka.consumer.prop.auto.offset.reset": args.startFrom ?? "smallest",
        "realtime.segment.flush.threshold.time": args.flushAfter ?? "6h",
        "realtime.segment.flush.threshold.rows": args.flushRows ?? "5000000",
        ...args.properties,
    };
}

/** What {@link upsert} takes. */
export interface UpsertArgs {
    /** FULL: the latest row replaces the older one. PARTIAL: columns merge by their strategies. @default "FULL" */
    mode?: "FULL" | "PARTIAL";
    /** The row with the greatest value wins. @default the time column */
    comparisonColumn?: string;
    /** A row in which this column is true deletes its key. Pinot 1.x; refused where the server would ignore it. */
    deleteRecordColumn?: string;
    /**
     * Whether a query sees all segments as they were in one moment, so that none of them has a row that has just moved, or
     * two. Pinot 1.2 and later; refused where the server would ignore it. @default "NONE"
     */
    consistencyMode?: "SYNC" | "SNAPSHOT";
    /** PARTIAL only: column → OVERWRITE, INCREMENT, APPEND, UNION, IGNORE, MAX, MIN. */
    strategies?: Record<string, string>;
}

/** An `upsertConfig` in the words of Pinot 1.5; older servers get theirs. */
export function upsert(args: UpsertArgs = {}): UpsertConfig {
    return {
        mode: args.mode ?? "FULL",
        ...(args.comparisonColumn === undefined ? {} : { comparisonColumns: [args.comparisonColumn] }),
        ...(args.deleteRecordColumn === undefined ? {} : { deleteRecordColumn: args.deleteRecordColumn }),
        ...(args.consistencyMode === undefined ? {} : { consistencyMode: args.consistencyMode }),
        ...(args.strategies === undefined ? {} : { partialUpsertStrategies: args.strategies }),
    };
}

/** What {@link storageTier} takes. */
export interface StorageTierArgs {
    name: string;
    /** Tag that the tier's servers carry, ending in `_OFFLINE` or `_REALTIME`. */
    serverTag: string;
    /** Segments whose newest row is older, as `30d` or `12h`; or these segments, by their names. */
    segments: { readonly olderThan: string } | { readonly names: readonly string[] };
}

/**
 * One of a table's `tierConfigs`: where a rebalance, or the controller's relocator, puts these segments. Not for upsert
 * tables, whose segments cannot move.
 */
export function storageTier({ name, serverTag, segments }: StorageTierArgs): TierConfig {
    const selector =
        "olderThan" in segments
            ? { segmentSelectorType: "time", segmentAge: segments.olderThan }
            : { segmentSelectorType: "fixed", segmentList: segments.names };
    return { name, ...selector, storageType: "pinot_server", serverTag };
}

/** What {@link realtimeTable} takes. */
export interface RealtimeTableArgs {
    /** Name of the table and of its schema. */
    name: string;
    /** One of the schema's dateTimeFieldSpecs. */
    timeColumn: string;
    /** See {@link kafkaStream}. */
    stream: pulumi.Input<Record<string, pulumi.Input<string>>>;
    /** Makes rows of one primary key one row; see {@link upsert}. */
    upsert?: UpsertConfig;
    /** Copies of each segment. @default 1 */
    replication?: number;
    /** Days after which rows are dropped. @default never */
    retentionDays?: number;
    /** Columns with an inverted index. */
    invertedIndexColumns?: readonly string[];
    /** Columns with a range index. */
    rangeIndexColumns?: readonly string[];
    /** Columns without dictionary: high cardinality, aggregated rather than filtered. */
    noDictionaryColumns?: readonly string[];
    /** Servers for some of the segments; see {@link storageTier}. */
    tiers?: readonly TierConfig[];
    /** Any other part of a table config, in Pinot's own words; blocks are merged one level deep. */
    config?: Record<string, unknown>;
}

/** A table config for a realtime table, with what upsert needs of routing and null handling. */
export function realtimeTable(args: RealtimeTableArgs): Deep<TableDocument> {
    const { config = {}, upsert: upsertConfig } = args;
    const block = (name: string): Record<string, unknown> => (config[name] ?? {}) as Record<string, unknown>;
    const indexes = {
        invertedIndexColumns: args.invertedIndexColumns,
        rangeIndexColumns: args.rangeIndexColumns,
        noDictionaryColumns: args.noDictionaryColumns,
    };
    return {
        ...config,
        tableName: args.name,
        tableType: "REALTIME",
        segmentsConfig: {
            timeColumnName: args.timeColumn,
            replication: String(args.replication ?? 1),
            ...(args.retentionDays === undefined
                ? {}
                : { retentionTimeUnit: "DAYS", retentionTimeValue: String(args.retentionDays) }),
            ...block("segmentsConfig"),
        },
        tableIndexConfig: {
            loadMode: "MMAP",
            nullHandlingEnabled: true,
            ...Object.fromEntries(Object.entries(indexes).filter(([, columns]) => columns !== undefined)),
            ...block("tableIndexConfig"),
        },
        ingestionConfig: {
            ...block("ingestionConfig"),
            streamIngestionConfig: { streamConfigMaps: [args.stream] },
        },
        ...(args.tiers === undefined ? {} : { tierConfigs: args.tiers }),
        ...(upsertConfig === undefined
            ? {}
            : { upsertConfig, routing: { instanceSelectorType: "strictReplicaGroup", ...block("routing") } }),
    } as Deep<TableDocument>;
}
