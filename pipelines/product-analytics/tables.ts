import { type PinotSchemaDocument, pinotIndexes, pinotSchema, type Table } from "../../lib/contract";
import { type PinotTableConfigsArgs, realtimeTable, upsert } from "../../resources";
import { type PinotStreamArgs, pinotStream } from "../pinot-stream";
import {
    ANALYTICS_TOPICS,
    activeUsers,
    productAnalytics,
    RAW_EVENTS_DLQ_TOPIC,
    rejectedMessages,
    userSessions,
} from "./contract";

/** A table of which Flink writes the versions of each row, and Pinot serves the last. */
export interface UpsertTable {
    readonly table: Table;
    /** Topic of the versions, keyed by the primary key. */
    readonly topic: string;
    /**
     * The version with the greatest value wins; of equal ones the one that stands later in the topic, which is the newer.
     * Event time that a row contains only ever grows; when a job goes on from a checkpoint it writes versions again
     * that are older, and they lose.
     */
    readonly comparisonColumn: string;
    /** Keys are kept as 128-bit hashes, which takes half of the heap; for tables with many keys. @default false */
    readonly hashedKeys?: boolean;
}

/** The tables that the pipeline's Flink job fills. */
export const UPSERT_TABLES: readonly UpsertTable[] = [
    { table: productAnalytics, topic: ANALYTICS_TOPICS.productAnalytics, comparisonColumn: "update_time" },
    { table: activeUsers, topic: ANALYTICS_TOPICS.activeUsers, comparisonColumn: "window_end" },
    { table: userSessions, topic: ANALYTICS_TOPICS.userSessions, comparisonColumn: "session_end", hashedKeys: true },
    { table: rejectedMessages, topic: RAW_EVENTS_DLQ_TOPIC, comparisonColumn: "received_at" },
];

/** Where a table's topic is read, and for how long its rows are kept. */
export interface UpsertTableStream extends PinotStreamArgs {
    /** @default for ever */
    readonly retentionDays?: number;
}

/** Schema and table of an upsert table, as `PinotTableConfigs` takes them. */
export function upsertTableConfigs(
    { table, comparisonColumn, hashedKeys = false }: UpsertTable,
    { retentionDays, ...stream }: UpsertTableStream,
): Pick<PinotTableConfigsArgs, "realtime"> & { schema: PinotSchemaDocument } {
    return {
        schema: pinotSchema(table),
        realtime: realtimeTable({
            name: table.name,
            timeColumn: table.timeColumn,
            stream: pinotStream(stream),
            upsert: { ...upsert({ comparisonColumn }), ...(hashedKeys && { hashFunction: "MURMUR3" }) },
            ...(retentionDays === undefined ? {} : { retentionDays }),
            ...pinotIndexes(table),
        }),
    };
}
