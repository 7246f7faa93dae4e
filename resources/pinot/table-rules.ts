import { below, type DocumentRules } from "../document";
import type { Problem } from "../errors";
import { hasUnknown, UNKNOWN } from "../lifecycle";
import {
    columnsOf,
    rawTableName,
    type SchemaDocument,
    streamConfigsOf,
    type TableDocument,
    type UpsertConfig,
} from "./documents";
import { tierProblems } from "./tier-rules";

/** What of a table config's form carries no meaning, and what Pinot 0.11 to 1.6 adds by itself. */
export const TABLE_RULES: DocumentRules = {
    sets: [
        "bloomFilterColumns",
        "compressionConfigs",
        "invertedIndexColumns",
        "jsonIndexColumns",
        "noDictionaryColumns",
        "onHeapDictionaryColumns",
        "rangeIndexColumns",
        "varLengthDictionaryColumns",
    ],
    keyed: {
        aggregationConfigs: "columnName",
        fieldConfigList: "name",
        tierConfigs: "name",
        transformConfigs: "columnName",
    },
    defaults: {
        "quota.storage": "200M",
        "segmentsConfig.replication": "1",
        "segmentsConfig.segmentPushType": "APPEND",
        "ingestionConfig.segmentTimeValueCheck": "true",
        "tableIndexConfig.columnMajorSegmentBuilderEnabled": "true",
        "tableIndexConfig.loadMode": "MMAP",
        "tableIndexConfig.noDictionarySizeRatioThreshold": "0.85",
        "tableIndexConfig.rangeIndexVersion": "2",
        "tenants.broker": "DefaultTenant",
        "tenants.server": "DefaultTenant",
        "upsertConfig.consistencyMode": "NONE",
        "upsertConfig.defaultPartialUpsertStrategy": "OVERWRITE",
        "upsertConfig.hashFunction": "NONE",
        "upsertConfig.newSegmentTrackingTimeMs": "10000",
        "upsertConfig.preload": "DEFAULT",
        "upsertConfig.snapshot": "DEFAULT",
        "upsertConfig.upsertViewRefreshIntervalMs": "3000",
    },
};

/** Notes a problem at a path below `table`. */
type Say = (path: string, what: string, wayOut?: string, why?: string) => void;

const STREAMS = "ingestionConfig.streamIngestionConfig.streamConfigMaps";

/**
 * Rules of Pinot that need no server, all problems at once; pure. Unknown values are given the benefit of the doubt.
 * Source of the rules: `TableConfigUtils` of Pinot 1.5.
 * @param schema when given, columns are looked up in it.
 */
export function tableProblems(table: TableDocument, schema?: SchemaDocument): Problem[] {
    const problems: Problem[] = [];
    const say: Say = (path, what, wayOut, why) => {
        problems.push({
            property: `table.${path}`,
            what,
            ...(why === undefined ? {} : { why }),
            ...(wayOut === undefined ? {} : { wayOut }),
        });
    };
    checkNames(table, say);
    if (String(table.tableType).toUpperCase() === "REALTIME") checkStream(table, say);
    if (isObject(table.upsertConfig) && table.upsertConfig.mode !== "NONE") checkUpsert(table, table.upsertConfig, say);
    for (const { path, what, wayOut, why } of tierProblems(table)) say(path, what, wayOut, why);
    if (schema !== undefined && !hasUnknown(schema)) checkColumns(table, schema, say);
    return problems;
}

function checkNames(table: TableDocument, say: Say): void {
    const { tableName: name, tableType: type } = table as { tableName: unknown; tableType: unknown };
    if (typeof name !== "string" || name === "") {
        say("tableName", "tableName is missing");
    } else if (/__|\s/.test(name) || name.split(".").length > 2) {
        const better = name.replace(/__+|\s+/g, "_");
        say(
            "tableName",
            `tableName "${name}" is none that Pinot takes`,
            `call it "${better}".`,
            "No spaces, no double underscore, at most one dot.",
        );
    }
    if (type !== UNKNOWN && !["REALTIME", "OFFLINE"].includes(String(type).toUpperCase())) {
        const what = type === undefined ? "is missing" : `"${type}" does not exist`;
        say("tableType", `tableType ${what}`, `write "REALTIME" or "OFFLINE".`);
    }
    const replication: unknown = table.segmentsConfig?.replication;
    if (replication !== undefined && replication !== UNKNOWN && !/^[1-9]\d*$/.test(String(replication))) {
        say("segmentsConfig.replication", `replication "${replication}" is no number of copies`, "write 1 or more.");
    }
}

function checkStream(table: TableDocument, say: Say): void {
    const { segmentsConfig: segments, ingestionConfig: ingestion, tableIndexConfig: index } = table;
    if ((segments as unknown) !== UNKNOWN && !segments?.timeColumnName) {
        say(
            "segmentsConfig.timeColumnName",
            "a REALTIME table needs segmentsConfig.timeColumnName",
            "name one of the schema's dateTimeFieldSpecs.",
            "Pinot prunes and expires segments by it.",
        );
    }
    const streams = streamConfigsOf(table);
    if (streams.length === 0 && !hasUnknown([ingestion, index])) {
        say(STREAMS, "a REALTIME table needs a stream", "add kafkaStream({ topic, brokers }).");
    }
    const maps = ingestion?.streamIngestionConfig?.streamConfigMaps;
    if (index?.streamConfigs !== undefined && maps !== undefined) {
        say("tableIndexConfig.streamConfigs", "the stream is described twice", `keep ${STREAMS} only.`);
    }
    streams.forEach((stream, position) => {
        if (!isObject(stream) || (stream.streamType ?? "kafka") !== "kafka") return;
        const required = ["topic.name", "broker.list", "decoder.class.name"].map((key) => `stream.kafka.${key}`);
        for (const key of ["streamType", ...required].filter((key) => !stream[key])) {
            say(below(`${STREAMS}[${position}]`, key), `the stream has no ${key}`);
        }
    });
}

function checkUpsert(table: TableDocument, upsert: UpsertConfig, say: Say): void {
    const { mode, deletedKeysTTL, deleteRecordColumn } = upsert as Record<string, unknown>;
    const { routing, tableIndexConfig: index } = table;
    if (mode !== UNKNOWN && mode !== "FULL" && mode !== "PARTIAL") {
        const what = mode === undefined ? "is missing" : `"${mode}" does not exist`;
        say("upsertConfig.mode", `upsertConfig.mode ${what}`, `write "FULL", "PARTIAL" or "NONE".`);
    }
    const selector = String(routing?.instanceSelectorType);
    if (!hasUnknown(routing) && !["strictReplicaGroup", "multiStageReplicaGroup"].includes(selector)) {
        say(
            "routing.instanceSelectorType",
            "an upsert table needs routing.instanceSelectorType strictReplicaGroup",
            `add routing: { instanceSelectorType: "strictReplicaGroup" }.`,
            "Each server knows only which of its own rows are the latest; a query that mixes replicas would count rows twice.",
        );
    }
    if (isObject(table.dedupConfig)) say("dedupConfig", "a table cannot have upsert and dedup", "remove one of them.");
    const trees = index?.starTreeIndexConfigs;
    const hasTree = Array.isArray(trees) && trees.length > 0;
    if (hasTree || String(index?.enableDefaultStarTree) === "true") {
        say(
            `tableIndexConfig.${hasTree ? "starTreeIndexConfigs" : "enableDefaultStarTree"}`,
            "an upsert table cannot have a star-tree index",
            "remove the index, or aggregate before the topic.",
            "The tree adds up rows when a segment is built, and could not take back a row that a later one replaces.",
        );
    }
    if (mode === "PARTIAL" && !hasUnknown(index) && String(index?.nullHandlingEnabled) !== "true") {
        say(
            "tableIndexConfig.nullHandlingEnabled",
            "a PARTIAL upsert needs tableIndexConfig.nullHandlingEnabled",
            "add tableIndexConfig: { nullHandlingEnabled: true }.",
            "A value that is absent from a row must be told from one that is there.",
        );
    }
    if (Number(deletedKeysTTL ?? 0) > 0 && deleteRecordColumn === undefined) {
        say("upsertConfig.deletedKeysTTL", "upsertConfig.deletedKeysTTL needs upsertConfig.deleteRecordColumn");
    }
}

/** Columns that a table names, against those that its schema has. */
function checkColumns(table: TableDocument, schema: SchemaDocument, say: Say): void {
    const columns = columnsOf(schema);
    const inSchema = `of schema "${schema.schemaName}"`;
    const raw = rawTableName(String(table.tableName));
    if (schema.schemaName !== raw && table.tableName !== UNKNOWN) {
        say(
            "tableName",
            `the table is called "${raw}", its schema "${schema.schemaName}"`,
            "give both the same name.",
            "Since 1.0 Pinot finds a table's schema by the table's own name.",
        );
    }
    const find = (path: string, column: unknown, role: string): (typeof columns)[string] | undefined => {
        // Columns with a $ are Pinot's own.
        if (typeof column !== "string" || column === "" || column === UNKNOWN || column.startsWith("$"))
            return undefined;
        if (columns[column] === undefined) {
            say(
                path,
                `${role} "${column}" is no column ${inSchema}`,
                `columns are ${Object.keys(columns).join(", ")}.`,
            );
        }
        return columns[column];
    };
    const time = find("segmentsConfig.timeColumnName", table.segmentsConfig?.timeColumnName, "time column");
    if (time !== undefined && time.kind !== "dateTime") {
        const what = `time column "${time.name}" is a ${time.kind} ${inSchema}`;
        say("segmentsConfig.timeColumnName", what, "move it to dateTimeFieldSpecs.");
    }
    for (const list of ["sortedColumn", ...TABLE_RULES.sets.filter((name) => name.endsWith("Columns"))]) {
        for (const [index, column] of [table.tableIndexConfig?.[list]].flat().entries()) {
            find(`tableIndexConfig.${list}[${index}]`, column, list);
        }
    }
    for (const [index, field] of [table.fieldConfigList ?? []].flat().entries()) {
        find(`fieldConfigList[${index}].name`, (field as { name?: unknown }).name, "fieldConfigList");
    }
    const upsert = isObject(table.upsertConfig) && table.upsertConfig.mode !== "NONE" ? table.upsertConfig : undefined;
    if ((upsert !== undefined || isObject(table.dedupConfig)) && (schema.primaryKeyColumns ?? []).length === 0) {
        const word = upsert === undefined ? "dedup" : "upsert";
        say(
            `${word}Config`,
            `${word} needs primaryKeyColumns in schema "${schema.schemaName}"`,
            "add primaryKeyColumns to the schema.",
            "They say which rows are versions of the same one; the topic must be keyed by them too.",
        );
    }
    for (const [index, column] of [upsert?.comparisonColumns ?? []].flat().entries()) {
        find(`upsertConfig.comparisonColumns[${index}]`, column, "comparison column");
    }
    const path = "upsertConfig.deleteRecordColumn";
    const marker = find(path, upsert?.deleteRecordColumn, "delete column");
    if (marker?.singleValueField === false || ["JSON", "BYTES", "TIMESTAMP"].includes(String(marker?.dataType))) {
        say(path, `delete column "${marker?.name}" must be one BOOLEAN, STRING or number`);
    }
}

function isObject<T>(value: T): value is T & object {
    return typeof value === "object" && value !== null;
}
