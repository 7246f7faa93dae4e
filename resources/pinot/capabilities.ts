import { ask, type Session, unrecognizedIn } from "./api";
import type { TableDocument } from "./documents";
import { remembered } from "./remembered";

/** What a controller can do, as read from it: never guessed from a version text. */
export interface PinotCapabilities {
    /** `comparisonColumns`; before 1.0 there is one `comparisonColumn`. */
    readonly comparisonColumns: boolean;
    /** `upsertConfig.deleteRecordColumn` deletes. Before 1.0 it is accepted and ignored. */
    readonly deleteRecordColumn: boolean;
    /** `GET /segments/{table}/needReload` exists. */
    readonly needReload: boolean;
    /** A table names its schema in `segmentsConfig.schemaName`; since 1.0 the name is the table's own. */
    readonly schemaNameInTable: boolean;
    /** A realtime table must say `segmentsConfig.replicasPerPartition`. */
    readonly replicasPerPartition: boolean;
    /** Package of the Kafka plug-in of this generation; see `wire.ts`. */
    readonly kafkaPlugin: "kafka20" | "kafka30";
}

/** Pinot 1.5 and later. */
export const CURRENT: PinotCapabilities = {
    comparisonColumns: true,
    deleteRecordColumn: true,
    needReload: true,
    schemaNameInTable: false,
    replicasPerPartition: false,
    kafkaPlugin: "kafka30",
};

/** Pinot 0.11. */
export const LEGACY: PinotCapabilities = {
    comparisonColumns: false,
    deleteRecordColumn: false,
    needReload: false,
    schemaNameInTable: true,
    replicasPerPartition: true,
    kafkaPlugin: "kafka20",
};

const PROBE = "millrace_capability_probe";

/**
 * Asks a controller what it can do, with two requests that change nothing: whether `needReload` exists, and which
 * properties of a made-up table its validation does not recognize.
 *
 * Errors: no answer; refused credentials.
 */
export function readCapabilities(session: Session): Promise<PinotCapabilities> {
    return remembered(session, "capabilities", () => askCapabilities(session));
}

async function askCapabilities(session: Session): Promise<PinotCapabilities> {
    const [reload, validation] = await Promise.all([
        ask({ ...session, retries: 0 }, "GET", `/segments/${PROBE}_REALTIME/needReload?verbose=false`),
        ask(session, "POST", "/tableConfigs/validate", PROBE_CONFIGS, true),
    ]);
    return capabilitiesFrom(
        reload.status,
        validation.status === 200 ? Object.keys(unrecognizedIn(validation)) : undefined,
    );
}

/**
 * Capabilities from the two answers; pure.
 * @param needReloadStatus 406 where the path leads to no endpoint.
 * @param unrecognized JSON paths, or undefined when the validation did not get that far.
 */
export function capabilitiesFrom(
    needReloadStatus: number,
    unrecognized: readonly string[] | undefined,
): PinotCapabilities {
    const needReload = ![404, 405, 406].includes(needReloadStatus);
    const base = needReload ? CURRENT : LEGACY;
    if (unrecognized === undefined) return base;
    const knows = (property: string): boolean => !unrecognized.some((path) => path.split("/").includes(property));
    return {
        ...base,
        needReload,
        comparisonColumns: knows("comparisonColumns"),
        deleteRecordColumn: knows("deleteRecordColumn"),
        schemaNameInTable: knows("schemaName"),
    };
}

/** A property of a table that a server would ignore in silence, with what to do instead. */
export interface Lack {
    readonly path: string;
    readonly what: string;
    readonly why: string;
    readonly wayOut: string;
}

/** What a table asks for that the server cannot do; pure. */
export function lacksOf(table: TableDocument, can: PinotCapabilities): Lack[] {
    const lacks: Lack[] = [];
    const upsert = table.upsertConfig;
    if (upsert?.deleteRecordColumn !== undefined && !can.deleteRecordColumn) {
        lacks.push({
            path: "upsertConfig.deleteRecordColumn",
            what: "upsertConfig.deleteRecordColumn is not known to this Pinot",
            why: "The server would accept and ignore it: deleted keys would still be returned.",
            wayOut: `leave it out and filter on "${upsert.deleteRecordColumn}" in a view or query, or run Pinot 1.x.`,
        });
    }
    if ((upsert?.comparisonColumns?.length ?? 0) > 1 && !can.comparisonColumns) {
        lacks.push({
            path: "upsertConfig.comparisonColumns",
            what: "upsertConfig.comparisonColumns takes one column on this Pinot",
            why: "The server knows only the older upsertConfig.comparisonColumn.",
            wayOut: "name one column, or run Pinot 1.x.",
        });
    }
    return lacks;
}

const PROBE_CONFIGS = {
    tableName: PROBE,
    schema: {
        schemaName: PROBE,
        dimensionFieldSpecs: [
            { name: "id", dataType: "STRING" },
            { name: "deleted", dataType: "BOOLEAN" },
        ],
        dateTimeFieldSpecs: [
            { name: "ts", dataType: "LONG", format: "1:MILLISECONDS:EPOCH", granularity: "1:MILLISECONDS" },
        ],
        primaryKeyColumns: ["id"],
    },
    realtime: {
        tableName: `${PROBE}_REALTIME`,
        tableType: "REALTIME",
        segmentsConfig: {
            timeColumnName: "ts",
            replication: "1",
            replicasPerPartition: "1",
            schemaName: PROBE,
        },
        tenants: {},
        tableIndexConfig: {
            loadMode: "MMAP",
            streamConfigs: {
                streamType: "kafka",
                "stream.kafka.topic.name": PROBE,
                "stream.kafka.broker.list": "localhost:9092",
                "stream.kafka.consumer.type": "lowlevel",
                "stream.kafka.consumer.factory.class.name":
                    "org.apache.pinot.plugin.stream.kafka20.KafkaConsumerFactory",
                "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.stream.kafka.KafkaJSONMessageDecoder",
            },
        },
        metadata: {},
        routing: { instanceSelectorType: "strictReplicaGroup" },
        upsertConfig: { mode: "FULL", comparisonColumns: ["ts"], deleteRecordColumn: "deleted" },
    },
};
