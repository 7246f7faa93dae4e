import { scrub, sleep } from "../http";
import { rootCause } from "./root-cause";
import { askGateway, type FlinkSession, troubleOf } from "./wire";

/** What a statement ended with. */
export interface StatementResult {
    readonly rows: readonly (readonly unknown[])[];
    /** The job that it started. */
    readonly job: string | undefined;
}

/** Carries out statements one after the other in a session of their own. */
export interface SqlSession {
    /** @throws Error with the root cause, and `trace`, when the statement is wrong or fails. */
    run(statement: string, seconds: number): Promise<StatementResult>;
}

/**
 * Opens a session, hands it out, and closes it whatever happens. A session that is left open expires after ten minutes;
 * a job does not end with the session that it was submitted in.
 * @param properties configuration of the session, and so of its jobs.
 */
export async function inSqlSession<T>(
    session: FlinkSession,
    properties: Readonly<Record<string, string>>,
    use: (sql: SqlSession) => Promise<T>,
): Promise<T> {
    const opened = await askGateway(session, "POST", "/sessions", { properties });
    const handle = (opened.body as { sessionHandle?: string } | undefined)?.sessionHandle;
    if (opened.status !== 200 || handle === undefined) throw troubleOf(session, "opening a session", opened);
    try {
        return await use({ run: (statement, seconds) => run(session, handle, statement, seconds) });
    } finally {
        await askGateway(session, "DELETE", `/sessions/${handle}`).catch(() => undefined);
    }
}

async function run(
    session: FlinkSession,
    handle: string,
    statement: string,
    seconds: number,
): Promise<StatementResult> {
    const accepted = await askGateway(session, "POST", `/sessions/${handle}/statements`, { statement });
    const operation = (accepted.body as { operationHandle?: string } | undefined)?.operationHandle;
    if (accepted.status !== 200 || operation === undefined) throw troubleOf(session, "the statement", accepted);
    const deadline = Date.now() + seconds * 1_000;
    const rows: unknown[][] = [];
    let job: string | undefined;
    for (let token = 0, wait = 20; ; ) {
        // A wrong statement is accepted: its error comes here, with 500.
        const path = `/sessions/${handle}/operations/${operation}/result/${token}`;
        const { status, body, text } = await askGateway(session, "GET", path);
        if (status !== 200) throw refused(session, body, text);
        const page = body as Page;
        job = page.jobID ?? job;
        rows.push(...(page.results?.data ?? []).map(({ fields }) => fields));
        if (page.resultType === "EOS") return { rows, job };
        if (Date.now() > deadline) throw new Error(`the statement was not carried out within ${seconds} s`);
        if (page.resultType === "NOT_READY") {
            await sleep(wait);
            wait = Math.min(wait * 2, 300);
        } else token = Number(/\/result\/(\d+)/.exec(page.nextResultUri ?? "")?.[1] ?? token + 1);
    }
}

interface Page {
    readonly resultType: "NOT_READY" | "PAYLOAD" | "EOS";
    readonly nextResultUri?: string;
    readonly jobID?: string;
    readonly results?: { readonly data: readonly { readonly fields: unknown[] }[] };
}

function refused(session: FlinkSession, body: unknown, text: string): Error {
    const { errors } = (body ?? {}) as { errors?: unknown };
    const trace = scrub(Array.isArray(errors) ? errors.join("\n") : text, session.secrets);
    return Object.assign(new Error(rootCause(trace)), { trace, refused: true });
}

/** True for the error of a statement that the gateway understood and refused, or that failed. */
export function isRefused(error: unknown): boolean {
    return (error as { refused?: boolean } | undefined)?.refused === true;
}
