import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import { duringPreview as askDuringPreview, isDenied, urlProblems } from "../server";
import { isStatementError, quotedText, runStatement, type StatementResult, type TrinoSession } from "./api";

/** A coordinator and who asks it, as resolved inputs. */
export interface ResolvedAccess {
    readonly url: string;
    readonly user: string;
    readonly password?: string;
    readonly certificate?: string;
}

/** One conversation with a coordinator: whom to ask, and how patiently. */
export interface Session extends TrinoSession {
    /** Milliseconds for a statement. */
    readonly deadlineMs: number;
}

const EXAMPLE = "http://host:8080";

/**
 * Starts a conversation that carries changes out: patient, since a coordinator may just be restarting.
 * @param secrets further texts that must never appear in an error.
 */
export function workingSession(server: ResolvedAccess, secrets: readonly string[] = []): Session {
    return { ...accessOf(server), secrets, deadlineMs: 300_000 };
}

/** A conversation during preview: quick, since the coordinator may not exist yet. */
export function previewSession(server: ResolvedAccess, secrets: readonly string[] = []): Session {
    // The first statement after a start takes some seconds: classes are loaded.
    return { ...accessOf(server), secrets, retries: 1, timeoutMs: 10_000, deadlineMs: 30_000 };
}

/** Runs one statement, see `runStatement`. */
export function run(session: Session, sql: string): Promise<StatementResult> {
    const { deadlineMs } = session;
    return runStatement(session, sql, { deadlineMs });
}

/**
 * Runs a statement that changes something. When it gets no verdict (the coordinator went away in the middle), the server
 * is asked whether it was carried out.
 */
export async function runOnce(session: Session, sql: string, isDone: () => Promise<boolean>): Promise<void> {
    try {
        await run(session, sql);
    } catch (error) {
        if (isStatementError(error) || isDenied(error) || !(await isDone().catch(() => false))) throw error;
    }
}

/** Rows of a table or view of the server, by the names of their columns: which there are depends on its version. */
export async function rowsOf(session: Session, sql: string): Promise<Record<string, unknown>[]> {
    const { columns, rows } = await run(session, sql);
    return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
}

/** `a = 'x' AND b = 'y'`. */
export function where(conditions: Readonly<Record<string, string>>): string {
    return Object.entries(conditions)
        .map(([column, value]) => `${column} = ${quotedText(value)}`)
        .join(" AND ");
}

/** What can be said about a server's address and credentials offline. */
export function serverProblems(server: ResolvedAccess): Problem[] {
    if ((server as unknown) === UNKNOWN) return [];
    const given: Partial<Record<keyof ResolvedAccess, unknown>> = server ?? {};
    const problems = urlProblems(given, "url", "server.user and server.password", EXAMPLE);
    if (typeof given.user !== "string" || given.user === "") {
        problems.push({
            property: "server.user",
            what: "user is missing",
            why: "Trino runs every statement as somebody.",
            wayOut: `write whom, as "millrace".`,
        });
    }
    return problems;
}

/** Asks a coordinator something during preview; see `duringPreview` of all servers. */
export function duringPreview(server: ResolvedAccess, ask: () => Promise<Problem[]>): Promise<Problem[]> {
    return askDuringPreview(server, { url: "url", credentials: "password", isStarting: isServerTrouble }, ask);
}

/** True for the error of a coordinator that is not well, or just starting. */
function isServerTrouble(error: unknown): boolean {
    if (isStatementError(error, "SERVER_STARTING_UP", "NO_NODES_AVAILABLE", "CLUSTER_OUT_OF_MEMORY")) return true;
    return ((error as { status?: number } | undefined)?.status ?? 0) >= 500;
}

function accessOf({ url, user, password, certificate }: ResolvedAccess): TrinoSession {
    return {
        url,
        user,
        ...(password !== undefined && { password }),
        ...(certificate !== undefined && { certificate }),
    };
}
