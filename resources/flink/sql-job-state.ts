import type { Common } from "../lifecycle";
import type { OnIncompatibleState, SqlJobDocument, SqlJobStatus } from "./documents";
import {
    aliveNamed,
    checkpointing,
    checkpointsOf,
    clusterConfiguration,
    declarationOf,
    type ListedJob,
    lastCheckpointsOf,
    listSettledJobs,
} from "./job-api";
import { canonicalJob, fingerprint } from "./job-options";
import type { FlinkSession, ResolvedFlink } from "./wire";

/** Inputs of a job, resolved. */
export interface SqlJobInputs extends Common, SqlJobDocument {
    readonly server: ResolvedFlink;
    readonly name: string;
    readonly startFrom?: string;
    readonly settleSeconds?: number;
    readonly savepointOnDelete?: boolean;
    readonly onIncompatibleState?: OnIncompatibleState;
}

/** What is recorded of a job. */
export interface SqlJobState extends SqlJobInputs {
    /** Its id, which is another one after every start. */
    readonly jobId: string;
    readonly status: SqlJobStatus;
    /** Fingerprint of what the job was made of; the job carries it too. */
    readonly declaration: string;
    /** Savepoint or checkpoint that it was started from. */
    readonly startedFrom?: string | undefined;
    /** Folder of its checkpoints; none when it takes none. */
    readonly checkpoints?: string | undefined;
    /** Savepoint or checkpoint that the next start goes on from, while the job does not run. */
    readonly resumeFrom?: string | undefined;
}

/** As errors call it. */
export const SQL_JOB_KIND = "FlinkSqlJob";

/** What is to be seen of a recorded job. */
export interface Observed {
    /** The job that runs under its name. */
    readonly live: ListedJob | undefined;
    readonly status: SqlJobStatus;
    /** The JobManager still knows the recorded job. */
    readonly isKnown: boolean;
    /** Where a known job that has ended can go on from. */
    readonly newest?: string | undefined;
}

/** Looks at the cluster for a recorded job, by its id and by its name. */
export async function observeJob(session: FlinkSession, state: SqlJobState): Promise<Observed> {
    const jobs = await listSettledJobs(session, state.name);
    const live = aliveNamed(jobs, state.name);
    const own = jobs.find(({ jid }) => jid === state.jobId);
    const isKnown = own !== undefined;
    if (live !== undefined) {
        const isOurs = live.jid === state.jobId || (await declarationOf(session, live.jid)) === state.declaration;
        return { live, status: isOurs ? "RUNNING" : "CHANGED", isKnown };
    }
    if (own === undefined) {
        // What has ended is forgotten after a day: that is no loss.
        const kept = state.status === "FINISHED" || state.status === "STOPPED";
        return { live, status: kept ? state.status : "LOST", isKnown };
    }
    const { newest, stoppedWith } = await lastCheckpointsOf(session, own.jid);
    return { live, status: endOf(own.state, stoppedWith !== undefined), isKnown, newest };
}

function endOf(state: string, isStopped: boolean): SqlJobStatus {
    if (state === "FAILED" || state === "CANCELED") return state;
    if (state !== "FINISHED") return "LOST";
    // Stopped with a savepoint, a job is FINISHED too.
    return isStopped ? "STOPPED" : "FINISHED";
}

/** What is recorded of a job that runs, or has come to its end. */
export async function stateOf(
    session: FlinkSession,
    inputs: SqlJobInputs,
    { jid, status, from }: { jid: string; status: "RUNNING" | "FINISHED"; from: string | undefined },
): Promise<SqlJobState> {
    const { resumeFrom: _, ...declared } = inputs as SqlJobState;
    return {
        ...declared,
        jobId: jid,
        status,
        declaration: fingerprint(canonicalJob(inputs)),
        startedFrom: from,
        checkpoints: await folderOf(session, inputs, jid),
    };
}

/** Folder where a job's checkpoints are; undefined when it takes none. */
async function folderOf(session: FlinkSession, inputs: SqlJobInputs, jid: string): Promise<string | undefined> {
    const { checkpoint } = await checkpointsOf(session, jid);
    if (checkpoint !== undefined) return checkpoint.replace(/\/chk-\d+\/?$/, "");
    if (!(await checkpointing(session, jid)).on) return undefined;
    const key = "execution.checkpointing.dir";
    const folder = canonicalJob(inputs).configuration[key] ?? (await clusterConfiguration(session))[key];
    return folder === undefined ? undefined : `${folder.replace(/\/$/, "")}/${jid}`;
}
