/** Keyed state on the heap, or in RocksDB, which is slower and can be larger than memory. */
export type JobStateBackend = "hashmap" | "rocksdb";

/** What happens when the new version of a job cannot take over the state of the old one. */
export type OnIncompatibleState = "fail" | "restartFresh";

/** How often, and how soon, a job starts again after a failure before it is FAILED. */
export interface RestartPolicy {
    /** In a row; 0 is never. */
    readonly attempts: number;
    /** Pause before each, in seconds. @default 10 */
    readonly delaySeconds?: number;
}

/** What a job is: all that makes another job of it when it changes. */
export interface SqlJobDocument {
    readonly setup?: readonly string[];
    readonly statement: string | readonly string[];
    readonly parallelism?: number;
    readonly checkpointSeconds?: number;
    readonly stateTtlSeconds?: number;
    readonly restart?: RestartPolicy;
    readonly stateBackend?: JobStateBackend;
    readonly configuration?: Readonly<Record<string, string | number | boolean>>;
    readonly secrets?: Readonly<Record<string, string>>;
}

/**
 * How a job is: `RUNNING` also while it restarts after a failure; `FINISHED` when bounded input came to its end. All
 * others are healed by the next up: `STOPPED` with a savepoint, `FAILED`, `CANCELED`, `LOST` with its JobManager, or
 * `CHANGED` when another job runs under its name.
 */
export type SqlJobStatus = "RUNNING" | "FINISHED" | "STOPPED" | "FAILED" | "CANCELED" | "LOST" | "CHANGED";
