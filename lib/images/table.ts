/** A server's or program's image, by what a component asks for. */
export type ImageName =
    | "kafka"
    | "redpanda"
    | "kafka-connect"
    | "broker-console"
    | "zookeeper"
    | "pinot"
    | "trino"
    | "generators"
    | "dashboard"
    | "silo"
    | "minio"
    | "rustfs"
    | "postgres"
    | "hive-metastore"
    | "clickhouse"
    | "flink";

/** Both ways to have an image. */
export interface ImageEntry {
    /** Reference in an image registry, pinned by tag; absent for our own programs, which no registry holds. */
    readonly registry?: string;
    /** Folder below `build/images` that builds it; absent where it cannot be built from package registries. */
    readonly built?: string;
    /** What the built image runs where that is not the registry's very server, for `make doctor` and its docs. */
    readonly builtAs?: string;
    /** Why there is no built way, and what to do instead. */
    readonly notBuilt?: string;
}

/**
 * Every image of the platform.
 *
 * The built images keep the registry images' paths and scripts, so that a component's command line fits both.
 */
export const IMAGES: Readonly<Record<ImageName, ImageEntry>> = {
    kafka: { registry: "apache/kafka:4.3.1", built: "kafka" },
    redpanda: {
        registry: "docker.redpanda.com/redpandadata/redpanda:v26.2.1",
        notBuilt:
            "no package registry holds its broker; set millrace:broker to kafka or auto, which offers the same API",
    },
    "kafka-connect": {
        registry: "quay.io/debezium/connect:3.7.0.Final",
        built: "kafka-connect",
        builtAs: "Kafka Connect 4.3.1 with Debezium 3.7.0.Final's PostgreSQL plugin alone",
    },
    "broker-console": {
        registry: "docker.redpanda.com/redpandadata/console:v3.12.0",
        notBuilt: "no package registry holds its web pages; the broker's own commands and clients do all that it shows",
    },
    zookeeper: { registry: "zookeeper:3.9.5", built: "pinot", builtAs: "ZooKeeper 3.5.8, which Pinot 0.11.0 brings" },
    pinot: {
        registry: "apachepinot/pinot:1.5.1",
        built: "pinot",
        builtAs: "Pinot 0.11.0, the newest release that Maven Central holds whole",
    },
    silo: {
        registry: "pgsty/silo:RELEASE.2026-09-16T00-00-00Z",
        built: "minio",
        builtAs: "MinIO of February 2026, its last version, which SILO is a fork of",
    },
    // Its images left the registries in September 2026.
    minio: { built: "minio" },
    rustfs: {
        registry: "rustfs/rustfs:1.0.0",
        notBuilt: "no package registry holds its server; set the object store's engine to silo or minio",
    },
    trino: { registry: "trinodb/trino:476", built: "trino" },
    postgres: { registry: "postgres:17.11-trixie", built: "postgres", builtAs: "PostgreSQL 17 as Debian 13 has it" },
    // The registry's apache/hive has no driver for PostgreSQL, and reads S3 only with jars from elsewhere.
    "hive-metastore": { built: "hive-metastore" },
    // No registry's image has the Kafka connector: ours adds it to the registry's Flink, or to Flink from its packages.
    flink: { built: "flink" },
    clickhouse: {
        registry: "clickhouse/clickhouse-server:26.8",
        built: "clickhouse",
        builtAs: "the ClickHouse 26.7 engine behind an HTTP front of our own: no native protocol, no query_log",
    },
    generators: { built: "generators" },
    dashboard: { built: "dashboard" },
};
