import { isUnreachable, sleep } from "../http";
import { until } from "../lifecycle";
import { rootCause } from "./root-cause";
import { askJobManager, type FlinkSession, troubleOf } from "./wire";

/** A job, as the JobManager lists it: fresh, whereas `/jobs/<id>` is up to three seconds old. */
export interface ListedJob {
    readonly jid: string;
    readonly name: string;
    readonly state: string;
    /** Milliseconds since 1970. */
    readonly "start-time": number;
    /** -1 while it has not ended. */
    readonly "end-time": number;
    readonly tasks: Readonly<Record<string, number>>;
}

/** What is known of a job's checkpoints. */
export interface JobCheckpoints {
    /** Completed since it was submitted. */
    readonly completed: number;
    /** Newest place to go on from: checkpoint or savepoint, or what it was itself restored from. */
    readonly newest: string | undefined;
    /** Its newest checkpoint. */
    readonly checkpoint: string | undefined;
    /** The savepoint that it was stopped with. */
    readonly stoppedWith: string | undefined;
    /** Bytes of state in its newest checkpoint. */
    readonly bytes: number;
}

/** For how long the JobManager repeats what it last said of a job's checkpoints: `web.refresh-interval`. */
const CACHED_MS = 3_300;
/** An end so long ago is beyond any such memory, and any difference of clocks. */
const LONG_AGO_MS = 60_000;

/** States from which a job does not come back. */
const ENDED = ["FINISHED", "CANCELED", "FAILED", "SUSPENDED"];

/** On the way there: neither running nor ended. */
const ENDING = ["CANCELLING", "FAILING"];
const ENDING_SECONDS = 60;

/** Key of the declaration's fingerprint among a job's parameters: the only place of a job that keeps what we say. */
export const DECLARATION_KEY = "millrace.declaration";

/** True for a job that runs, or tries to. */
export function isAlive({ state }: ListedJob): boolean {
    return !ENDED.includes(state);
}

/** True when each of a job's tasks runs, or has done its work. */
export function isRunning({ state, tasks }: ListedJob): boolean {
    const { running = 0, finished = 0, total = 0 } = tasks;
    return state === "RUNNING" && total > 0 && running + finished === total;
}

/** All jobs that the JobManager remembers: those that run, and those that ended within a day or so. */
export async function listJobs(session: FlinkSession): Promise<readonly ListedJob[]> {
    return (await get<{ jobs: ListedJob[] }>(session, "/jobs/overview")).jobs;
}

/** All jobs, once those of a name are not just about to end. */
export function listSettledJobs(session: FlinkSession, name: string): Promise<readonly ListedJob[]> {
    return until(
        ENDING_SECONDS,
        async () => {
            const jobs = await listJobs(session);
            return jobs.some((job) => job.name === name && ENDING.includes(job.state)) ? undefined : jobs;
        },
        () => new Error(`job ${name} has been about to end for ${ENDING_SECONDS} s`),
    );
}

/** The job that runs under a name. @throws Error when there are several: which one is meant? */
export function aliveNamed(jobs: readonly ListedJob[], name: string): ListedJob | undefined {
    const [job, ...others] = jobs.filter((one) => one.name === name && isAlive(one));
    if (job === undefined || others.length === 0) return job;
    const ids = [job, ...others].map(({ jid }) => jid).join(", ");
    throw new Error(
        `${others.length + 1} jobs run under the name ${name}: ${ids}\n  Way out: cancel those that are not meant, or choose another name.`,
    );
}

/** Fingerprint of the declaration that a job was made of; undefined for a job of somebody else. */
export async function declarationOf(session: FlinkSession, jid: string): Promise<string | undefined> {
    const config = await get<{ "execution-config"?: { "user-config"?: Record<string, string> } }>(
        session,
        `/jobs/${jid}/config`,
    );
    return config["execution-config"]?.["user-config"]?.[DECLARATION_KEY];
}

/** A job's checkpoints; nothing for a job that never had any, or whose JobManager does not know it. */
export async function checkpointsOf(session: FlinkSession, jid: string): Promise<JobCheckpoints> {
    type Snapshot = {
        id: number;
        external_path: string;
        checkpoint_type: string;
        state_size?: number;
        discarded?: boolean;
    };
    type Body = {
        counts?: { completed?: number };
        latest?: Record<"completed" | "savepoint" | "restored", Snapshot | null>;
    };
    const answer = await askJobManager(session, "GET", `/jobs/${jid}/checkpoints`);
    const { counts, latest } = (answer.status === 200 ? answer.body : {}) as Body;
    const { completed, savepoint, restored } = latest ?? {};
    const known = [completed, savepoint, restored]
        .filter((one): one is Snapshot => one != null && one.discarded !== true)
        .sort((a, b) => b.id - a.id);
    return {
        completed: counts?.completed ?? 0,
        newest: known[0]?.external_path,
        checkpoint: completed?.external_path,
        stoppedWith: savepoint?.checkpoint_type === "SYNC_SAVEPOINT" ? savepoint.external_path : undefined,
        bytes: known[0]?.state_size ?? 0,
    };
}

/**
 * The checkpoints of a job that has ended, as they were at its end: what is said just then may be older, and neither
 * know its savepoint nor a checkpoint that is still there.
 */
export async function lastCheckpointsOf(session: FlinkSession, jid: string): Promise<JobCheckpoints> {
    const ended = (await listJobs(session)).find((job) => job.jid === jid)?.["end-time"] ?? 0;
    if (Date.now() - ended < LONG_AGO_MS) await sleep(CACHED_MS);
    return checkpointsOf(session, jid);
}

/** Whether a job takes checkpoints, and whether they stay when it is cancelled. */
export async function checkpointing(session: FlinkSession, jid: string): Promise<{ on: boolean; kept: boolean }> {
    const answer = await askJobManager(session, "GET", `/jobs/${jid}/checkpoints/config`);
    // Without checkpoints there is nothing to configure: 404.
    if (answer.status !== 200) return { on: false, kept: false };
    const { interval, externalization } = answer.body as {
        interval: number;
        externalization: { enabled: boolean; delete_on_cancellation: boolean };
    };
    // Off is written as the largest number there is.
    const on = interval > 0 && interval < 1e15;
    return { on, kept: externalization.enabled && !externalization.delete_on_cancellation };
}

/** Why a job failed lately, newest first: stack traces, each with the task that it came from. */
export async function failuresOf(session: FlinkSession, jid: string): Promise<{ trace: string; task: string }[]> {
    const answer = await askJobManager(session, "GET", `/jobs/${jid}/exceptions?maxExceptions=10`);
    if (answer.status !== 200) return [];
    type Entry = { stacktrace: string; taskName?: string | null };
    const { exceptionHistory } = answer.body as { exceptionHistory?: { entries?: Entry[] } };
    return (exceptionHistory?.entries ?? []).map(({ stacktrace, taskName }) => ({
        trace: stacktrace,
        task: (taskName ?? "").replace(/ - execution #\d+$/, ""),
    }));
}

/** Cluster-wide configuration by key. */
export async function clusterConfiguration(session: FlinkSession): Promise<Record<string, string>> {
    const entries = await get<{ key: string; value: string }[]>(session, "/jobmanager/config");
    return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

/** Slots of the cluster: all, and those that nobody has. */
export async function slotsOf(session: FlinkSession): Promise<{ total: number; free: number }> {
    const overview = await get<Record<string, number>>(session, "/overview");
    return { total: overview["slots-total"] ?? 0, free: overview["slots-available"] ?? 0 };
}

/**
 * Stops a job with a savepoint, in the form that every state backend reads.
 * @returns the savepoint's path.
 * @throws Error when it could not be taken; the job then runs on.
 */
export async function stopWithSavepoint(session: FlinkSession, jid: string, seconds: number): Promise<string> {
    const request = await stopRequest(session, jid);
    type Status = {
        status?: { id: string };
        operation?: { location?: string; "failure-cause"?: { "stack-trace": string } };
    };
    const location = await until(
        seconds,
        async () => {
            if (request === undefined) return (await checkpointsOf(session, jid)).stoppedWith;
            const answer = await askJobManager(session, "GET", `/jobs/${jid}/savepoints/${request}`);
            const { status, operation } = (answer.status === 200 ? answer.body : {}) as Status;
            // A JobManager that was started again knows nothing of the request.
            if (answer.status === 404) throw troubleOf(session, "the savepoint", answer);
            if (status?.id === "IN_PROGRESS") return undefined;
            const failed = operation?.["failure-cause"]?.["stack-trace"];
            if (failed !== undefined) throw new Error(`the savepoint failed: ${rootCause(failed)}`);
            return operation?.location;
        },
        () => new Error(`the savepoint was not complete after ${seconds} s`),
    );
    await untilEnded(session, jid, seconds);
    return location;
}

/** Cancels a job and waits until it has ended. One that is gone already is no error. */
export async function cancelJob(session: FlinkSession, jid: string, seconds: number): Promise<void> {
    const answer = await askJobManager(session, "PATCH", `/jobs/${jid}?mode=cancel`);
    if (answer.status === 404) return;
    if (answer.status >= 300 && answer.status !== 409) throw troubleOf(session, `cancelling job ${jid}`, answer);
    await untilEnded(session, jid, seconds);
}

/** Removes a savepoint. @returns false when the cluster could not. */
export async function disposeSavepoint(session: FlinkSession, path: string): Promise<boolean> {
    const answer = await askJobManager(session, "POST", "/savepoint-disposal", { "savepoint-path": path });
    const request = (answer.body as { "request-id"?: string } | undefined)?.["request-id"];
    if (answer.status >= 300 || request === undefined) return false;
    type Status = { status?: { id: string }; operation?: { "failure-cause"?: object } };
    return until(
        30,
        async () => {
            const { status, operation } = await get<Status>(session, `/savepoint-disposal/${request}`);
            return status?.id === "IN_PROGRESS" ? undefined : operation?.["failure-cause"] === undefined;
        },
        () => new Error(`${path} was not removed within 30 s`),
    );
}

/** Id of the request; undefined when its answer was lost: the job may be stopping all the same. */
async function stopRequest(session: FlinkSession, jid: string): Promise<string | undefined> {
    try {
        const answer = await askJobManager(session, "POST", `/jobs/${jid}/stop`, { drain: false });
        if (answer.status >= 300) throw troubleOf(session, `stopping job ${jid}`, answer);
        return (answer.body as { "request-id": string })["request-id"];
    } catch (error) {
        if (isUnreachable(error)) return undefined;
        throw error;
    }
}

async function untilEnded(session: FlinkSession, jid: string, seconds: number): Promise<void> {
    await until(
        seconds,
        async () => {
            const job = (await listJobs(session)).find((one) => one.jid === jid);
            return job === undefined || !isAlive(job) ? true : undefined;
        },
        () => new Error(`job ${jid} has not ended after ${seconds} s`),
    );
}

async function get<T>(session: FlinkSession, path: string): Promise<T> {
    const answer = await askJobManager(session, "GET", path);
    if (answer.status !== 200) throw troubleOf(session, `GET ${path}`, answer);
    return answer.body as T;
}
