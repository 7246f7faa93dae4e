import { schemaOf, tableOf } from "../pinot-pair";
import { offlineOf } from "../table-configs-matrix";

/** A kind of resource: where its provider stands, and a declaration that is right. */
export interface Kind {
    readonly folder: string;
    readonly module: string;
    readonly exportName: string;
    /** @param url of a server that answers nothing of use: offline rules have to see what is wrong. */
    readonly right: (url: string) => Record<string, unknown>;
}

/** `[what is changed, the property that is wrong, what is said about it]`; a value `undefined` takes the part away. */
export type Wrong = readonly [changed: Record<string, unknown>, property: string, said: RegExp];

const trino = (url: string) => ({ server: { url, user: "admin" } });
const clickhouse = (url: string) => ({ server: { url, username: "millrace", password: "p" } });
const columns = [
    { name: "id", type: "UInt64" },
    { name: "amount", type: "Float64" },
];
const person = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "plugin.name": "pgoutput",
    "database.hostname": "postgres",
    "database.user": "capture",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Connect's own form of a reference.
    "database.password": "${directory:/run/secrets:password}",
    "database.dbname": "source",
    "topic.prefix": "shop",
};

/** Every kind that has rules of its own. */
export const KINDS = {
    PinotSchema: {
        folder: "pinot",
        module: "schema-provider",
        exportName: "pinotSchemaProvider",
        right: (url) => ({ server: { controllerUrl: url }, schema: schemaOf("t") }),
    },
    PinotTable: {
        folder: "pinot",
        module: "table-provider",
        exportName: "pinotTableProvider",
        right: (url) => ({
            server: { controllerUrl: url },
            schema: schemaOf("t"),
            table: tableOf("t", "events", "kafka:9092"),
        }),
    },
    PinotTableConfigs: {
        folder: "pinot",
        module: "table-configs-provider",
        exportName: "pinotTableConfigsProvider",
        right: (url) => ({ server: { controllerUrl: url }, schema: schemaOf("t"), offline: offlineOf("t") }),
    },
    PinotSegmentLoad: {
        folder: "pinot",
        module: "segment-load-provider",
        exportName: "pinotSegmentLoadProvider",
        right: (url) => ({
            server: { controllerUrl: url },
            table: "orders",
            segmentPrefix: "orders-2026",
            files: ["package.json"],
            format: "json",
        }),
    },
    PinotInstanceTags: {
        folder: "pinot",
        module: "instance-tags-provider",
        exportName: "pinotInstanceTagsProvider",
        right: (url) => ({
            server: { controllerUrl: url },
            instance: "Server_pinot-server_8098",
            tags: ["DefaultTenant_OFFLINE"],
        }),
    },
    Bucket: {
        folder: "s3",
        module: "bucket-provider",
        exportName: "bucketProvider",
        right: (url) => ({ server: { url, accessKey: "a", secretKey: "b" }, bucket: "warehouse" }),
    },
    KafkaConnector: {
        folder: "connect",
        module: "connector-provider",
        exportName: "connectorProvider",
        right: (url) => ({ server: { restUrl: url }, name: "person", config: person }),
    },
    FlinkSqlJob: {
        folder: "flink",
        module: "sql-job-provider",
        exportName: "sqlJobProvider",
        right: (url) => ({
            server: { restUrl: url, sqlGatewayUrl: url },
            name: "sums",
            setup: ["CREATE TEMPORARY TABLE a (id STRING) WITH ('connector' = 'datagen')"],
            statement: "INSERT INTO b SELECT id FROM a",
        }),
    },
    TrinoCatalog: {
        folder: "trino",
        module: "catalog-provider",
        exportName: "catalogProvider",
        right: (url) => ({
            ...trino(url),
            catalog: "lake",
            connector: "hive",
            properties: { "hive.metastore": "file" },
        }),
    },
    TrinoSchema: {
        folder: "trino",
        module: "schema-provider",
        exportName: "schemaProvider",
        right: (url) => ({ ...trino(url), catalog: "lake", schema: "shop" }),
    },
    TrinoView: {
        folder: "trino",
        module: "view-provider",
        exportName: "viewProvider",
        right: (url) => ({ ...trino(url), catalog: "lake", schema: "shop", view: "person", sql: "SELECT 1 AS one" }),
    },
    TrinoMaterializedView: {
        folder: "trino",
        module: "view-provider",
        exportName: "materializedViewProvider",
        right: (url) => ({ ...trino(url), catalog: "lake", schema: "shop", view: "person", sql: "SELECT 1 AS one" }),
    },
    ClickHouseDatabase: {
        folder: "clickhouse",
        module: "database-provider",
        exportName: "databaseProvider",
        right: (url) => ({ ...clickhouse(url), database: "shop" }),
    },
    ClickHouseTable: {
        folder: "clickhouse",
        module: "table-provider",
        exportName: "tableProvider",
        right: (url) => ({ ...clickhouse(url), database: "shop", table: "orders", columns, orderBy: "id" }),
    },
    ClickHouseView: {
        folder: "clickhouse",
        module: "view-provider",
        exportName: "viewProvider",
        right: (url) => ({ ...clickhouse(url), database: "shop", view: "totals", query: "SELECT 1 AS one" }),
    },
    ClickHouseNamedCollection: {
        folder: "clickhouse",
        module: "named-collection-provider",
        exportName: "namedCollectionProvider",
        right: (url) => ({ ...clickhouse(url), collection: "lake", values: { url: "http://store" } }),
    },
} satisfies Record<string, Kind>;

const schema = (changed: object) => ({ schema: { ...schemaOf("t"), ...changed } });
const table = (changed: object) => ({ table: { ...tableOf("t", "events", "kafka:9092"), ...changed } });
const stream = (changed: object) => {
    const { ingestionConfig, ...rest } = tableOf("t", "events", "kafka:9092");
    const [first] = ingestionConfig?.streamIngestionConfig?.streamConfigMaps ?? [];
    return {
        table: {
            ...rest,
            ingestionConfig: { streamIngestionConfig: { streamConfigMaps: [{ ...first, ...changed }] } },
        },
    };
};
const STREAM = "table.ingestionConfig.streamIngestionConfig.streamConfigMaps";
const time = (changed: object) => ({
    ...{ name: "ts", dataType: "LONG", format: "1:MILLISECONDS:EPOCH", granularity: "1:MILLISECONDS" },
    ...changed,
});
const rule = (changed: object) => ({ lifecycle: [{ ID: "old", Expiration: { Days: 3 }, ...changed }] });
const config = (changed: object) => ({ config: { ...person, ...changed } });
const column = (changed: object) => ({ columns: [columns[0], { ...columns[1], ...changed }] });

/** Declarations that are wrong, by kind. */
export const WRONG: Readonly<Record<keyof typeof KINDS, readonly Wrong[]>> = {
    PinotSchema: [
        [{ schema: undefined }, "schema", /schema is missing/],
        [{ server: {} }, "server.controllerUrl", /controllerUrl is missing/],
        [{ server: { controllerUrl: "pinot:9000" } }, "server.controllerUrl", /no http\(s\) URL/],
        [
            { server: { controllerUrl: "http://admin:secret@pinot:9000" } },
            "server.controllerUrl",
            /carries credentials/,
        ],
        [schema({ schemaName: undefined }), "schema.schemaName", /schemaName is missing/],
        [schema({ schemaName: "" }), "schema.schemaName", /schemaName is missing/],
        [schema({ schemaName: "a__b" }), "schema.schemaName", /double underscore/],
        [schema({ schemaName: "a b" }), "schema.schemaName", /has a space/],
        [schema({ metricFieldSpecs: [{ dataType: "LONG" }] }), "schema.metricFieldSpecs[0].name", /has no name/],
        [schema({ metricFieldSpecs: [{ name: "a b", dataType: "LONG" }] }), "schema.metricFieldSpecs[0].name", /space/],
        [
            schema({ metricFieldSpecs: [{ name: "id", dataType: "LONG" }] }),
            "schema.metricFieldSpecs[0].name",
            /already/,
        ],
        [schema({ metricFieldSpecs: [{ name: "n" }] }), "schema.metricFieldSpecs[0].dataType", /has no dataType/],
        [
            schema({ metricFieldSpecs: [{ name: "n", dataType: "long" }] }),
            "schema.metricFieldSpecs[0].dataType",
            /"LONG"/,
        ],
        [
            schema({ metricFieldSpecs: [{ name: "n", dataType: "STRING" }] }),
            "schema.metricFieldSpecs[0].dataType",
            /cannot be STRING/,
        ],
        [
            schema({ metricFieldSpecs: [{ name: "n", dataType: "BOOLEAN" }] }),
            "schema.metricFieldSpecs[0].dataType",
            /cannot be BOOLEAN/,
        ],
        [
            schema({ dateTimeFieldSpecs: [time({ format: undefined })] }),
            "schema.dateTimeFieldSpecs[0].format",
            /has no format/,
        ],
        [
            schema({ dateTimeFieldSpecs: [time({ granularity: undefined })] }),
            "schema.dateTimeFieldSpecs[0].granularity",
            /no granularity/,
        ],
        [schema({ primaryKeyColumns: ["nobody"] }), "schema.primaryKeyColumns[0]", /is no column.*columns are id/s],
        [schema({ primaryKeyColumns: ["tags"] }), "schema.primaryKeyColumns[0]", /holds several values/],
    ],
    PinotTable: [
        [{ table: undefined }, "table", /table is missing/],
        [table({ tableName: undefined }), "table.tableName", /tableName is missing/],
        [table({ tableName: "a b" }), "table.tableName", /none that Pinot takes/],
        [table({ tableName: "a.b.c" }), "table.tableName", /none that Pinot takes/],
        [table({ tableName: "other" }), "table.tableName", /its schema "t"/],
        [table({ tableType: undefined }), "table.tableType", /is missing/],
        [table({ tableType: "STREAM" }), "table.tableType", /does not exist/],
        [
            table({ segmentsConfig: { timeColumnName: "ts", replication: "0" } }),
            "table.segmentsConfig.replication",
            /no number of copies/,
        ],
        [
            table({ segmentsConfig: { timeColumnName: "ts", replication: "many" } }),
            "table.segmentsConfig.replication",
            /no number of copies/,
        ],
        [table({ segmentsConfig: {} }), "table.segmentsConfig.timeColumnName", /needs segmentsConfig.timeColumnName/],
        [
            table({ segmentsConfig: { timeColumnName: "when" } }),
            "table.segmentsConfig.timeColumnName",
            /is no column of schema/,
        ],
        [table({ segmentsConfig: { timeColumnName: "id" } }), "table.segmentsConfig.timeColumnName", /is a dimension/],
        [table({ ingestionConfig: {} }), STREAM, /needs a stream/],
        [
            stream({ "stream.kafka.topic.name": "" }),
            `${STREAM}[0]["stream.kafka.topic.name"]`,
            /has no stream.kafka.topic.name/,
        ],
        [
            stream({ "stream.kafka.broker.list": "" }),
            `${STREAM}[0]["stream.kafka.broker.list"]`,
            /has no stream.kafka.broker.list/,
        ],
        [
            stream({ "stream.kafka.decoder.class.name": "" }),
            `${STREAM}[0]["stream.kafka.decoder.class.name"]`,
            /has no/,
        ],
        [
            table({ tableIndexConfig: { streamConfigs: { streamType: "kafka" } } }),
            "table.tableIndexConfig.streamConfigs",
            /described twice/,
        ],
        [table({ upsertConfig: { mode: "SOME" } }), "table.upsertConfig.mode", /"SOME" does not exist/],
        [table({ upsertConfig: {} }), "table.upsertConfig.mode", /is missing/],
        [table({ routing: {} }), "table.routing.instanceSelectorType", /needs .* strictReplicaGroup/],
        [table({ dedupConfig: { dedupEnabled: true } }), "table.dedupConfig", /cannot have upsert and dedup/],
        [
            table({ tableIndexConfig: { enableDefaultStarTree: true } }),
            "table.tableIndexConfig.enableDefaultStarTree",
            /cannot have a star-tree/,
        ],
        [
            table({ upsertConfig: { mode: "PARTIAL" }, tableIndexConfig: {} }),
            "table.tableIndexConfig.nullHandlingEnabled",
            /needs/,
        ],
        [
            table({ upsertConfig: { mode: "FULL", deletedKeysTTL: 5 } }),
            "table.upsertConfig.deletedKeysTTL",
            /needs upsertConfig.deleteRecordColumn/,
        ],
        [
            table({ tableIndexConfig: { invertedIndexColumns: ["nobody"] } }),
            "table.tableIndexConfig.invertedIndexColumns[0]",
            /is no column/,
        ],
        [
            table({ upsertConfig: { mode: "FULL", comparisonColumns: ["nobody"] } }),
            "table.upsertConfig.comparisonColumns[0]",
            /is no column/,
        ],
    ],
    PinotTableConfigs: [
        [{ offline: undefined }, "realtime", /neither realtime nor offline/],
        [{ schema: undefined }, "schema", /schema is missing/],
        [{ offline: { ...offlineOf("other") } }, "offline.tableName", /has to be the schema's name, t/],
        [{ offline: { ...offlineOf("t"), tableType: "REALTIME" } }, "offline.tableType", /has to be OFFLINE here/],
        [{ realtime: offlineOf("t") }, "realtime.tableType", /has to be REALTIME here/],
        [{ realtime: { tableName: "t", tableType: "REALTIME" } }, "realtime.segmentsConfig.timeColumnName", /needs/],
    ],
    PinotInstanceTags: [
        [{ server: {} }, "server.controllerUrl", /controllerUrl is missing/],
        [{ instance: undefined }, "instance", /is no name of an instance/],
        [{ instance: "pinot-server" }, "instance", /is no name of an instance.*Server_<host>_<port>/s],
        [{ instance: "Controller_pinot_9000" }, "instance", /is no name of an instance/],
        [{ tags: [] }, "tags", /no tag is named/],
        [{ tags: undefined }, "tags", /no tag is named/],
        [{ tags: ["a_OFFLINE,b_OFFLINE"] }, "tags[0]", /is no tag/],
        [{ tags: [7] }, "tags[0]", /7 is no tag/],
        [{ tags: ["cold_OFFLINE", "cold_OFFLINE"] }, "tags[1]", /named twice/],
        [{ tags: ["cold"] }, "tags[0]", /is no tag of a server: it ends in _OFFLINE or _REALTIME/],
        [{ instance: "Broker_b_8099", tags: ["cold_OFFLINE"] }, "tags[0]", /is no tag of a broker/],
    ],
    PinotSegmentLoad: [
        [{ server: {} }, "server.controllerUrl", /controllerUrl is missing/],
        [{ table: undefined }, "table", /table is missing/],
        [{ table: "orders_REALTIME" }, "table", /is a realtime one/],
        [{ segmentPrefix: "" }, "segmentPrefix", /segmentPrefix is missing/],
        [{ segmentPrefix: "a__b" }, "segmentPrefix", /cannot begin the name of a segment/],
        [{ segmentPrefix: "a/b" }, "segmentPrefix", /cannot begin the name of a segment/],
        [{ files: undefined }, "files", /no file is named/],
        [{ files: [] }, "files", /no file is named/],
        [{ files: [7] }, "files[0]", /no path of a file/],
        [{ files: ["nowhere.json"] }, "files[0]", /nowhere.json cannot be read: there is no such file/],
        [{ files: ["tests"] }, "files[0]", /tests cannot be read: it is no file/],
        [{ files: ["package.json", "./package.json"] }, "files[1]", /the same content as files\[0\]/],
        [{ files: ["README.md"] }, "files[0]", /README.md is no json file/],
        [{ format: "parquet" }, "files[0]", /package.json is no parquet file/],
        [{ format: undefined }, "format", /format is missing/],
        [{ format: "xlsx" }, "format", /format "xlsx" does not exist/],
        [{ reader: "," }, "reader", /no object of settings/],
        [{ format: "csv", reader: { delimiter: "||" } }, "reader.delimiter", /not one character/],
        [{ format: "csv", reader: { header: ["a"] } }, "reader.header", /neither text, number/],
    ],
    Bucket: [
        [{ bucket: undefined }, "bucket", /bucket is missing/],
        [{ bucket: "ab" }, "bucket", /3 to 63 characters; this one has 2/],
        [{ bucket: "Warehouse" }, "bucket", /small letters/],
        [{ bucket: "a..b" }, "bucket", /A dot stands between/],
        [{ bucket: "10.0.0.1" }, "bucket", /no IP address/],
        [{ server: { url: "http://s3:9000/warehouse", accessKey: "a", secretKey: "b" } }, "server.url", /has a path/],
        [{ server: { url: "http://s3:9000", secretKey: "b" } }, "server.accessKey", /accessKey is missing/],
        [{ server: { url: "http://s3:9000", accessKey: "a" } }, "server.secretKey", /secretKey is missing/],
        [{ versioning: "On" }, "versioning", /versioning is "On"/],
        [{ lifecycle: "never" }, "lifecycle", /no list of rules/],
        [{ lifecycle: [null] }, "lifecycle[0]", /is no rule/],
        [rule({ ID: undefined }), "lifecycle[0].ID", /ID is missing/],
        [{ lifecycle: [1, 2].map(() => ({ ID: "old", Expiration: { Days: 3 } })) }, "lifecycle[1].ID", /there twice/],
        [rule({ Expire: {} }), "lifecycle[0].Expire", /Expire/],
        [rule({ Expiration: { Days: -1 } }), "lifecycle[0].Expiration.Days", /no positive whole number/],
        [rule({ Expiration: { Date: "2027-01-01T12:00:00Z" } }), "lifecycle[0].Expiration.Date", /no midnight/],
        [rule({ Expiration: { Days: 1, Date: "2027-01-01" } }), "lifecycle[0].Expiration", /Days|one of/],
        [rule({ Status: "On" }), "lifecycle[0].Status", /Status is "On"/],
        [rule({ Expiration: undefined }), "lifecycle[0]", /does nothing/],
    ],
    KafkaConnector: [
        [{ name: undefined }, "name", /name is missing/],
        [{ name: "a/b" }, "name", /no name for a connector/],
        [{ name: " a" }, "name", /no name for a connector/],
        [{ config: undefined }, "config", /config is missing/],
        [{ config: [] }, "config", /config is missing/],
        [{ secretConfig: "x" }, "secretConfig", /no set of keys/],
        [config({ "connector.class": undefined }), 'config["connector.class"]', /connector.class is missing/],
        [config({ "plugin.name": undefined }), 'config["plugin.name"]', /decoderbufs.*"pgoutput"/s],
        [config({ "tasks.max": 0 }), 'config["tasks.max"]', /no positive whole number/],
        [config({ "table.include.list": ["a", "b"] }), 'config["table.include.list"]', /is a list.*"a,b"/s],
        [config({ "slot.name": null }), 'config["slot.name"]', /leave the key out/],
        [config({ "database.password": "clear" }), 'config["database.password"]', /a secret stands in clear/],
        [{ secretConfig: { "topic.prefix": "x" } }, 'secretConfig["topic.prefix"]', /in config and in secretConfig/],
        [config({ name: "other" }), "config.name", /another name/],
        [config({ transforms: "route" }), 'config["transforms.route.type"]', /is missing.*names route/s],
        [config({ predicates: "own" }), 'config["predicates.own.type"]', /is missing.*names own/s],
        [{ state: "asleep" }, "state", /state is "asleep"/],
        [{ restarts: 1.5 }, "restarts", /no number from 0/],
        [{ steadySeconds: -1 }, "steadySeconds", /no number from 0/],
        [{ onDelete: { offsets: "lose" } }, "onDelete.offsets", /"lose".*"keep" or "drop"/s],
        [{ offsets: {} }, "offsets", /one of reset and alter/],
        [{ offsets: { reset: "" } }, "offsets.reset", /no text/],
        [{ offsets: { alter: [] } }, "offsets.alter", /no list/],
        [{ offsets: { alter: [{ offset: {} }] } }, "offsets.alter[0].partition", /partition is missing/],
        [
            { offsets: { alter: [1, 2].map(() => ({ partition: { a: 1 } })) } },
            "offsets.alter[1].partition",
            /there twice/,
        ],
    ],
    FlinkSqlJob: [
        [{ name: "" }, "name", /name is missing/],
        [{ name: " sums" }, "name", /no name of a job/],
        [{ setup: "SET 'a' = 'b'" }, "setup", /no list of statements/],
        [{ setup: ["INSERT INTO a SELECT 1"] }, "setup[0]", /does not belong here/],
        [{ setup: [""] }, "setup[0]", /is empty/],
        [{ setup: [1] }, "setup[0]", /is no statement/],
        [{ setup: ["SET 'a' = 'b'; SET 'c' = 'd'"] }, "setup[0]", /holds 2 statements/],
        [{ statement: undefined }, "statement", /statement is missing/],
        [{ statement: [] }, "statement", /statement is missing/],
        [{ statement: "SELECT 1" }, "statement", /does not belong here/],
        [{ statement: ["INSERT INTO a SELECT 1", "DROP TABLE a"] }, "statement[1]", /does not belong here/],
        [{ parallelism: 0 }, "parallelism", /whole number of at least 1/],
        [{ parallelism: 1.5 }, "parallelism", /whole number of at least 1/],
        [{ checkpointSeconds: 0 }, "checkpointSeconds", /at least 0.01/],
        [{ stateTtlSeconds: -1 }, "stateTtlSeconds", /at least 0/],
        [{ stateBackend: "disk" }, "stateBackend", /"hashmap" or "rocksdb"/],
        [{ onIncompatibleState: "pray" }, "onIncompatibleState", /"fail" or "restartFresh"/],
        [{ restart: "always" }, "restart", /no policy/],
        [{ restart: {} }, "restart.attempts", /attempts is missing/],
        [{ configuration: [] }, "configuration", /no map of Flink's own keys/],
        [
            { configuration: { "table.exec.state.ttl": null } },
            'configuration["table.exec.state.ttl"]',
            /no text, number or boolean/,
        ],
        [{ configuration: { "pipeline.name": "x" } }, 'configuration["pipeline.name"]', /cannot be set here/],
        [{ secrets: { password: "" } }, "secrets.password", /no text, or empty/],
        [{ startFrom: "yesterday" }, "startFrom", /no path/],
    ],
    TrinoCatalog: [
        [{ catalog: undefined }, "catalog", /catalog is missing/],
        [{ catalog: "Lake" }, "catalog", /capital letters.*"lake"/s],
        [{ catalog: "system" }, "catalog", /Trino's own catalog/],
        [{ catalog: "../lake" }, "catalog", /names a file/],
        [{ connector: undefined }, "connector", /connector is missing/],
        [{ connector: "Delta-Lake" }, "connector", /no name of a connector/],
        [{ properties: ["a"] }, "properties", /no object/],
        [{ properties: { "connector.name": "hive" } }, 'properties["connector.name"]', /write it as connector/],
        [{ properties: { "hive.x": { a: 1 } } }, 'properties["hive.x"]', /neither text, number nor boolean/],
        [
            { properties: { "s3.aws-secret-key": "clear" } },
            'properties["s3.aws-secret-key"]',
            /a secret in clear.*ENV/s,
        ],
        [{ properties: { "connection-url": "jdbc:x://u:pw@h/d" } }, "properties.connection-url", /a secret in clear/],
        [{ server: { url: "trino:8080", user: "a" } }, "server.url", /no http\(s\) URL/],
    ],
    TrinoSchema: [
        [{ schema: undefined }, "schema", /schema is missing/],
        [{ schema: "Shop" }, "schema", /capital letters/],
        [{ schema: "information_schema" }, "schema", /Trino's own schema/],
        [{ catalog: "" }, "catalog", /catalog is missing/],
    ],
    TrinoView: [
        [{ view: undefined }, "view", /view is missing/],
        [{ view: "Person" }, "view", /capital letters/],
        [{ sql: undefined }, "sql", /sql is missing/],
        [{ sql: "SELECT 1; DROP TABLE x" }, "sql", /not one query/],
        [{ sql: "" }, "sql", /not one query/],
        [{ security: "OWNER" }, "security", /"OWNER".*"DEFINER"/s],
        [{ comment: 5 }, "comment", /no text/],
    ],
    TrinoMaterializedView: [
        [{ sql: "INSERT INTO a SELECT 1" }, "sql", /not one query/],
        [{ schema: "Shop" }, "schema", /capital letters/],
    ],
    ClickHouseDatabase: [
        [{ database: "" }, "database", /database is missing/],
        [{ database: "system" }, "database", /the server's own/],
        [{ database: "x".repeat(207) }, "database", /longer than 206 bytes/],
        [{ engine: 5 }, "engine", /no text/],
        [{ server: { url: "http://ch:8123", password: "p" } }, "server.username", /username is missing/],
        [{ server: { url: "http://ch:8123", username: "u" } }, "server.password", /password is missing/],
    ],
    ClickHouseTable: [
        [{ table: undefined }, "table", /is missing/],
        [{ columns: [] }, "columns", /one column at least/],
        [{ columns: [null] }, "columns[0]", /is no column/],
        [column({ name: "" }), "columns[1].name", /name is missing/],
        [column({ name: "id" }), "columns[1].name", /there twice/],
        [column({ type: "" }), "columns[1].type", /type is missing/],
        [column({ type: "Nested(a String)" }), "columns[1].type", /no type of one column/],
        [column({ type: "UInt8 DEFAULT 1" }), "columns[1].type", /DEFAULT is no part of a type/],
        [column({ default: "1", alias: "2" }), "columns[1].alias", /has one of/],
        [column({ default: 1 }), "columns[1].default", /no text/],
        [column({ alias: "id", codec: "ZSTD" }), "columns[1].codec", /an alias is not stored/],
        [{ engine: "" }, "engine", /engine is no text/],
        [{ engine: "MergeTree ORDER BY id" }, "engine", /ORDER BY is no part of the engine/],
        [{ engine: "Log" }, "orderBy", /engine Log has no orderBy/],
        [{ primaryKey: "amount" }, "primaryKey", /not the beginning of orderBy/],
        [{ settings: [] }, "settings", /no object/],
        [{ settings: { "a b": 1 } }, "settings.a b", /no name of a setting/],
        [{ settings: { index_granularity: null } }, "settings.index_granularity", /no text, number or boolean/],
        [{ indices: {} }, "indices", /no list/],
        [{ indices: [{ name: "i", type: "minmax" }] }, "indices[0].expression", /expression is missing/],
        [{ projections: [{ name: "p" }] }, "projections[0].query", /query is missing/],
        [{ constraints: [{ name: "c" }] }, "constraints[0]", /either check or assume/],
    ],
    ClickHouseView: [
        [{ query: undefined }, "query", /query is missing/],
        [{ query: "CREATE VIEW x AS SELECT 1" }, "query", /begins with CREATE/],
        [{ materialized: true }, "to", /names the table that holds its rows/],
        [{ refresh: "EVERY 1 HOUR" }, "to", /names the table that holds its rows/],
        [{ view: "" }, "view", /is missing/],
    ],
    ClickHouseNamedCollection: [
        [{ values: {} }, "values", /one value at least/],
        [{ values: { url: 5 } }, "values.url", /no text/],
        [{ overridable: { nobody: true } }, "overridable.nobody", /not among values/],
        [{ collection: "" }, "collection", /is missing/],
    ],
};
