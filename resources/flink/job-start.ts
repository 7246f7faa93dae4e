import { isUnreachable, sleep } from "../http";
import { until } from "../lifecycle";
import { inSqlSession } from "./gateway";
import {
    aliveNamed,
    checkpointsOf,
    declarationOf,
    failuresOf,
    isAlive,
    isRunning,
    type ListedJob,
    listJobs,
    slotsOf,
} from "./job-api";
import { type CanonicalJob, fingerprint, sessionConfiguration, startStatement } from "./job-options";
import { isIncompatibleState, isWithoutSlots, rootCause } from "./root-cause";
import type { FlinkSession } from "./wire";

/** A job that failed at once so many times will fail again. */
const FAILURES = 3;
/** How long other jobs, or a TaskManager that was just started, may take to give slots back. */
const SLOTS_SECONDS = 30;
/** Longest pause between two looks. */
const LOOK_MS = 300;

/** How a job is started. */
export interface Start {
    readonly name: string;
    readonly job: CanonicalJob;
    /** Savepoint or checkpoint. */
    readonly from: string | undefined;
    /** Bound of its start. */
    readonly readySeconds: number;
    /** How long it is watched when no checkpoint completes earlier. */
    readonly settleSeconds: number;
}

/** A job that works. */
export interface Started {
    readonly jid: string;
    readonly status: "RUNNING" | "FINISHED";
    /** Its first checkpoint, where it was seen to complete. */
    readonly checkpoint: string | undefined;
}

/** What an error of {@link startJob} carries besides its message. */
export interface StartTrouble {
    /** The job, which may have to be cancelled. */
    readonly jid?: string;
    /** It could not take over the state that it was to start from. */
    readonly incompatible: boolean;
}

/**
 * Submits a job in a session of its own.
 * @returns its id. When the gateway's answer is lost, the JobManager is asked.
 */
export async function submitJob(session: FlinkSession, { name, job, from, readySeconds }: Start): Promise<string> {
    const submittedAt = await newestStart(session, name);
    return inSqlSession(session, sessionConfiguration(name, job, from), async (sql) => {
        for (const statement of job.setup) await sql.run(statement, readySeconds);
        try {
            const { job: jid, rows } = await sql.run(startStatement(job), readySeconds);
            const found = jid ?? rows[0]?.[0];
            if (typeof found !== "string") throw new Error("the gateway took the statement, and started no job");
            return found;
        } catch (error) {
            if (!isUnreachable(error)) throw error;
            return until(
                20,
                async () => {
                    const listed = aliveNamed(await listJobs(session), name);
                    const isNew = listed !== undefined && listed["start-time"] > submittedAt;
                    return isNew && (await declarationOf(session, listed.jid)) === fingerprint(job)
                        ? listed.jid
                        : undefined;
                },
                () => error as Error,
            );
        }
    });
}

/**
 * Waits until all tasks of a job run, and then watches it until its first checkpoint is complete, or for a while.
 * @throws Error with the root cause when it fails again and again, with {@link StartTrouble}.
 */
export async function untilItWorks(session: FlinkSession, jid: string, start: Start): Promise<Started> {
    try {
        return await watched(session, jid, start);
    } catch (error) {
        throw isUnreachable(error) ? error : Object.assign(error as Error, { jid });
    }
}

async function watched(session: FlinkSession, jid: string, start: Start): Promise<Started> {
    const { readySeconds, settleSeconds } = start;
    const deadline = Date.now() + readySeconds * 1_000;
    const slotsDeadline = Date.now() + Math.min(SLOTS_SECONDS, readySeconds) * 1_000;
    let runningSince: number | undefined;
    for (let pause = 50; ; pause = Math.min(2 * pause, LOOK_MS)) {
        const job = (await listJobs(session)).find((one) => one.jid === jid);
        if (job === undefined) throw new Error(`the JobManager does not know job ${jid} any more`);
        if (job.state === "FINISHED") return { jid, status: "FINISHED", checkpoint: undefined };
        if (!isAlive(job)) throw await startTrouble(session, job, undefined);
        if (isRunning(job)) {
            runningSince ??= Date.now();
            const { completed, checkpoint } = await checkpointsOf(session, jid);
            if (completed > 0) return { jid, status: "RUNNING", checkpoint };
            if (Date.now() - runningSince >= settleSeconds * 1_000)
                return { jid, status: "RUNNING", checkpoint: undefined };
        } else {
            runningSince = undefined;
            await failEarly(session, job, slotsDeadline);
            if (Date.now() > deadline) throw await startTrouble(session, job, `does not run after ${readySeconds} s`);
        }
        await sleep(pause);
    }
}

async function failEarly(session: FlinkSession, job: ListedJob, slotsDeadline: number): Promise<void> {
    if (job.state === "CREATED" || job.state === "INITIALIZING") return;
    const failures = await failuresOf(session, job.jid);
    const newest = failures[0]?.trace ?? "";
    if (isWithoutSlots(newest) && Date.now() < slotsDeadline) return;
    if (failures.length >= FAILURES || isIncompatibleState(newest) || isWithoutSlots(newest)) {
        throw await startTrouble(session, job, undefined);
    }
}

async function startTrouble(session: FlinkSession, job: ListedJob, what: string | undefined): Promise<Error> {
    const [newest, ...older] = await failuresOf(session, job.jid);
    const { running = 0, total = 0 } = job.tasks;
    const state = what ?? (job.state === "RESTARTING" ? `failed ${older.length + 1} times` : `is ${job.state}`);
    const task = newest === undefined || newest.task === "" ? "" : ` (in ${newest.task})`;
    const why = newest === undefined ? `${running} of ${total} tasks run` : `${rootCause(newest.trace)}${task}`;
    const slots = await slotsText(session, newest?.trace ?? "", newest === undefined);
    const trouble: StartTrouble = {
        jid: job.jid,
        incompatible: isIncompatibleState(newest?.trace ?? ""),
    };
    return Object.assign(new Error(`job ${job.jid} ${state}: ${why}${slots}`), trouble);
}

async function slotsText(session: FlinkSession, trace: string, unexplained: boolean): Promise<string> {
    if (!unexplained && !isWithoutSlots(trace)) return "";
    const { total, free } = await slotsOf(session).catch(() => ({ total: 0, free: 0 }));
    return `\n  The cluster has ${total} slots, ${free} of them free.\n  Way out: a smaller parallelism, fewer jobs, or more taskManagers.`;
}

/** When the newest job of a name was started: what comes later is ours. */
async function newestStart(session: FlinkSession, name: string): Promise<number> {
    const jobs = (await listJobs(session)).filter((job) => job.name === name);
    return Math.max(0, ...jobs.map((job) => job["start-time"]));
}
