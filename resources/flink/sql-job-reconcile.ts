import { adoptionTrouble } from "../adoption";
import { trouble } from "../errors";
import { isUnreachable } from "../http";
import { plain, progress } from "../lifecycle";
import type { Outcome } from "../outcome";
import { newestCheckpointIn } from "./checkpoint-search";
import {
    aliveNamed,
    cancelJob,
    checkpointing,
    checkpointsOf,
    declarationOf,
    disposeSavepoint,
    isRunning,
    type ListedJob,
    lastCheckpointsOf,
    listSettledJobs,
    stopWithSavepoint,
} from "./job-api";
import { canonicalJob, fingerprint } from "./job-options";
import { type Start, type Started, type StartTrouble, submitJob, untilItWorks } from "./job-start";
import { isIncompatibleState, isMissingState } from "./root-cause";
import { refusedStatements } from "./sql-job-preview";
import { type Observed, observeJob, SQL_JOB_KIND, type SqlJobInputs, type SqlJobState, stateOf } from "./sql-job-state";
import { type FlinkSession, traceOf, workingSession } from "./wire";

/** Seconds until a job that was started works, and how long it is watched when no checkpoint completes earlier. */
const READY_SECONDS = 180;
const SETTLE_SECONDS = 20;

/**
 * Observe, ensure, sync, return: the one path behind create and update.
 * @param before the recorded state; undefined when this stack has not created the job.
 */
export async function reconcileSqlJob(
    inputs: SqlJobInputs,
    before: SqlJobState | undefined,
    outcome: Outcome,
): Promise<SqlJobState> {
    const session = workingSession(inputs.server, { ...before?.secrets, ...inputs.secrets });
    const live = aliveNamed(await listSettledJobs(session, inputs.name), inputs.name);
    const state =
        live === undefined
            ? await startOrHeal(session, inputs, before, outcome)
            : await bringInLine(session, inputs, before, live, outcome);
    return plain(state);
}

/** The job as it now is, for refresh. One that is gone is `LOST`: what is recorded of it leads to its checkpoints. */
export async function readSqlJob(state: SqlJobState): Promise<SqlJobState> {
    const session = workingSession(state.server, state.secrets);
    const { live, status, newest } = await observeJob(session, state);
    const jobId = live?.jid ?? state.jobId;
    if (status === state.status && jobId === state.jobId) return state;
    const { resumeFrom: _, ...rest } = state;
    if (status === "RUNNING") return plain(await stateOf(session, rest, { jid: jobId, status, from: undefined }));
    return plain({ ...rest, jobId, status, resumeFrom: newest ?? state.resumeFrom });
}

/** True when a person names another place to start from than before: the job is started from there. */
export function isRewind(inputs: Pick<SqlJobInputs, "startFrom">, before: SqlJobState | undefined): boolean {
    return inputs.startFrom !== undefined && inputs.startFrom !== before?.startFrom;
}

/** Nothing runs under the name. */
async function startOrHeal(
    session: FlinkSession,
    inputs: SqlJobInputs,
    before: SqlJobState | undefined,
    outcome: Outcome,
): Promise<SqlJobState> {
    if (before === undefined) return firstStart(session, inputs, outcome);
    const observed = await observeJob(session, before);
    const { status } = observed;
    const same = fingerprint(canonicalJob(inputs)) === fingerprint(canonicalJob(before));
    if (status === "FINISHED" && same && !isRewind(inputs, before)) {
        const { jobId, declaration, startedFrom, checkpoints } = before;
        return { ...inputs, jobId, declaration, startedFrom, checkpoints, status };
    }
    say(inputs, `does not run (${status})`);
    // Bounded input is read anew: what has come to its end has nothing to go on with.
    const resumed = async () => (status === "FINISHED" ? undefined : resumePoint(session, inputs, before, observed));
    const from = isRewind(inputs, before) ? inputs.startFrom : await resumed();
    outcome.recorded = plain({ ...before, status, resumeFrom: from ?? before.resumeFrom });
    return startAgain(session, inputs, undefined, from, outcome);
}

async function firstStart(session: FlinkSession, inputs: SqlJobInputs, outcome: Outcome): Promise<SqlJobState> {
    const start = startOf(inputs, inputs.startFrom);
    outcome.sent = true;
    const jid = await submitJob(session, start);
    outcome.recorded = plain(await stateOf(session, inputs, { jid, status: "RUNNING", from: start.from }));
    try {
        return await settled(session, inputs, await untilItWorks(session, jid, start), start.from);
    } catch (error) {
        // Whether it works is not known: it stays, and stays recorded.
        if (isUnreachable(error)) throw error;
        await cancelFailed(session, error, inputs);
        delete outcome.recorded;
        throw trouble(SQL_JOB_KIND, inputs.name, {
            what: "cannot be created: it does not work",
            why: (error as Error).message,
            left: "The job was cancelled; nothing of it runs.",
        });
    }
}

/** A job runs under the name: it is what is declared, or it is replaced by what is declared, from its own state. */
async function bringInLine(
    session: FlinkSession,
    inputs: SqlJobInputs,
    before: SqlJobState | undefined,
    live: ListedJob,
    outcome: Outcome,
): Promise<SqlJobState> {
    const wanted = fingerprint(canonicalJob(inputs));
    const held = await declarationOf(session, live.jid);
    const unchanged =
        before !== undefined && fingerprint(canonicalJob(before)) === wanted && held === before.declaration;
    const same = held === wanted || unchanged;
    if (before === undefined) refuseForeign(inputs, wanted, held);
    if (same && (before === undefined || !isRewind(inputs, before))) {
        const from = before?.startedFrom;
        const started = before === undefined ? await untilItWorks(session, live.jid, startOf(inputs, from)) : live;
        const status = "status" in started ? started.status : "RUNNING";
        return stateOf(session, inputs, { jid: live.jid, status, from });
    }
    const [refused] = await refusedStatements(session, inputs);
    if (refused !== undefined) throw new Error(`${refused.property}: ${refused.why ?? refused.what}`);
    const stopped = await stopKeepingState(session, inputs, live, outcome);
    const from = isRewind(inputs, before) ? inputs.startFrom : stopped.path;
    outcome.recorded = plain({
        ...(before ?? { ...inputs, declaration: held ?? "" }),
        jobId: live.jid,
        status: "STOPPED",
        resumeFrom: stopped.path,
    });
    const state = await startAgain(session, inputs, before, from, outcome, stopped.path);
    if (stopped.isSavepoint && stopped.path !== undefined) await tidyUp(session, state, stopped.path);
    return state;
}

function refuseForeign(inputs: SqlJobInputs, wanted: string, held: string | undefined): void {
    const differences =
        held === wanted ? [] : [{ path: "declaration", expected: wanted, actual: held ?? "a job of somebody else" }];
    const refusal = adoptionTrouble(inputs.onExists, `job ${inputs.name}`, differences, "job");
    if (refusal !== undefined) throw trouble(SQL_JOB_KIND, inputs.name, refusal);
}

/** Stops a job so that its state can be taken over: with a savepoint; one that fails all the time at its last checkpoint. */
async function stopKeepingState(
    session: FlinkSession,
    inputs: SqlJobInputs,
    live: ListedJob,
    outcome: Outcome,
): Promise<{ path: string | undefined; isSavepoint: boolean }> {
    const seconds = inputs.timeouts?.ready ?? READY_SECONDS;
    if (isRunning(live)) {
        outcome.sent = true;
        const path = await stopWithSavepoint(session, live.jid, seconds);
        say(inputs, `job ${live.jid} stopped with savepoint ${path}`);
        return { path, isSavepoint: true };
    }
    const { newest } = await checkpointsOf(session, live.jid);
    if (newest !== undefined && !(await checkpointing(session, live.jid)).kept) {
        throw new Error(
            `job ${live.jid} is ${live.state}, so that no savepoint can be taken, and its checkpoints would go with it\n` +
                "  Way out: cancel it by hand when its state may be lost.",
        );
    }
    outcome.sent = true;
    await cancelJob(session, live.jid, seconds);
    const last = (await lastCheckpointsOf(session, live.jid)).newest;
    say(inputs, `job ${live.jid} was ${live.state} and is cancelled; its last checkpoint is ${last ?? "none"}`);
    return { path: last, isSavepoint: false };
}

/**
 * Starts what is declared, from state or without. When it does not work, what ran before is brought back.
 * @param before what is brought back.
 * @param stoppedAt where it is brought back from.
 */
async function startAgain(
    session: FlinkSession,
    inputs: SqlJobInputs,
    before: SqlJobState | undefined,
    from: string | undefined,
    outcome: Outcome,
    stoppedAt = from,
): Promise<SqlJobState> {
    outcome.sent = true;
    try {
        return await startedOrFresh(session, inputs, from);
    } catch (error) {
        // It may run: a second job beside it would be worse than none. The next up looks.
        if (isUnreachable(error)) throw error;
        await cancelFailed(session, error, inputs);
        const incompatible = isIncompatible(error);
        const isMissing = isMissingState(traceOf(error));
        const parts = {
            what: isMissing
                ? `cannot go on from ${from}: it is not there`
                : incompatible
                  ? "cannot take over the state of the running version"
                  : "does not work in its new version",
            why: (error as Error).message,
            ...(isMissing ? { wayOut: MISSING } : incompatible ? { wayOut: INCOMPATIBLE } : {}),
        };
        if (before === undefined || stoppedAt === undefined) {
            const there = stoppedAt !== undefined && !isMissing;
            const left = there ? ` Its state is in ${stoppedAt}: the next up goes on from there.` : "";
            throw trouble(SQL_JOB_KIND, inputs.name, { ...parts, left: `It does not run.${left}` });
        }
        const left = await bringBack(session, before, stoppedAt, outcome);
        throw trouble(SQL_JOB_KIND, inputs.name, { ...parts, left });
    }
}

/** Starts from state; without it when it does not fit, and that was asked for. */
async function startedOrFresh(
    session: FlinkSession,
    inputs: SqlJobInputs,
    from: string | undefined,
): Promise<SqlJobState> {
    try {
        return await started(session, inputs, from);
    } catch (error) {
        if (!isIncompatible(error) || inputs.onIncompatibleState !== "restartFresh") throw error;
        await cancelFailed(session, error, inputs);
        say(inputs, `cannot take over the state of ${from}, and starts without; that state stays there`);
        return started(session, inputs, undefined);
    }
}

const INCOMPATIBLE =
    'onIncompatibleState: "restartFresh" starts without the old state; ' +
    '"execution.state-recovery.ignore-unclaimed-state": true in configuration drops what no operator takes; ' +
    "or keep the operators and their order as they were.";

const MISSING =
    'set startFrom to a savepoint or checkpoint that is there; or onIncompatibleState: "restartFresh" to start without.';

async function bringBack(session: FlinkSession, before: SqlJobState, path: string, outcome: Outcome): Promise<string> {
    try {
        const state = await started(session, before, path);
        outcome.recorded = plain(state);
        return `The old version runs again, as job ${state.jobId}, from ${path}, which stays.`;
    } catch (error) {
        await cancelFailed(session, error, before);
        return (
            `The old version did not start either: ${(error as Error).message}\n` +
            `  Its state is in ${path}: the next up goes on from there.`
        );
    }
}

async function started(session: FlinkSession, inputs: SqlJobInputs, from: string | undefined): Promise<SqlJobState> {
    const start = startOf(inputs, from);
    const jid = await submitJob(session, start);
    say(inputs, `submitted as job ${jid}${from === undefined ? "" : `, from ${from}`}`);
    return settled(session, inputs, await untilItWorks(session, jid, start), from);
}

function settled(
    session: FlinkSession,
    inputs: SqlJobInputs,
    { jid, status }: Started,
    from: string | undefined,
): Promise<SqlJobState> {
    return stateOf(session, inputs, { jid, status, from });
}

function startOf(inputs: SqlJobInputs, from: string | undefined): Start {
    return {
        name: inputs.name,
        job: canonicalJob(inputs),
        from,
        readySeconds: inputs.timeouts?.ready ?? READY_SECONDS,
        settleSeconds: Number(inputs.settleSeconds ?? SETTLE_SECONDS),
    };
}

/** Where a job that does not run any more can go on from; undefined when it never had any state to keep. */
async function resumePoint(
    session: FlinkSession,
    inputs: SqlJobInputs,
    before: SqlJobState,
    { isKnown, newest }: Observed,
): Promise<string | undefined> {
    if (before.resumeFrom !== undefined) return before.resumeFrom;
    if (isKnown) return newest;
    if (before.checkpoints === undefined) return undefined;
    say(
        inputs,
        `the JobManager does not know job ${before.jobId}; looking for its checkpoints in ${before.checkpoints}`,
    );
    const found = await newestCheckpointIn(session, before.checkpoints);
    if (found !== undefined) return found;
    // Another cluster has other folders: there the job is new.
    if (before.server.restUrl !== inputs.server.restUrl) return inputs.startFrom;
    if (inputs.onIncompatibleState === "restartFresh") {
        say(inputs, "no checkpoint was found: it starts without the old state");
        return undefined;
    }
    throw trouble(SQL_JOB_KIND, inputs.name, {
        what: "is lost, and its state cannot be found",
        why: `The JobManager does not know job ${before.jobId} any more, and there is no complete checkpoint in ${before.checkpoints}, or none with a file beside _metadata.`,
        wayOut: `set startFrom to a path such as "${before.checkpoints}/chk-7"; or onIncompatibleState: "restartFresh" to start without state.`,
    });
}

/** A job that was started and does not work shall not go on failing. */
async function cancelFailed(session: FlinkSession, error: unknown, inputs: SqlJobInputs): Promise<void> {
    const { jid } = error as Partial<StartTrouble>;
    if (jid !== undefined) await cancelJob(session, jid, inputs.timeouts?.delete ?? READY_SECONDS);
}

/** The savepoint of a change has done its work when the new job has a checkpoint of its own. */
async function tidyUp(session: FlinkSession, state: SqlJobState, savepoint: string): Promise<void> {
    const { completed } = await checkpointsOf(session, state.jobId);
    const removed =
        completed > 0 &&
        state.startedFrom === savepoint &&
        (await disposeSavepoint(session, savepoint).catch(() => false));
    say(state, removed ? `savepoint ${savepoint} is of no use any more, and removed` : `savepoint ${savepoint} stays`);
}

/** True when the state that a job was to start from does not fit it, or is not there. */
function isIncompatible(error: unknown): boolean {
    const trace = traceOf(error);
    return (
        (error as Partial<StartTrouble>).incompatible === true || isIncompatibleState(trace) || isMissingState(trace)
    );
}

function say({ name }: { readonly name: string }, line: string): void {
    progress(`${SQL_JOB_KIND} "${name}": ${line}`);
}
