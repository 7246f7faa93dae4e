import type { Column } from "../contract";

/** A topic that somebody declares, and what is known of its messages. */
export interface DeclaredTopic {
    readonly name: string;
    /** The field whose value is the messages' key, and so decides the partition. @default not known */
    readonly messageKey?: string | undefined;
    /** The fields of its messages. @default not known */
    readonly fields?: readonly Pick<Column, "name" | "type">[];
}

/** A table that reads a topic. */
export interface DeclaredTable {
    /** As errors call it: `PinotTable "orders"`. */
    readonly title: string;
    readonly topic: string;
    /** Its columns, with the types of a contract where it is a projection of one. @default not known */
    readonly columns?: readonly { readonly name: string; readonly type?: Column["type"] }[];
    /** Columns of which one row survives; empty when every row stands for itself. @default none */
    readonly upsertKey?: readonly string[];
    /** Columns that the table computes itself. @default none */
    readonly derived?: readonly string[];
}

/** A connector that writes topics, or reads them. */
export interface DeclaredConnector {
    /** As errors call it: `KafkaConnector "person"`. */
    readonly title: string;
    /** Topics that it writes. */
    readonly topics: readonly string[];
    /** Topics that it reads. @default none */
    readonly reads?: readonly string[];
}

/** A job that reads topics and writes others. */
export interface DeclaredJob {
    /** As errors call it: `FlinkSqlJob "product-analytics"`. */
    readonly title: string;
    readonly reads: readonly string[];
    readonly writes: readonly string[];
}

/** Something that keeps data in a bucket: a catalog, a deep store, a job with checkpoints. */
export interface DeclaredBucketUse {
    /** As errors call it: `TrinoCatalog "lake"`. */
    readonly title: string;
    readonly bucket: string;
    /** Buckets that are there before it is made. @default not known */
    readonly waitsFor?: readonly string[];
}

/** What a pipeline declares on several servers, and what has to fit together. */
export interface Declared {
    readonly topics?: readonly DeclaredTopic[];
    readonly tables?: readonly DeclaredTable[];
    readonly connectors?: readonly DeclaredConnector[];
    readonly jobs?: readonly DeclaredJob[];
    readonly buckets?: readonly string[];
    readonly bucketUses?: readonly DeclaredBucketUse[];
    /** Names of topics and buckets that exist without being declared here. @default none */
    readonly elsewhere?: readonly string[];
}
