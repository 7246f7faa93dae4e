import { below, type DocumentRules } from "../document";
import type { Problem } from "../errors";
import { hasUnknown, UNKNOWN } from "../lifecycle";
import { columnsOf, rawTableName, type SchemaDocument, streamConfigsOf, type TableDocument } from "./documents";

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

const REQUIRED_STREAM_KEYS = [
    "streamType",
    "stream.kafka.topic.name",
    "stream.kafka.broker.list",
    "stream.kafka.decoder.class.name",
];

/**
 * Rules of Pinot that need no server, all problems at once; pure. Unknown values are given the benefit of the doubt.
 * Source of the rules: `TableConfigUtils` of Pinot 1.5.
 * @param schema when given, columns are looked up in it.
 */
export function tableProblems(table: TableDocument, schema?: SchemaDocument): Problem[] {
    return [
        ...nameProblems(table),
        ...realtimeProblems(table),
        ...upsertProblems(table),
        ...(schema === undefined || hasUnknown(schema) ? [] : columnProblems(table, schema)),
    ];
}

function nameProblems(table: TableDocument): Problem[] {
    const problems: Problem[] = [];
    const name: unknown = table.tableName;
    if (name !== UNKNOWN) {
        if (typeof name !== "string" || name === "") {
            problems.push({ property: "table.tableName", what: "tableName is missing" });
        } else if (/__|\s/.test(name) || name.split(".").length > 2) {
            problems.push({
                property: "table.tableName",
                what: `tableName "${name}" is none that Pinot takes`,
                why: "No spaces, no double underscore, at most one dot.",
                wayOut: `call it "${name.replace(/__+|\s+/g, "_")}".`,
            });
        }
    }
    const type: unknown = table.tableType;
    if (type !== UNKNOWN && !["REALTIME", "OFFLINE"].includes(String(type).toUpperCase())) {
        problems.push({
            property: "table.tableType",
            what: `tableType ${type === undefined ? "is missing" : `"${type}" does not exist`}`,
            wayOut: `write "REALTIME" or "OFFLINE".`,
        });
    }
    const replication: unknown = table.segmentsConfig?.replication;
    if (replication !== undefined && replication !== UNKNOWN && !/^[1-9]\d*$/.test(String(replication))) {
        problems.push({
            property: "table.segmentsConfig.replication",
            what: `replication "${replication}" is no number of copies`,
            wayOut: "write a whole number of at least 1.",
        });
    }
    return problems;
}

function realtimeProblems(table: TableDocument): Problem[] {
    if (String(table.tableType).toUpperCase() !== "REALTIME") return [];
    const problems: Problem[] = [];
    const segments: unknown = table.segmentsConfig;
    if (segments !== UNKNOWN && !table.segmentsConfig?.timeColumnName) {
        problems.push({
            property: "table.segmentsConfig.timeColumnName",
            what: "a REALTIME table needs segmentsConfig.timeColumnName",
            why: "Pinot prunes and expires segments by it.",
            wayOut: "name one of the schema's dateTimeFieldSpecs.",
        });
    }
    const ingestion: unknown = table.ingestionConfig;
    const index: unknown = table.tableIndexConfig;
    const streams = streamConfigsOf(table);
    const unknownPlace = [ingestion, index, table.ingestionConfig?.streamIngestionConfig as unknown].includes(UNKNOWN);
    if (streams.length === 0 && !unknownPlace && !hasUnknown(ingestion)) {
        problems.push({
            property: "table.ingestionConfig.streamIngestionConfig.streamConfigMaps",
            what: "a REALTIME table needs a stream",
            wayOut: "add kafkaStream({ topic, brokers }).",
        });
    }
    if (
        streams.length > 0 &&
        table.tableIndexConfig?.streamConfigs !== undefined &&
        table.ingestionConfig?.streamIngestionConfig?.streamConfigMaps !== undefined
    ) {
        problems.push({
            property: "table.tableIndexConfig.streamConfigs",
            what: "the stream is described twice",
            wayOut: "keep ingestionConfig.streamIngestionConfig.streamConfigMaps only.",
        });
    }
    streams.forEach((stream, position) => {
        if (stream === null || typeof stream !== "object" || (stream.streamType ?? "kafka") !== "kafka") return;
        for (const key of REQUIRED_STREAM_KEYS.filter((required) => !stream[required])) {
            const list = "table.ingestionConfig.streamIngestionConfig.streamConfigMaps";
            problems.push({ property: below(`${list}[${position}]`, key), what: `the stream has no ${key}` });
        }
    });
    return problems;
}

function upsertProblems(table: TableDocument): Problem[] {
    const upsert = table.upsertConfig;
    if (upsert === null || typeof upsert !== "object" || upsert.mode === "NONE") return [];
    const problems: Problem[] = [];
    const mode: unknown = upsert.mode;
    if (mode !== UNKNOWN && !["FULL", "PARTIAL"].includes(String(mode))) {
        problems.push({
            property: "table.upsertConfig.mode",
            what: `upsertConfig.mode ${mode === undefined ? "is missing" : `"${mode}" does not exist`}`,
            wayOut: `write "FULL", "PARTIAL" or "NONE".`,
        });
    }
    const routing: unknown = table.routing;
    const selector: unknown = table.routing?.instanceSelectorType;
    if (
        routing !== UNKNOWN &&
        selector !== UNKNOWN &&
        !["strictReplicaGroup", "multiStageReplicaGroup"].includes(String(selector))
    ) {
        problems.push({
            property: "table.routing.instanceSelectorType",
            what: "an upsert table needs routing.instanceSelectorType strictReplicaGroup",
            why: "Each server knows only which of its own rows are the latest; a query that mixes replicas would count rows twice.",
            wayOut: `add routing: { instanceSelectorType: "strictReplicaGroup" }.`,
        });
    }
    if (table.dedupConfig !== undefined && table.dedupConfig !== null) {
        problems.push({
            property: "table.dedupConfig",
            what: "a table cannot have upsert and dedup",
            wayOut: "remove one of them.",
        });
    }
    const starTrees: unknown = table.tableIndexConfig?.starTreeIndexConfigs;
    const hasStarTree = Array.isArray(starTrees) && starTrees.length > 0;
    if (hasStarTree || String(table.tableIndexConfig?.enableDefaultStarTree) === "true") {
        problems.push({
            property: `table.tableIndexConfig.${hasStarTree ? "starTreeIndexConfigs" : "enableDefaultStarTree"}`,
            what: "an upsert table cannot have a star-tree index",
            why: "The tree adds up rows when a segment is built, and could not take back a row that a later one replaces.",
            wayOut: "remove the index, or aggregate before the topic.",
        });
    }
    if (
        mode === "PARTIAL" &&
        !hasUnknown(table.tableIndexConfig) &&
        String(table.tableIndexConfig?.nullHandlingEnabled) !== "true"
    ) {
        problems.push({
            property: "table.tableIndexConfig.nullHandlingEnabled",
            what: "a PARTIAL upsert needs tableIndexConfig.nullHandlingEnabled",
            why: "A value that is absent from a row must be told from one that is there.",
            wayOut: "add tableIndexConfig: { nullHandlingEnabled: true }.",
        });
    }
    if (Number(upsert.deletedKeysTTL ?? 0) > 0 && upsert.deleteRecordColumn === undefined) {
        problems.push({
            property: "table.upsertConfig.deletedKeysTTL",
            what: "upsertConfig.deletedKeysTTL needs upsertConfig.deleteRecordColumn",
        });
    }
    return problems;
}

/** Columns that a table names, against those that its schema has. */
function columnProblems(table: TableDocument, schema: SchemaDocument): Problem[] {
    const columns = columnsOf(schema);
    const problems: Problem[] = [];
    const raw = rawTableName(String(table.tableName));
    if (schema.schemaName !== raw && table.tableName !== UNKNOWN) {
        problems.push({
            property: "table.tableName",
            what: `the table is called "${raw}", its schema "${schema.schemaName}"`,
            why: "Since 1.0 Pinot finds a table's schema by the table's own name.",
            wayOut: "give both the same name.",
        });
    }
    const needs = (property: string, column: unknown, role: string): boolean => {
        if (typeof column !== "string" || column === UNKNOWN || column.startsWith("$")) return false;
        if (columns[column] !== undefined) return true;
        problems.push({
            property,
            what: `${role} "${column}" is no column of schema "${schema.schemaName}"`,
            wayOut: `columns are ${Object.keys(columns).join(", ")}.`,
        });
        return false;
    };
    const time = table.segmentsConfig?.timeColumnName;
    if (
        needs("table.segmentsConfig.timeColumnName", time, "time column") &&
        columns[String(time)]?.kind !== "dateTime"
    ) {
        problems.push({
            property: "table.segmentsConfig.timeColumnName",
            what: `time column "${time}" is a ${columns[String(time)]?.kind} of the schema`,
            wayOut: "move it to dateTimeFieldSpecs.",
        });
    }
    for (const list of ["sortedColumn", ...TABLE_RULES.sets.filter((name) => name.endsWith("Columns"))]) {
        const named: unknown = table.tableIndexConfig?.[list];
        for (const [index, column] of (Array.isArray(named) ? named : [named]).entries()) {
            if (column !== "") needs(`table.tableIndexConfig.${list}[${index}]`, column, list);
        }
    }
    if (Array.isArray(table.fieldConfigList)) {
        table.fieldConfigList.forEach((field, index) => {
            needs(`table.fieldConfigList[${index}].name`, field?.name, "fieldConfigList");
        });
    }
    const upsert = table.upsertConfig;
    const merging = upsert !== undefined && upsert !== null && upsert.mode !== "NONE";
    if ((merging || table.dedupConfig !== undefined) && (schema.primaryKeyColumns ?? []).length === 0) {
        problems.push({
            property: merging ? "table.upsertConfig" : "table.dedupConfig",
            what: `${merging ? "upsert" : "dedup"} needs primaryKeyColumns in schema "${schema.schemaName}"`,
            why: "They say which rows are versions of the same one; the topic must be keyed by them too.",
            wayOut: "add primaryKeyColumns to the schema.",
        });
    }
    if (merging && typeof upsert === "object") {
        const comparison: unknown = upsert.comparisonColumns ?? [];
        (Array.isArray(comparison) ? comparison : []).forEach((column, index) => {
            needs(`table.upsertConfig.comparisonColumns[${index}]`, column, "comparison column");
        });
        const property = "table.upsertConfig.deleteRecordColumn";
        if (needs(property, upsert.deleteRecordColumn, "delete column")) {
            const column = columns[String(upsert.deleteRecordColumn)];
            if (
                column?.singleValueField === false ||
                ["JSON", "BYTES", "TIMESTAMP"].includes(String(column?.dataType))
            ) {
                problems.push({
                    property,
                    what: `delete column "${column?.name}" must be one BOOLEAN, STRING or number`,
                });
            }
        }
    }
    return problems;
}
