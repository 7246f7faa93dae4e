/** How large a stack is: heaps and limits of every server move together. */
export type Size = "small" | "medium" | "large";

/** Memory of one JVM service, in megabytes. */
export interface JvmMemory {
    /** Java heap, `-Xmx`. */
    readonly heap: number;
    /** Container limit: heap plus metaspace, threads, direct buffers and page cache that is charged to it. */
    readonly limit: number;
}

/** Memory of one service written in Go, in megabytes. */
export interface GoMemory {
    /** Above it Go collects its garbage harder; a bound on the heap, not a hard one. */
    readonly goLimit: number;
    /** Container limit: what Go keeps, the program's own pages, and page cache that is charged to it. */
    readonly limit: number;
}

/** Memory of one PostgreSQL server, in megabytes. */
export interface PostgresMemory {
    /** `shared_buffers`. */
    readonly sharedBuffers: number;
    /** Container limit: buffers, about 5 MB for each open connection, and page cache that is charged to it. */
    readonly limit: number;
}

/** Memory of one Flink TaskManager, in megabytes. */
export interface TaskManagerMemory extends JvmMemory {
    /** Outside the heap, for the state of all jobs in RocksDB: taken when needed. */
    readonly rocksDb: number;
    /** Outside the heap, for sorts and hash tables of batch jobs, in equal parts to the slots: taken when needed. */
    readonly managed: number;
    /** Outside the heap, for buffers between tasks: taken at the start. */
    readonly network: number;
}

/** Memory of one ClickHouse server, in megabytes. */
export interface ClickHouseMemory {
    /** `max_server_memory_usage`: a query that would go beyond fails, and says so. */
    readonly server: number;
    /** Container limit: that, pages of the program itself, and page cache that is charged to it. */
    readonly limit: number;
}

/** Memory of one Node.js service, in megabytes. */
export interface NodeMemory {
    /** `--max-old-space-size`. */
    readonly heap: number;
    /** Container limit: heap, the program's own pages, buffers, and page cache that is charged to it. */
    readonly limit: number;
}

/** Memory of every server, in megabytes. */
export interface SizeTable {
    readonly kafka: JvmMemory;
    /** Redpanda reserves its memory itself: one figure, plus what the process needs beside it. */
    readonly redpanda: { readonly reserved: number; readonly limit: number };
    readonly kafkaConnect: JvmMemory;
    readonly brokerConsole: GoMemory;
    readonly zookeeper: JvmMemory;
    /** Controller, broker and server in one JVM. */
    readonly pinotCompact: JvmMemory;
    readonly pinotController: JvmMemory;
    readonly pinotBroker: JvmMemory;
    readonly pinotServer: JvmMemory;
    readonly pinotMinion: JvmMemory;
    readonly objectStore: GoMemory;
    readonly postgres: PostgresMemory;
    readonly hiveMetastore: JvmMemory;
    readonly trino: JvmMemory;
    readonly flinkJobManager: JvmMemory;
    readonly flinkTaskManager: TaskManagerMemory;
    readonly flinkSqlGateway: JvmMemory;
    readonly clickhouse: ClickHouseMemory;
    readonly generator: { readonly limit: number };
    readonly dashboard: NodeMemory;
}

/** Figures by size; `small` runs on 2 cores and 8 GB. Resident sizes measured at rest are about two thirds of the limits. */
export const SIZES: Readonly<Record<Size, SizeTable>> = {
    small: {
        kafka: { heap: 128, limit: 448 },
        redpanda: { reserved: 768, limit: 1_024 },
        kafkaConnect: { heap: 192, limit: 448 },
        brokerConsole: { goLimit: 128, limit: 224 },
        zookeeper: { heap: 64, limit: 256 },
        pinotCompact: { heap: 384, limit: 1_024 },
        pinotController: { heap: 256, limit: 640 },
        pinotBroker: { heap: 160, limit: 512 },
        pinotServer: { heap: 256, limit: 896 },
        pinotMinion: { heap: 160, limit: 512 },
        objectStore: { goLimit: 256, limit: 448 },
        postgres: { sharedBuffers: 64, limit: 320 },
        hiveMetastore: { heap: 128, limit: 384 },
        trino: { heap: 640, limit: 1_200 },
        flinkJobManager: { heap: 160, limit: 448 },
        flinkTaskManager: { heap: 192, rocksDb: 96, managed: 32, network: 32, limit: 640 },
        flinkSqlGateway: { heap: 192, limit: 512 },
        clickhouse: { server: 640, limit: 896 },
        generator: { limit: 256 },
        dashboard: { heap: 64, limit: 160 },
    },
    medium: {
        kafka: { heap: 512, limit: 1_536 },
        redpanda: { reserved: 2_048, limit: 2_560 },
        kafkaConnect: { heap: 512, limit: 1_024 },
        brokerConsole: { goLimit: 192, limit: 320 },
        zookeeper: { heap: 128, limit: 384 },
        pinotCompact: { heap: 1_536, limit: 4_096 },
        pinotController: { heap: 512, limit: 1_024 },
        pinotBroker: { heap: 512, limit: 1_024 },
        pinotServer: { heap: 1_024, limit: 3_072 },
        pinotMinion: { heap: 512, limit: 1_024 },
        objectStore: { goLimit: 768, limit: 1_280 },
        postgres: { sharedBuffers: 256, limit: 1_024 },
        hiveMetastore: { heap: 384, limit: 768 },
        trino: { heap: 2_048, limit: 3_584 },
        flinkJobManager: { heap: 384, limit: 896 },
        flinkTaskManager: { heap: 768, rocksDb: 256, managed: 128, network: 64, limit: 1_792 },
        flinkSqlGateway: { heap: 320, limit: 896 },
        clickhouse: { server: 2_048, limit: 2_816 },
        generator: { limit: 384 },
        dashboard: { heap: 96, limit: 192 },
    },
    large: {
        kafka: { heap: 2_048, limit: 6_144 },
        redpanda: { reserved: 6_144, limit: 7_168 },
        kafkaConnect: { heap: 1_024, limit: 2_048 },
        brokerConsole: { goLimit: 384, limit: 576 },
        zookeeper: { heap: 256, limit: 640 },
        pinotCompact: { heap: 4_096, limit: 12_288 },
        pinotController: { heap: 1_024, limit: 2_048 },
        pinotBroker: { heap: 1_024, limit: 2_048 },
        pinotServer: { heap: 4_096, limit: 12_288 },
        pinotMinion: { heap: 2_048, limit: 4_096 },
        objectStore: { goLimit: 2_048, limit: 3_072 },
        postgres: { sharedBuffers: 1_024, limit: 4_096 },
        hiveMetastore: { heap: 1_024, limit: 1_792 },
        trino: { heap: 8_192, limit: 12_288 },
        flinkJobManager: { heap: 768, limit: 1_536 },
        flinkTaskManager: { heap: 2_048, rocksDb: 1_024, managed: 512, network: 128, limit: 4_608 },
        flinkSqlGateway: { heap: 512, limit: 1_280 },
        clickhouse: { server: 8_192, limit: 10_240 },
        generator: { limit: 512 },
        dashboard: { heap: 192, limit: 320 },
    },
};

/**
 * Rows after which Pinot closes a consuming segment. Consuming segments lie in files that are written at random, and all
 * of them have to fit into what the container has beside the heap: at the limit Pinot does nothing but read pages again.
 * A clickstream event takes 180 bytes in each of three partitions, a version of a session 60.
 */
export const CONSUMING_ROWS: Readonly<Record<Size, number>> = { small: 200_000, medium: 1_000_000, large: 5_000_000 };
