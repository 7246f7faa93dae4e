/** What runs, as components: this list is the public surface. */
export {
    BrokerConsole,
    type BrokerConsoleArgs,
    brokerConsoleAvailable,
    brokerConsoleWhereAvailable,
} from "./broker-console";
export { ChangeGenerator, type ChangeGeneratorArgs } from "./change-generator";
export { ClickHouse, type ClickHouseArgs, type ClickHouseServer } from "./clickhouse";
export type { ConnectCluster } from "./connect-cluster";
export { Dashboard, type DashboardArgs } from "./dashboard";
export { Flink, type FlinkArgs, type FlinkCluster } from "./flink";
export { Generator, type GeneratorArgs } from "./generator";
export { HiveMetastore, type HiveMetastoreArgs, type HiveMetastoreServer } from "./hive-metastore";
export { Kafka, type KafkaArgs } from "./kafka";
export type { KafkaAuthentication, KafkaCluster, KafkaCredentials } from "./kafka-cluster";
export { KafkaConnect, type KafkaConnectArgs, POSTGRES_CONNECTOR } from "./kafka-connect";
export { ObjectStore, type ObjectStoreArgs, type ObjectStoreEngine, type S3Endpoint } from "./object-store";
export { Pinot, type PinotArgs, type PinotCluster } from "./pinot";
export { Platform, type PlatformArgs } from "./platform";
export { Postgres, type PostgresArgs } from "./postgres";
export type { PostgresDatabase, PostgresLogin, PostgresServer } from "./postgres-database";
export { Redpanda, type RedpandaArgs } from "./redpanda";
export { Trino, type TrinoArgs } from "./trino";
export type { TrinoServer } from "./trino-server";
export { ZooKeeper, type ZooKeeperArgs } from "./zookeeper";
