/** How large a stack is: heaps and limits of every server move together. */
export type Size = "small" | "medium" | "large";

/** Memory of one JVM service, in megabytes. */
export interface JvmMemory {
    /** Java heap, `-Xmx`. */
    readonly heap: number;
    /** Container limit: heap plus metaspace, threads, direct buffers and page cache that is charged to it. */
    readonly limit: number;
}

/** Memory of every server, in megabytes. */
export interface SizeTable {
    readonly kafka: JvmMemory;
    /** Redpanda reserves its memory itself: one figure, plus what the process needs beside it. */
    readonly redpanda: { readonly reserved: number; readonly limit: number };
    readonly zookeeper: JvmMemory;
    /** Controller, broker and server in one JVM. */
    readonly pinotCompact: JvmMemory;
    readonly pinotController: JvmMemory;
    readonly pinotBroker: JvmMemory;
    readonly pinotServer: JvmMemory;
    readonly generator: { readonly limit: number };
}

/** Figures by size; `small` runs on 2 cores and 8 GB. Resident sizes measured at rest are about two thirds of the limits. */
export const SIZES: Readonly<Record<Size, SizeTable>> = {
    small: {
        kafka: { heap: 128, limit: 448 },
        redpanda: { reserved: 768, limit: 1_024 },
        zookeeper: { heap: 64, limit: 256 },
        pinotCompact: { heap: 384, limit: 1_024 },
        pinotController: { heap: 256, limit: 640 },
        pinotBroker: { heap: 160, limit: 512 },
        pinotServer: { heap: 256, limit: 896 },
        generator: { limit: 256 },
    },
    medium: {
        kafka: { heap: 512, limit: 1_536 },
        redpanda: { reserved: 2_048, limit: 2_560 },
        zookeeper: { heap: 128, limit: 384 },
        pinotCompact: { heap: 1_536, limit: 4_096 },
        pinotController: { heap: 512, limit: 1_024 },
        pinotBroker: { heap: 512, limit: 1_024 },
        pinotServer: { heap: 1_024, limit: 3_072 },
        generator: { limit: 384 },
    },
    large: {
        kafka: { heap: 2_048, limit: 6_144 },
        redpanda: { reserved: 6_144, limit: 7_168 },
        zookeeper: { heap: 256, limit: 640 },
        pinotCompact: { heap: 4_096, limit: 12_288 },
        pinotController: { heap: 1_024, limit: 2_048 },
        pinotBroker: { heap: 1_024, limit: 2_048 },
        pinotServer: { heap: 4_096, limit: 12_288 },
        generator: { limit: 512 },
    },
};
