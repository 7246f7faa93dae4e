import type { PinotCapabilities } from "./capabilities";
import { rawTableName, streamConfigsOf, type TableDocument } from "./documents";

const FACTORY = "stream.kafka.consumer.factory.class.name";
const CONSUMER_TYPE = "stream.kafka.consumer.type";
const KAFKA20_PACKAGE = /^(org\.apache\.pinot\.plugin\.stream\.)kafka20(\.)/;
const NEWER_PACKAGE = /^(org\.apache\.pinot\.plugin\.stream\.)kafka[34]0(\.)/;

type Json = Record<string, unknown>;

/**
 * Writes a table config in the words of the server's generation. What stands in it beyond those words is passed on.
 *
 * For 0.11: `comparisonColumn`, `replicasPerPartition`, `segmentsConfig.schemaName`, the kafka20 factory and the
 * consumer type it asks for. For 1.x: no `schemaName`, which it reports as unrecognized.
 */
export function toWire(table: TableDocument, can: PinotCapabilities): TableDocument {
    const raw = rawTableName(table.tableName);
    const modern = fromWire(table);
    const segments: Json = { replication: "1", ...modern.segmentsConfig };
    const realtime = modern.tableType === "REALTIME";
    if (can.schemaNameInTable) segments.schemaName ??= raw;
    if (can.replicasPerPartition && realtime) segments.replicasPerPartition ??= String(segments.replication);
    return mapStreams(
        {
            ...modern,
            tableName: `${raw}_${modern.tableType}`,
            segmentsConfig: segments,
            // Pinot 0.11 refuses a config without these three.
            tenants: modern.tenants ?? {},
            tableIndexConfig: { loadMode: "MMAP", ...modern.tableIndexConfig },
            metadata: modern.metadata ?? {},
            ...(modern.upsertConfig === undefined || can.comparisonColumns
                ? {}
                : { upsertConfig: oneComparisonColumn(modern.upsertConfig) }),
        },
        (stream) => ({
            ...stream,
            ...(can.kafkaPlugin === "kafka20" && stream.streamType === "kafka"
                ? {
                      [CONSUMER_TYPE]: stream[CONSUMER_TYPE] ?? "lowlevel",
                      [FACTORY]: (stream[FACTORY] ?? KAFKA_FACTORY).replace(NEWER_PACKAGE, "$1kafka20$2"),
                  }
                : {}),
        }),
    );
}

/**
 * Reads a table config of any generation, declared or answered, in the words of 1.5: two configs that mean the same
 * become equal. Nothing that could mean something is dropped.
 */
export function fromWire(table: TableDocument): TableDocument {
    const raw = rawTableName(table.tableName);
    const segments: Json = { ...asObject(table.segmentsConfig) };
    if (segments.schemaName === raw) delete segments.schemaName;
    if (String(segments.replicasPerPartition) === String(segments.replication ?? "1")) {
        delete segments.replicasPerPartition;
    }
    const type = typeof table.tableType === "string" ? table.tableType.toUpperCase() : table.tableType;
    const upsert = asObject(table.upsertConfig) && { ...asObject(table.upsertConfig) };
    if (upsert !== undefined && typeof upsert.comparisonColumn === "string") {
        upsert.comparisonColumns ??= [upsert.comparisonColumn];
        delete upsert.comparisonColumn;
    }
    return mapStreams(
        {
            ...table,
            tableName: raw,
            tableType: type as TableDocument["tableType"],
            ...(asObject(table.segmentsConfig) === undefined ? {} : { segmentsConfig: segments }),
            ...(upsert === undefined
                ? {}
                : { upsertConfig: upsert as unknown as NonNullable<TableDocument["upsertConfig"]> }),
        },
        (stream) => {
            if (asObject(stream) === undefined) return stream;
            const { [CONSUMER_TYPE]: consumer, [FACTORY]: factory, ...rest } = stream;
            const named = factory?.replace(KAFKA20_PACKAGE, "$1kafka30$2");
            return {
                ...rest,
                // Both are what a server takes when nothing is said.
                ...(consumer === undefined || /^low-?level$/i.test(consumer) ? {} : { [CONSUMER_TYPE]: consumer }),
                ...(named === undefined || named === KAFKA_FACTORY ? {} : { [FACTORY]: named }),
            };
        },
    );
}

/** Undefined for anything but an object: in a preview, any part of a document can be the text that says "unknown". */
function asObject(value: unknown): Json | undefined {
    return value !== null && typeof value === "object" ? (value as Json) : undefined;
}

/** The Kafka plug-in of Pinot 1.5 and 1.6. */
export const KAFKA_FACTORY = "org.apache.pinot.plugin.stream.kafka30.KafkaConsumerFactory";

/** Applies a function to the stream settings, and moves them from their old place in `tableIndexConfig` to the new. */
function mapStreams(
    table: TableDocument,
    map: (stream: Readonly<Record<string, string>>) => Record<string, string>,
): TableDocument {
    const streams = streamConfigsOf(table);
    if (streams.length === 0) return table;
    const { streamConfigs: _old, ...index } = (table.tableIndexConfig ?? {}) as Json;
    const ingestion = table.ingestionConfig ?? {};
    return {
        ...table,
        ...(table.tableIndexConfig === undefined ? {} : { tableIndexConfig: index }),
        ingestionConfig: {
            ...ingestion,
            streamIngestionConfig: { ...ingestion.streamIngestionConfig, streamConfigMaps: streams.map(map) },
        },
    };
}

function oneComparisonColumn(
    upsert: NonNullable<TableDocument["upsertConfig"]>,
): NonNullable<TableDocument["upsertConfig"]> {
    const { comparisonColumns, ...rest } = upsert;
    if (comparisonColumns === undefined) return upsert;
    return comparisonColumns.length === 1 ? { ...rest, comparisonColumn: comparisonColumns[0] } : upsert;
}
