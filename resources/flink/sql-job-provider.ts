import { adoptionTrouble } from "../adoption";
import { type Problem, trouble } from "../errors";
import { hasUnknown, isProtected, progress, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import type { Outcome } from "../outcome";
import { duringPreview, urlProblems } from "../server";
import {
    aliveNamed,
    cancelJob,
    checkpointsOf,
    declarationOf,
    isRunning,
    lastCheckpointsOf,
    listJobs,
    stopWithSavepoint,
} from "./job-api";
import { canonicalJob, fingerprint } from "./job-options";
import { type Declared, jobProblems } from "./job-rules";
import { refusedStatements } from "./sql-job-preview";
import { isRewind, readSqlJob, reconcileSqlJob } from "./sql-job-reconcile";
import { SQL_JOB_KIND, type SqlJobInputs, type SqlJobState } from "./sql-job-state";
import { isStarting, previewSession, workingSession } from "./wire";

const STOP_SECONDS = 180;

/** The code that manages a `FlinkSqlJob`. */
export const sqlJobProvider = managedProvider<SqlJobInputs, SqlJobState>({
    kind: SQL_JOB_KIND,
    identity: "name",
    outputsOnly: ["jobId", "status", "declaration", "startedFrom", "checkpoints", "resumeFrom"],
    nameOf,
    settingsOf: ({ server, startFrom, settleSeconds, savepointOnDelete = true, onIncompatibleState = "fail" }) => ({
        server,
        startFrom,
        settleSeconds,
        savepointOnDelete,
        onIncompatibleState,
    }),
    compare: (olds, news) => ({
        changed: isResubmitted(olds, news) || !isWell(olds),
        replaced: nameOf(news) !== nameOf(olds) && nameOf(news) !== UNKNOWN,
    }),
    problemsOf,
    reconcile: reconcileSqlJob,
    read: readSqlJob,
    remove,
    async lossOf(state) {
        const session = workingSession(state.server, state.secrets);
        const live = aliveNamed(await listJobs(session), state.name);
        if (live === undefined) return undefined;
        const { bytes } = await checkpointsOf(session, live.jid);
        const since = new Date(live["start-time"]).toISOString().slice(0, 19);
        return `It runs as job ${live.jid} since ${since}Z, with ${bytes} bytes of state.`;
    },
});

async function remove(name: string, state: SqlJobState, outcome: Outcome): Promise<void> {
    const session = workingSession(state.server, state.secrets);
    const seconds = state.timeouts?.delete ?? STOP_SECONDS;
    const live = aliveNamed(await listJobs(session), name);
    if (live === undefined) return;
    outcome.sent = true;
    if (state.savepointOnDelete === false || !isRunning(live)) {
        await cancelJob(session, live.jid, seconds);
        const { newest } = await lastCheckpointsOf(session, live.jid);
        progress(
            `${SQL_JOB_KIND} "${name}": ${live.state} job ${live.jid} cancelled; last checkpoint: ${newest ?? "none"}`,
        );
        return;
    }
    try {
        const path = await stopWithSavepoint(session, live.jid, seconds);
        progress(`${SQL_JOB_KIND} "${name}": stopped with savepoint ${path} (startFrom goes on from there)`);
    } catch (error) {
        throw trouble(SQL_JOB_KIND, name, {
            what: "cannot be stopped with a savepoint",
            why: (error as Error).message,
            wayOut: "again; or set savepointOnDelete: false, run up, then delete it.",
            left: "It is not removed.",
        });
    }
}

async function problemsOf(olds: Partial<SqlJobState> | undefined, news: SqlJobInputs): Promise<Problem[]> {
    const { server, name } = news;
    const problems = [
        ...urlProblems(server, "restUrl", "server.authorization", "http://host:8081"),
        ...urlProblems(server, "sqlGatewayUrl", "server.authorization", "http://host:8084"),
        ...jobProblems(news as unknown as Declared),
    ];
    const renamed = olds?.name !== undefined && olds.name !== name && name !== UNKNOWN;
    if (renamed && isProtected(olds)) {
        problems.push({
            property: "name",
            what: `name cannot change from ${olds.name} to ${name} while deletionProtection is on`,
            why: `Another job would be started without state, and ${olds.name} stopped.`,
            wayOut: "set deletionProtection: false, run up, then rename; startFrom takes the savepoint that it is stopped with.",
        });
    }
    if (problems.length > 0 || hasUnknown(server)) return problems;
    const isOurs = olds?.name === name;
    const isSame = isOurs && !isResubmitted(olds as SqlJobState, news);
    if (isSame) return [];
    const asked = { url: "restUrl", credentials: "authorization", isStarting };
    return [
        ...(isOurs ? [] : await duringPreview(server, asked, () => foreignProblems(news))),
        ...(hasUnknown(news)
            ? []
            : await duringPreview(server, { ...asked, url: "sqlGatewayUrl" }, () =>
                  refusedStatements(previewSession(server, news.secrets), news),
              )),
        ...(isOurs ? await duringPreview(server, asked, () => announce(news)) : []),
    ];
}

async function foreignProblems(news: SqlJobInputs): Promise<Problem[]> {
    if (news.name === UNKNOWN) return [];
    const session = previewSession(news.server, news.secrets);
    const live = aliveNamed(await listJobs(session), news.name);
    // An unprotected job may be about to be replaced by itself; create decides then.
    if (live === undefined || hasUnknown(news) || !isProtected(news)) return [];
    const wanted = fingerprint(canonicalJob(news));
    const held = await declarationOf(session, live.jid);
    const differences =
        held === wanted ? [] : [{ path: "declaration", expected: wanted, actual: held ?? "none of ours" }];
    const refusal = adoptionTrouble(news.onExists, `job ${news.name}`, differences, "job");
    return refusal === undefined ? [] : [{ property: "onExists", ...refusal }];
}

/** Says what a change will do to a job that runs. */
async function announce(news: SqlJobInputs): Promise<Problem[]> {
    const live = aliveNamed(await listJobs(previewSession(news.server, news.secrets)), news.name);
    if (live === undefined) return [];
    const how = isRunning(live) ? "stopped with a savepoint" : `cancelled (it is ${live.state})`;
    progress(`${SQL_JOB_KIND} "${news.name}": job ${live.jid} will be ${how} and submitted again from its state`);
    return [];
}

/** True when a change makes another job: it is submitted again. */
function isResubmitted(olds: SqlJobState, news: SqlJobInputs): boolean {
    return fingerprint(canonicalJob(olds)) !== fingerprint(canonicalJob(news)) || isRewind(news, olds);
}

function isWell({ status }: SqlJobState): boolean {
    return status === "RUNNING" || status === "FINISHED";
}

function nameOf({ name }: Partial<SqlJobInputs>): string {
    return String(name ?? UNKNOWN);
}
