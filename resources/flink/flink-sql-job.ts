import * as pulumi from "@pulumi/pulumi";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import type { JobStateBackend, OnIncompatibleState, RestartPolicy, SqlJobStatus } from "./documents";
import { type FlinkServer, secretServer } from "./session";

const CODE: ProviderCode = { folder: __dirname, module: "sql-job-provider", exportName: "sqlJobProvider" };

/** Arguments of {@link FlinkSqlJob}. */
export interface FlinkSqlJobArgs {
    /** Which cluster; `flinkServer(flink)` for one of ours. */
    server: FlinkServer;
    /** Name of the job, by which it is known on the cluster: no two jobs that run have the same. */
    name: pulumi.Input<string>;
    /**
     * What comes before, in this order, each one statement: CREATE TEMPORARY TABLE, VIEW or FUNCTION, SET, USE, ADD JAR.
     * A secret is written as `'${NAME}'`, and stands in `secrets`.
     */
    setup?: pulumi.Input<pulumi.Input<string>[]>;
    /** One INSERT INTO, or several, which become one STATEMENT SET: one job, which reads a shared source once. */
    statement: pulumi.Input<string | pulumi.Input<string>[]>;
    /** @default the cluster's */
    parallelism?: pulumi.Input<number>;
    /** Pause between two checkpoints. @default the cluster's */
    checkpointSeconds?: pulumi.Input<number>;
    /** How long the state of a key stays that nothing happens to; 0 is for ever. @default 0 */
    stateTtlSeconds?: pulumi.Input<number>;
    /** What happens after a failure. @default the cluster's */
    restart?: pulumi.Input<RestartPolicy>;
    /** Where keyed state lives while the job runs. A job may move from one to the other. @default the cluster's */
    stateBackend?: pulumi.Input<JobStateBackend>;
    /** Any further key of Flink's own, such as `table.exec.source.idle-timeout`. */
    configuration?: pulumi.Input<Record<string, pulumi.Input<string | number | boolean>>>;
    /** What `${NAME}` stands for in statements and configuration. Kept secret. Flink itself does not hide all of it. */
    secrets?: pulumi.Input<Record<string, pulumi.Input<string>>>;
    /**
     * Savepoint or checkpoint that the job is started from, as the cluster sees it. Used once: at the first start, and
     * whenever another one is named. @default without state
     */
    startFrom?: pulumi.Input<string>;
    /**
     * When a new version cannot take over the state of the old one: `fail` brings the old one back and says so;
     * `restartFresh` starts the new one without. @default "fail"
     */
    onIncompatibleState?: pulumi.Input<OnIncompatibleState>;
    /** How long a job whose tasks all run is watched, unless its first checkpoint completes earlier. @default 20 */
    settleSeconds?: pulumi.Input<number>;
    /** Stop the job with a savepoint when it is deleted; its path is printed, and nothing removes it. @default true */
    savepointOnDelete?: pulumi.Input<boolean>;
    /** What to do with a job of that name that runs already. One that is not equal is replaced from its savepoint. @default "fail" */
    onExists?: OnExists;
    /** Refuse to stop the job for good. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** @default ready 180, delete 180 */
    timeouts?: Timeouts;
}

/**
 * A job of Flink SQL that runs for as long as it is declared.
 *
 * It is there when all its tasks run and it has survived its first checkpoint. A changed statement or option stops it
 * with a savepoint and submits it again from there; when the new version does not work, the old one is brought back. A job
 * that has failed, was cancelled, or was lost with its JobManager is found by refresh and goes on from its last checkpoint
 * at the next up.
 */
export class FlinkSqlJob extends ManagedResource {
    /** Name on the cluster. */
    declare readonly name: pulumi.Output<string>;
    /** Id of the job: another one after every start. */
    declare readonly jobId: pulumi.Output<string>;
    /** How it was at the last deployment or refresh. */
    declare readonly status: pulumi.Output<SqlJobStatus>;
    /** Fingerprint of what the job was made of. */
    declare readonly declaration: pulumi.Output<string>;
    /** Savepoint or checkpoint that it was started from. */
    declare readonly startedFrom: pulumi.Output<string | undefined>;
    /** Folder of its checkpoints. */
    declare readonly checkpoints: pulumi.Output<string | undefined>;

    constructor(name: string, args: FlinkSqlJobArgs, opts?: pulumi.CustomResourceOptions) {
        const { secrets, server, ...rest } = args;
        const outputs = {
            jobId: undefined,
            status: undefined,
            declaration: undefined,
            startedFrom: undefined,
            checkpoints: undefined,
        };
        const hidden = secrets === undefined ? {} : { secrets: pulumi.secret(secrets) };
        super(CODE, "flink:SqlJob", name, { ...rest, ...hidden, server: secretServer(server), ...outputs }, opts);
    }
}
