import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { isUnreachable, scrub, sleep } from "../http";
import { SESSION_SECONDS } from "./scratch-sessions";

/** A ClickHouse server, as resolved values. */
export interface ResolvedServer {
    readonly url: string;
    readonly username: string;
    readonly password: string;
}

/** One conversation with a server: whom to ask, and how patiently. */
export interface Session {
    readonly server: ResolvedServer;
    readonly client: ClickHouseClient;
    /** Attempts of what changes nothing, and of what cannot have been carried out. */
    readonly attempts: number;
    /** Texts that must never appear in an error. */
    readonly secrets: readonly string[];
}

/** What an error of {@link ask} and {@link tell} carries besides its message. */
export interface ClickHouseTrouble {
    /** ClickHouse's own number, as `60`. */
    readonly code: number;
    /** Its name, as `UNKNOWN_TABLE`. */
    readonly type: string;
    /** The server's own words, cut and free of secrets. */
    readonly words: string;
}

/** Codes of {@link ClickHouseTrouble} that decisions are made by. */
export const CODES = {
    UNKNOWN_IDENTIFIER: 47,
    NOT_IMPLEMENTED: 48,
    UNKNOWN_TABLE: 60,
    SYNTAX_ERROR: 62,
    UNKNOWN_DATABASE: 81,
    DATABASE_NOT_EMPTY: 219,
    UNFINISHED: 341,
} as const;

/** Password, name, host of the client; rights; a user that may only read. */
const DENIED: readonly number[] = [192, 193, 194, 195, 516, 497, 164];
/** Shutting down, out of memory or of slots, tables still loading: it may be well again in a moment. */
const UNWELL: readonly number[] = [202, 209, 210, 236, 241, 242, 394, 439, 695, 746];

/** How patient conversations are: in milliseconds per request. */
const PATIENCE = {
    preview: { attempts: 1, requestMs: 5_000 },
    work: { attempts: 4, requestMs: 60_000 },
} as const;

/**
 * Holds a conversation, and ends it.
 * @param how `preview` is quick, since the server may not exist yet; `work` is patient, since it may be restarting.
 * @param more longest request in seconds, where it is not the usual one; texts that no error may show.
 */
export async function withSession<T>(
    server: ResolvedServer,
    how: keyof typeof PATIENCE,
    converse: (session: Session) => Promise<T>,
    more: { readonly seconds?: number | undefined; readonly secrets?: readonly string[] } = {},
): Promise<T> {
    const { attempts, requestMs } = PATIENCE[how];
    const { url, username, password } = server;
    const client = createClient({
        url,
        username,
        password,
        application: "millrace",
        request_timeout: Math.max(requestMs, (more.seconds ?? 0) * 1000),
        // It would write whole statements, with the secrets in them, to whoever watches the deployment.
        log: { level: ClickHouseLogLevel.OFF },
    });
    const secrets = [password, ...(more.secrets ?? [])].filter((secret) => secret.length >= 4);
    try {
        return await converse({ server, client, attempts, secrets });
    } finally {
        await client.close();
    }
}

/**
 * Asks for rows; repeated when there is no answer.
 *
 * Errors, here and of {@link tell}: plain Errors. No answer (`unreachable`, see `isUnreachable`); wrong password or missing
 * rights (`denied`), which must never look like "gone"; anything else with {@link ClickHouseTrouble}. None shows a secret.
 */
export function ask<Row>(
    session: Session,
    query: string,
    parameters: Readonly<Record<string, unknown>> = {},
    options: { readonly session_id?: string } = {},
): Promise<Row[]> {
    return attempt(session, query, isUnreachable, async () => {
        const answer = await session.client.query({
            query,
            query_params: { ...parameters },
            format: "JSONEachRow",
            clickhouse_settings: { output_format_json_quote_64bit_integers: 0, ...ofSession(options) },
            ...options,
        });
        return answer.json<Row>();
    });
}

/** Carries a statement out. Repeated only when the connection was refused: then nobody can have carried it out. */
export function tell(
    session: Session,
    statement: string,
    options: { readonly session_id?: string; readonly database?: string } = {},
): Promise<void> {
    const { database, ...rest } = options;
    return attempt(session, statement, isRefused, async () => {
        await session.client.command({
            query: statement,
            clickhouse_settings: { ...ofSession(options), ...(database === undefined ? {} : { database }) },
            ...rest,
        });
    });
}

/** True when an error of {@link ask} or {@link tell} has this code. */
export function isCode(error: unknown, ...codes: readonly number[]): boolean {
    return codes.includes((error as Partial<ClickHouseTrouble> | undefined)?.code ?? 0);
}

/** The server's own words in an error, or the whole of another error. */
export function wordsOf(error: unknown): string {
    return (error as Partial<ClickHouseTrouble>).words ?? (error instanceof Error ? error.message : String(error));
}

/** True for the error of a server that is not well, or just starting. */
export function isServerTrouble(error: unknown): boolean {
    return isCode(error, ...UNWELL);
}

async function attempt<T>(
    session: Session,
    statement: string,
    mayRepeat: (error: unknown) => boolean,
    send: () => Promise<T>,
): Promise<T> {
    for (let count = 1; ; count++) {
        try {
            return await send();
        } catch (error) {
            const own = inOurWords(session, statement, error);
            if (count >= session.attempts || !mayRepeat(own)) throw own;
        }
        await sleep(150 * 3 ** (count - 1));
    }
}

/** A parameter of the URL that the client has no option for. */
function ofSession({ session_id }: { readonly session_id?: string }): Record<string, string> {
    return session_id === undefined ? {} : { session_timeout: String(SESSION_SECONDS) };
}

function isRefused(error: unknown): boolean {
    return isUnreachable(error) && (error as { reason?: string }).reason === "ECONNREFUSED";
}

function inOurWords({ server, secrets }: Session, statement: string, error: unknown): Error {
    const { code, type, message = String(error) } = error as { code?: string; type?: string; message?: string };
    const where = scrub(`${beginning(statement)} at ${server.url}`, secrets);
    if (type === undefined || !/^\d+$/.test(code ?? "")) {
        const reason = /^Timeout/i.test(message) ? "time is up" : (code ?? cut(scrub(message, secrets)));
        return Object.assign(new Error(`${where} got no answer: ${reason}`), { unreachable: true, reason });
    }
    const number = Number(code);
    const words = cut(scrub(message, secrets));
    const trouble = { code: number, type, words };
    const text = `${where} answered ${number} ${type}: ${words}`;
    if (!DENIED.includes(number)) return Object.assign(new Error(text), trouble);
    const help =
        number === 497 || number === 164
            ? `The server does not let ${server.username} do that.\n  Way out: grant it, or set server.username to a user with the right.`
            : "The server does not know this user and password.\n  Way out: set server.username and server.password to a user of this server.";
    return Object.assign(new Error(`${text}\n  ${help}`), { ...trouble, denied: true });
}

/** `CREATE TABLE` of a whole statement: the rest may be long, and hold secrets. */
function beginning(statement: string): string {
    const words = statement.trim().split(/\s+/);
    const [first = "", second = ""] = words;
    return /^(CREATE|ALTER|DROP|KILL)$/i.test(first) ? `${first} ${second}` : first;
}

/** Without what the server adds for its own developers: the stack, the version. */
function cut(message: string): string {
    const own = message.split(/\s*\n+\s*0\. /)[0] ?? "";
    const flat = own
        .replace(/\s+/g, " ")
        .replace(/\(version [^)]*\)/g, "")
        .trim();
    return flat.length > 400 ? `${flat.slice(0, 399)}…` : flat;
}
