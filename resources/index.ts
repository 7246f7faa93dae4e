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
export { Topic, type TopicArgs } from "./kafka/topic";
export type { Common, OnExists, Timeouts } from "./lifecycle";
export {
    type Deep,
    type KafkaStreamArgs,
    kafkaStream,
    type RealtimeTableArgs,
    realtimeTable,
    type UpsertArgs,
    upsert,
} from "./pinot/builders";
export type {
    DateTimeFieldSpec,
    FieldSpec,
    PinotDataType,
    SchemaDocument,
    TableDocument,
    UpsertConfig,
} from "./pinot/documents";
export { PinotSchema, type PinotSchemaArgs } from "./pinot/pinot-schema";
export { PinotTable, type PinotTableArgs } from "./pinot/pinot-table";
export type { PinotServer } from "./pinot/session";
export { Bucket, type BucketArgs } from "./s3/bucket";
export type { LifecycleRule, PolicyDocument, Versioning } from "./s3/documents";
export { type S3Server, s3Server } from "./s3/session";
export { GeneratedSecret, type GeneratedSecretArgs } from "./secret/generated-secret";
export { ServerCertificate, type ServerCertificateArgs } from "./secret/server-certificate";
