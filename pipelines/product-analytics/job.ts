/** Name of the pipeline's one job on the cluster: it reads the raw events once and writes all tables. */
export const ANALYTICS_JOB = "product-analytics";

/**
 * How long a partition may be silent before windows close without it. Long, because a partition that only seemed to be
 * silent, while the broker or the job was away, would come back with events that are late.
 */
const IDLE_SECONDS = 30;

/** How the job runs, in Flink's own words. */
export const ANALYTICS_JOB_CONFIGURATION = {
    // Windows and their texts are the same on every machine.
    "table.local-time-zone": "UTC",
    "table.exec.source.idle-timeout": `${IDLE_SECONDS} s`,
    // Views that several INSERTs read are steps of their own: the text is parsed once, and each id asked for once.
    "table.optimizer.reuse-optimize-block-with-digest-enabled": true,
    // A window is written once, when it closes: there are no versions to put in order.
    "table.exec.sink.require-on-conflict": false,
    "table.exec.sink.upsert-materialize": "NONE",
    // Between two tasks a row waits at most so long for others to travel with.
    "execution.buffer-timeout.interval": "5 ms",
    // Nearly every id that is asked for is not there.
    "state.backend.rocksdb.use-bloom-filter": true,
} as const;
