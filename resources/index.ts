/** What servers hold, as resources: this list is the public surface. */
export { hostAddress, inNetworkAddress } from "./addresses";
export { ClickHouseDatabase, type ClickHouseDatabaseArgs } from "./clickhouse/clickhouse-database";
export {
    ClickHouseNamedCollection,
    type ClickHouseNamedCollectionArgs,
} from "./clickhouse/clickhouse-named-collection";
export { ClickHouseTable, type ClickHouseTableArgs } from "./clickhouse/clickhouse-table";
export { ClickHouseView, type ClickHouseViewArgs } from "./clickhouse/clickhouse-view";
export type { Projection, SettingValue, SkippingIndex, TableColumn, TableConstraint } from "./clickhouse/documents";
export { type ClickHouseAccess, clickHouseServer } from "./clickhouse/session";
export { type DebeziumPostgresArgs, debeziumPostgres } from "./connect/debezium";
export type { ConnectorOffset, ConnectorOffsets, ConnectorState, OnDelete } from "./connect/documents";
export { KafkaConnector, type KafkaConnectorArgs } from "./connect/kafka-connector";
export { type ConnectServer, connectServer } from "./connect/session";
export type {
    JobStateBackend,
    OnIncompatibleState,
    RestartPolicy,
    SqlJobStatus,
} from "./flink/documents";
export { FlinkSqlJob, type FlinkSqlJobArgs } from "./flink/flink-sql-job";
export { type FlinkServer, flinkServer } from "./flink/session";
export { Topic, type TopicArgs } from "./kafka/topic";
export type { TopicMessages } from "./kafka/topic-shape";
export type { Common, OnExists, Timeouts } from "./lifecycle";
export {
    type Deep,
    type KafkaStreamArgs,
    kafkaStream,
    type RealtimeTableArgs,
    realtimeTable,
    type StorageTierArgs,
    storageTier,
    type UpsertArgs,
    upsert,
} from "./pinot/builders";
export type {
    DateTimeFieldSpec,
    FieldSpec,
    PinotDataType,
    SchemaDocument,
    TableDocument,
    TierConfig,
    UpsertConfig,
} from "./pinot/documents";
export { PinotInstanceTags, type PinotInstanceTagsArgs } from "./pinot/pinot-instance-tags";
export { PinotSchema, type PinotSchemaArgs } from "./pinot/pinot-schema";
export { PinotSegmentLoad, type PinotSegmentLoadArgs } from "./pinot/pinot-segment-load";
export { PinotTable, type PinotTableArgs } from "./pinot/pinot-table";
export { PinotTableConfigs, type PinotTableConfigsArgs } from "./pinot/pinot-table-configs";
export type { RecordReaderSettings, SegmentFileFormat } from "./pinot/segment-load-rules";
export type { PinotServer } from "./pinot/session";
export type { PublishedOperation } from "./postgres/documents";
export { PostgresPublication, type PostgresPublicationArgs } from "./postgres/postgres-publication";
export { PostgresReplicationSlot, type PostgresReplicationSlotArgs } from "./postgres/postgres-replication-slot";
export { type PostgresAccess, type PostgresEndpoint, postgresAccess } from "./postgres/session";
export { Bucket, type BucketArgs } from "./s3/bucket";
export type { LifecycleRule, PolicyDocument, Versioning } from "./s3/documents";
export { type S3Server, s3Server } from "./s3/session";
export { GeneratedSecret, type GeneratedSecretArgs } from "./secret/generated-secret";
export { ServerCertificate, type ServerCertificateArgs } from "./secret/server-certificate";
export { type TrinoAccess, type TrinoEndpoint, trinoAccess } from "./trino/access";
export { TrinoCatalog, type TrinoCatalogArgs } from "./trino/trino-catalog";
export { TrinoMaterializedView, type TrinoMaterializedViewArgs } from "./trino/trino-materialized-view";
export { TrinoSchema, type TrinoSchemaArgs } from "./trino/trino-schema";
export { TrinoView, type TrinoViewArgs } from "./trino/trino-view";
export type { ViewSecurity } from "./trino/view-rules";
