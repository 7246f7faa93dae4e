import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import {
    Bucket,
    ClickHouseDatabase,
    ClickHouseTable,
    ClickHouseView,
    FlinkSqlJob,
    hostAddress,
    KafkaConnector,
    Topic,
    TrinoCatalog,
    TrinoSchema,
    TrinoView,
} from "../../resources";

type Logins = Record<string, Record<string, string>>;

const config = new pulumi.Config();
const endpoints = config.requireObject<Record<string, string>>("endpoints");
const credentials = config.requireSecretObject<Logins>("credentials");
const at = (server: string) => hostAddress(endpoints[server] ?? "");
const login = (server: string, part: string) => credentials.apply((all) => all[server]?.[part] ?? "");
const deletionProtection = false;

// What changes in Postgres goes to a topic. The table and its publication belong to the database.
const broker = new kafka.Provider("broker", {
    bootstrapServers: (endpoints["kafka.bootstrapServers"] ?? "").split(","),
    tlsEnabled: false,
});
const changes = new Topic(
    "changes",
    { topic: "example.public.person", partitions: 1, deletionProtection },
    { provider: broker },
);
new KafkaConnector(
    "person",
    {
        server: { restUrl: at("connect.url") },
        name: "example-person",
        deletionProtection,
        onDelete: { offsets: "drop" },
        config: {
            "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
            "plugin.name": "pgoutput",
            "database.hostname": "postgres",
            "database.user": "source_capture",
            // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference that the worker fills in.
            "database.password": "${directory:/etc/millrace/secrets:POSTGRES_CAPTURE_PASSWORD}",
            "database.dbname": "source",
            "topic.prefix": "example",
            "slot.name": "example",
            "publication.name": "example_person",
            "publication.autocreate.mode": "disabled",
        },
    },
    { dependsOn: [changes] },
);

// A job that makes rows and drops them: any INSERT of Flink SQL stands in its place.
new FlinkSqlJob("rows", {
    server: { restUrl: at("flink.restUrl"), sqlGatewayUrl: at("flink.sqlGatewayUrl") },
    name: "example-rows",
    deletionProtection,
    setup: [
        "CREATE TEMPORARY TABLE made (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5')",
        "CREATE TEMPORARY TABLE dropped (id BIGINT) WITH ('connector' = 'blackhole')",
    ],
    statement: "INSERT INTO dropped SELECT id FROM made",
    settleSeconds: 2,
});

// A table, a table of sums, and what fills it.
const clickhouse = {
    server: { url: at("clickhouse.url"), username: "millrace", password: login("clickhouse", "password") },
};
const { database } = new ClickHouseDatabase("shop", { ...clickhouse, database: "example_shop", deletionProtection });
const inShop = { ...clickhouse, database, deletionProtection };
const orders = new ClickHouseTable("orders", {
    ...inShop,
    table: "orders",
    columns: [
        { name: "id", type: "UInt64" },
        { name: "category", type: "String" },
        { name: "cents", type: "UInt64" },
    ],
    orderBy: "id",
});
const sums = new ClickHouseTable("sums", {
    ...inShop,
    table: "sums",
    engine: "SummingMergeTree",
    columns: [
        { name: "category", type: "String" },
        { name: "cents", type: "UInt64" },
    ],
    orderBy: "category",
});
new ClickHouseView("sums-of-orders", {
    ...inShop,
    view: "sums_of_orders",
    to: sums.table,
    query: pulumi.interpolate`SELECT category, sum(cents) AS cents FROM ${orders.table} GROUP BY category`,
});

// Where tables of files would be, and a catalog for each store; the server fills in the secrets.
new Bucket("lake", {
    server: { url: at("s3.endpoint"), accessKey: login("s3", "accessKey"), secretKey: login("s3", "secretKey") },
    bucket: "example-lake",
    versioning: "Enabled",
    deletionProtection,
});
const trino = { server: { url: at("trino.url"), user: "example" }, deletionProtection };
const columns = new TrinoCatalog("columns", {
    ...trino,
    catalog: "example_columns",
    connector: "clickhouse",
    properties: {
        "connection-url": "jdbc:clickhouse://clickhouse:8123/?compress=0",
        "connection-user": "millrace",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference that the server fills in.
        "connection-password": "${ENV:CLICKHOUSE_PASSWORD}",
        "clickhouse.map-string-as-varchar": true,
    },
});
const { catalog } = new TrinoCatalog("views", { ...trino, catalog: "example_views", connector: "memory" });
const { schema } = new TrinoSchema("shop", { ...trino, catalog, schema: "shop" });
const view = new TrinoView("orders", {
    ...trino,
    catalog,
    schema,
    view: "orders",
    sql: pulumi.interpolate`SELECT category, cents / 100.0 AS amount FROM ${columns.catalog}.${database}.${orders.table}`,
});

export const ordersView = pulumi.interpolate`${catalog}.${schema}.${view.view}`;
