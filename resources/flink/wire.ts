import { type Answer, type Exchange, exchange, formsOfAuthorization, scrub } from "../http";
import { rootCause } from "./root-cause";

/** A Flink cluster, as resolved values. */
export interface ResolvedFlink {
    readonly restUrl: string;
    readonly sqlGatewayUrl: string;
    readonly authorization?: string;
}

/** One conversation with a cluster: whom to ask, how patiently, and what must never be repeated. */
export interface FlinkSession {
    readonly server: ResolvedFlink;
    readonly timeoutMs: number;
    readonly retries: number;
    /** Values that must not appear in an error. */
    readonly secrets: readonly string[];
}

/** What an error about an answer carries besides its message. */
export interface FlinkTrouble {
    readonly status: number;
    /** The server's whole stack trace, free of secrets: what to decide by. */
    readonly trace: string;
}

/** A conversation that carries changes out: patient, since a server may just be restarting. */
export function workingSession(server: ResolvedFlink, secrets: Readonly<Record<string, string>> = {}): FlinkSession {
    return { server, timeoutMs: 30_000, retries: 3, secrets: formsOf(server, secrets) };
}

/** A conversation during preview: quick, since the server may not exist yet. */
export function previewSession(server: ResolvedFlink, secrets: Readonly<Record<string, string>> = {}): FlinkSession {
    return { server, timeoutMs: 10_000, retries: 0, secrets: formsOf(server, secrets) };
}

/** One question to the JobManager. */
export function askJobManager(
    session: FlinkSession,
    method: "GET" | "POST" | "PATCH",
    path: string,
    body?: object,
): Promise<Answer> {
    return ask(session, method, `${session.server.restUrl.replace(/\/$/, "")}${path}`, body);
}

/** One question to the SQL gateway. */
export function askGateway(
    session: FlinkSession,
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: object,
): Promise<Answer> {
    // The gateway answers a statement's error with 500: repeating the question would only take longer.
    const once = { ...session, retries: method === "GET" ? 0 : session.retries };
    return ask(once, method, `${session.server.sqlGatewayUrl.replace(/\/$/, "")}/v1${path}`, body);
}

/** The error of an answer: what was asked, the status, and the root cause instead of the stack. */
export function troubleOf(session: FlinkSession, what: string, { status, text, body }: Answer): Error {
    const { errors } = (body ?? {}) as { errors?: unknown };
    const trace = scrub(Array.isArray(errors) ? errors.join("\n") : text, session.secrets);
    return Object.assign(new Error(`${what} answered ${status}: ${rootCause(trace)}`), { status, trace });
}

/** Status of the answer that an error is about; 0 for any other error. */
export function statusOf(error: unknown): number {
    return (error as Partial<FlinkTrouble> | undefined)?.status ?? 0;
}

/** The stack trace that an error came with; empty for any other error. */
export function traceOf(error: unknown): string {
    return (error as Partial<FlinkTrouble> | undefined)?.trace ?? "";
}

/** True for the error of a server that is just starting: no leader yet, or a proxy without anybody behind it. */
export function isStarting(error: unknown): boolean {
    return [502, 503, 504].includes(statusOf(error));
}

/** Secrets as they stand in configuration and in SQL; while they are not known yet, they are a text. */
function formsOf({ authorization }: ResolvedFlink, secrets: Readonly<Record<string, string>>): string[] {
    const own = typeof secrets === "object" ? Object.values(secrets) : [];
    return [...own.flatMap((secret) => [secret.replaceAll("'", "''"), secret]), ...formsOfAuthorization(authorization)];
}

async function ask(session: FlinkSession, method: Exchange["method"], url: string, body?: object): Promise<Answer> {
    const { authorization } = session.server;
    const answer = await exchange({
        method,
        url,
        timeoutMs: session.timeoutMs,
        retries: session.retries,
        secrets: session.secrets,
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { body }),
    });
    if (answer.status === 401 || answer.status === 403) {
        const help = "\n  Way out: set server.authorization to what the proxy before Flink expects.";
        throw Object.assign(new Error(`${answer.said}${help}`), { denied: true, status: answer.status, trace: "" });
    }
    if (answer.status === 503) throw troubleOf(session, `${method} ${url}`, answer);
    return answer;
}
