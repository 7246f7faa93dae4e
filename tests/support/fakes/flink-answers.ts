import type { FakeAnswer } from "./fake-server";

/** Where the fake cluster keeps its state. */
export const DIRECTORY = "/var/lib/flink";

/** A job of the fake cluster. */
export interface FakeJob {
    readonly jid: string;
    readonly name: string;
    state: string;
    readonly sql: string;
    readonly properties: Readonly<Record<string, string>>;
    readonly startedAt: number;
    readonly from: string | undefined;
    /** Number of its first checkpoint: counting goes on from what it was restored from. */
    readonly base: number;
    savepoint?: string;
    frozenAt?: number;
}

/** Where something was thrown, as every cause of a trace says. */
export const AT =
    "\tat org.apache.flink.Somewhere.something(Somewhere.java:99)\n\tat java.base/java.lang.Thread.run(Thread.java:1583)\n";

/** `/jobs/<id>/checkpoints/config` of a job that keeps its checkpoints. */
export const CHECKPOINTING = {
    mode: "exactly_once",
    interval: 1_000,
    externalization: { enabled: true, delete_on_cancellation: false },
};

/** True for a job that runs, or tries to. */
export function isAlive({ state }: FakeJob): boolean {
    return ["RUNNING", "RESTARTING", "CANCELLING"].includes(state);
}

/** Folder of a job's checkpoints. */
export function folderOf({ jid }: FakeJob): string {
    return `file:${DIRECTORY}/checkpoints/${jid}`;
}

/** A job in `/jobs/overview`. @param justNow a job that has ended did so when it was frozen. */
export function listed(job: FakeJob, justNow: boolean): object {
    const { jid, name, state, startedAt } = job;
    const tasks = state === "RUNNING" ? { running: 2, total: 2 } : { failed: 1, canceled: 1, total: 2 };
    // Long ago, where nothing is repeated.
    const ended = (job.frozenAt ?? 0) - (justNow ? 0 : 3_600_000);
    return { jid, name, state, "start-time": startedAt, "end-time": isAlive(job) ? -1 : ended, tasks };
}

/** A job's parameters, in `/jobs/<id>/config`. */
export function userConfig({ properties }: FakeJob): object {
    const pairs = (properties["pipeline.global-job-parameters"] ?? "").split(",").map((pair) => pair.split(":"));
    return Object.fromEntries(pairs.filter(([key]) => key !== ""));
}

/** How many values the state of a statement keeps for each key. */
export function aggregates(sql: string): number {
    return (sql.match(/\b(COUNT|MAX|SUM)\(/g) ?? []).length;
}

/** Statement of a request to the gateway. */
export function statementOf(body: unknown): string {
    return String((body as { statement?: unknown } | undefined)?.statement ?? "");
}

/** 200. */
export function ok(body: unknown): FakeAnswer {
    return { status: 200, body };
}

/** The last page of a statement that was carried out. */
export function result(row?: readonly unknown[], jobID?: string): FakeAnswer {
    const data = row === undefined ? [] : [{ kind: "INSERT", fields: row }];
    return ok({ resultType: "EOS", resultKind: "SUCCESS_WITH_CONTENT", ...(jobID && { jobID }), results: { data } });
}

/** An error, as both servers write it. */
export function failed(status: number, ...errors: readonly string[]): FakeAnswer {
    return { status, body: { errors } };
}

/** The gateway's way to say that a statement is wrong. */
export function refused(...causes: readonly string[]): FakeAnswer {
    const outer = "org.apache.flink.table.gateway.api.utils.SqlGatewayException";
    const all = [
        `${outer}: ${outer}: Failed to fetchResults.`,
        `${outer}: Failed to fetchResults.`,
        "org.apache.flink.table.gateway.service.utils.SqlExecutionException: Failed to execute the operation a308a2df-1154-4392-b3a5-9171537b3ea8.",
        ...causes,
    ];
    const trace = all.map((cause, index) => `${index === 0 ? "" : "Caused by: "}${cause}\n${AT}`).join("");
    return failed(
        500,
        "Internal server error.",
        `<Exception on server side:\n${trace}\nEnd of exception on server side>`,
    );
}
