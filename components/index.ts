export { Generator, type GeneratorArgs } from "./generator";
export { Kafka, type KafkaArgs } from "./kafka";
export type { KafkaCluster } from "./kafka-cluster";
export { Pinot, type PinotArgs, type PinotCluster } from "./pinot";
export { Platform, type PlatformArgs } from "./platform";
export { Redpanda, type RedpandaArgs } from "./redpanda";
export { ZooKeeper, type ZooKeeperArgs } from "./zookeeper";
