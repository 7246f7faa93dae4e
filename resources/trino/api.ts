import http from "node:http";
import https from "node:https";
import { zstdDecompressSync } from "node:zlib";
import axios, { type AxiosInstance, type AxiosResponse } from "axios";
import { formsOfAuthorization, scrub, sleep } from "../http";

/** A Trino coordinator and who asks it, as resolved values. */
export interface TrinoSession {
    /** `http(s)://host:port` of the coordinator. */
    readonly url: string;
    /** Whom statements are run as. */
    readonly user: string;
    /** Password of the user; Trino takes it over https only. Never appears in an error. */
    readonly password?: string;
    /** Certificate to trust, in PEM. @default those that Node.js trusts */
    readonly certificate?: string;
    /** Catalog of names that name none. */
    readonly catalog?: string;
    /** Schema of names that name none. */
    readonly schema?: string;
    /** Session properties, such as `query_max_run_time`. */
    readonly properties?: Readonly<Record<string, string>>;
    /** Who asks, as the server's query list shows it. @default "millrace" */
    readonly source?: string;
    /** Milliseconds per request; the server answers each within about a second. @default 30000 */
    readonly timeoutMs?: number;
    /** Further attempts of a request that the server, or a proxy before it, could not take. @default 8 */
    readonly retries?: number;
    /** Further texts that must never appear in an error, such as properties of catalogs. */
    readonly secrets?: readonly string[];
}

/** How long a statement may take. */
export interface StatementOptions {
    /** Cancels the statement on the server too. */
    readonly signal?: AbortSignal;
    /** Milliseconds for the whole statement; then it is cancelled. @default 300000 */
    readonly deadlineMs?: number;
}

/** A column of a result. */
export interface Column {
    readonly name: string;
    /** In Trino's words, as `varchar` or `timestamp(3)`. */
    readonly type: string;
}

/** What a statement ended with. */
export interface StatementResult {
    readonly queryId: string;
    readonly columns: readonly Column[];
    /** Values as Trino's JSON has them: decimals, dates and times are strings; whole numbers beyond 2^53 are bigints. */
    readonly rows: readonly (readonly unknown[])[];
    /** What a statement that is no query did, as `CREATE CATALOG`. */
    readonly updateType?: string;
    /** Rows that an INSERT, UPDATE, DELETE or MERGE touched. */
    readonly updateCount?: number;
    readonly warnings: readonly string[];
    /** What a PREPARE made of its statement: the text in the server's own form, as it also stores and shows views. */
    readonly prepared?: string;
}

/** Where in the statement an error stands; both counted from 1. */
export interface ErrorLocation {
    readonly lineNumber: number;
    readonly columnNumber: number;
}

/** A statement that the server refused or could not carry out. */
export class StatementError extends Error {
    override readonly name = "StatementError";
    /** Trino's name of the error, as `TABLE_NOT_FOUND`; what to decide by. */
    readonly errorName: string;
    /** `USER_ERROR`, `INTERNAL_ERROR`, `INSUFFICIENT_RESOURCES` or `EXTERNAL`. */
    readonly errorType: string;
    readonly queryId: string;
    readonly location: ErrorLocation | undefined;

    constructor(queryId: string, error: WireError, secrets: readonly string[]) {
        const { errorName = "UNKNOWN", errorType = "UNKNOWN", message = "no message", errorLocation } = error;
        super(`${errorName}: ${scrub(message, secrets)} (query ${queryId})`);
        this.errorName = errorName;
        this.errorType = errorType;
        this.queryId = queryId;
        this.location = errorLocation;
    }
}

/** True for a {@link StatementError} of one of these names, or of any where none is given. */
export function isStatementError(error: unknown, ...errorNames: readonly string[]): error is StatementError {
    return error instanceof StatementError && (errorNames.length === 0 || errorNames.includes(error.errorName));
}

/**
 * Runs one statement to its end. Nothing is carried out before the server's first page is fetched, so that even a
 * CREATE may be handed in again when its first answer was lost.
 *
 * Errors: {@link StatementError} for what Trino says about the statement; a plain Error when the coordinator does not
 * answer (`unreachable`, see `isUnreachable`), refuses the credentials (`denied`, see `isDenied`), or answers what no
 * coordinator answers; the signal's reason when it was aborted. A statement that is left is cancelled on the server.
 */
export async function runStatement(
    session: TrinoSession,
    sql: string,
    { signal, deadlineMs = 300_000 }: StatementOptions = {},
): Promise<StatementResult> {
    const client = new StatementClient(session, signal, deadlineMs);
    try {
        return await client.run(sql);
    } finally {
        client.close();
    }
}

/** A name as SQL takes it, whatever characters it has. */
export function quotedName(...parts: readonly string[]): string {
    return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
}

/** A text as SQL takes it. */
export function quotedText(text: string): string {
    return `'${text.replaceAll("'", "''")}'`;
}

interface WireError {
    readonly message?: string;
    readonly errorName?: string;
    readonly errorType?: string;
    readonly errorLocation?: ErrorLocation;
}

/** One page of the statement protocol. */
interface WirePage {
    readonly id: string;
    readonly nextUri?: string;
    readonly columns?: readonly Column[];
    readonly data?: readonly (readonly unknown[])[];
    readonly updateType?: string;
    readonly updateCount?: number;
    readonly warnings?: readonly { readonly message?: string }[];
    readonly error?: WireError;
    /** From a header of its answer. */
    readonly prepared?: string;
}

/** Statuses after which the protocol wants the same request again: 429 and what proxies and a starting server say. */
const AGAIN = [429, 502, 503, 504];

class StatementClient {
    private readonly session: TrinoSession;
    private readonly base: URL;
    private readonly signal: AbortSignal;
    private readonly secrets: readonly string[];
    private readonly agent: http.Agent;
    private readonly client: AxiosInstance;

    constructor(session: TrinoSession, signal: AbortSignal | undefined, deadlineMs: number) {
        this.session = session;
        this.base = new URL(session.url);
        const overdue = AbortSignal.timeout(deadlineMs);
        this.signal = signal === undefined ? overdue : AbortSignal.any([signal, overdue]);
        const authorization = authorizationOf(session);
        this.secrets = [...formsOfAuthorization(authorization), ...(session.secrets ?? [])];
        this.agent =
            this.base.protocol === "https:"
                ? new https.Agent({ keepAlive: true, ca: session.certificate })
                : new http.Agent({ keepAlive: true });
        this.client = axios.create({
            headers: headersOf(session, authorization),
            httpAgent: this.agent,
            httpsAgent: this.agent,
            // A coordinator of ours is on loopback or a private network, wherever proxies of this machine lead.
            proxy: false,
            maxRedirects: 0,
            timeout: session.timeoutMs ?? 30_000,
            responseType: "text",
            transformResponse: (text: unknown) => text,
            validateStatus: () => true,
        });
    }

    async run(sql: string): Promise<StatementResult> {
        let page = await this.page("POST", new URL("/v1/statement", this.base), sql);
        let columns: readonly Column[] = page.columns ?? [];
        let prepared = page.prepared;
        const rows = [...(page.data ?? [])];
        while (page.nextUri !== undefined && page.error === undefined) {
            const next = this.withinServer(page.nextUri);
            try {
                page = await this.page("GET", next);
            } catch (error) {
                await this.cancel(next);
                throw error;
            }
            columns = page.columns ?? columns;
            prepared = page.prepared ?? prepared;
            for (const row of page.data ?? []) rows.push(row);
        }
        if (page.error !== undefined) throw new StatementError(page.id, page.error, this.secrets);
        return {
            queryId: page.id,
            columns: columns.map(({ name, type }) => ({ name, type })),
            rows,
            ...(page.updateType !== undefined && { updateType: page.updateType }),
            ...(page.updateCount !== undefined && { updateCount: page.updateCount }),
            warnings: (page.warnings ?? []).map(({ message = "" }) => message),
            ...(prepared !== undefined && { prepared }),
        };
    }

    close(): void {
        this.agent.destroy();
    }

    /**
     * The server builds `nextUri` from what it believes its own address to be. Only path and query are taken, so that it
     * works through any proxy or published port, and credentials never go to another place.
     */
    private withinServer(nextUri: string): URL {
        const { pathname, search } = new URL(nextUri, this.base);
        return new URL(`${pathname}${search}`, this.base);
    }

    private async page(method: "GET" | "POST", url: URL, sql?: string): Promise<WirePage> {
        const { status, data, headers } = await this.request(method, url, sql);
        if (status === 401 || status === 403) {
            throw Object.assign(
                new Error(
                    `${this.said(method, url, status, data)}\n` +
                        `  The coordinator does not accept user "${this.session.user}" with this password.\n` +
                        "  Way out: set user and password of the server; Trino takes passwords over https only.",
                ),
                { denied: true },
            );
        }
        const page = status === 200 ? parsed(data) : undefined;
        if (page === undefined) {
            throw Object.assign(
                new Error(
                    `${this.said(method, url, status, data)}\n  This is not what a Trino coordinator answers: is its URL right?`,
                ),
                { status },
            );
        }
        const prepared = headers["x-trino-added-prepare"];
        return typeof prepared === "string" ? { ...page, prepared: preparedText(prepared) } : page;
    }

    private async request(method: "GET" | "POST", url: URL, sql?: string): Promise<AxiosResponse<string>> {
        const attempts = 1 + (this.session.retries ?? 8);
        for (let attempt = 1; ; attempt++) {
            this.throwIfAborted();
            const last = attempt >= attempts;
            try {
                const answer = await this.client.request<string>({
                    method,
                    url: url.href,
                    signal: this.signal,
                    ...(sql !== undefined && { data: sql }),
                });
                if (last || !AGAIN.includes(answer.status)) return answer;
            } catch (error) {
                this.throwIfAborted();
                if (last || !isTransient(error)) throw this.unreachable(method, url, error);
            }
            await sleep(Math.min(1000, 50 * 2 ** attempt));
        }
    }

    /** Best effort: a server that does not hear of it forgets the query by itself after `query.client.timeout`. */
    private async cancel(next: URL): Promise<void> {
        await this.client.delete(next.href, { timeout: 5000 }).catch(() => undefined);
    }

    private throwIfAborted(): void {
        if (!this.signal.aborted) return;
        const { reason } = this.signal;
        if ((reason as Error | undefined)?.name !== "TimeoutError") throw reason;
        throw new Error(
            `the statement took too long on ${this.base.origin} and was cancelled\n` +
                "  Way out: look at it in Trino's web page, or allow it more time.",
        );
    }

    private said(method: string, url: URL, status: number, text: string): string {
        const words = text.replace(/\s+/g, " ").trim();
        const cut = words.length > 300 ? `${words.slice(0, 299)}…` : words;
        return scrub(`${method} ${url.origin}${url.pathname} answered ${status}${cut && `: ${cut}`}`, this.secrets);
    }

    private unreachable(method: string, url: URL, error: unknown): Error {
        const { code, message } = error as { code?: string; message?: string };
        const reason = code === "ECONNABORTED" ? "time is up" : (code ?? message ?? String(error));
        return Object.assign(new Error(`${method} ${url.origin}${url.pathname} got no answer: ${reason}`), {
            unreachable: true,
        });
    }
}

function headersOf(session: TrinoSession, authorization: string | undefined): Record<string, string> {
    const { user, catalog, schema, properties = {}, source = "millrace" } = session;
    const named = Object.entries(properties).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return {
        "content-type": "text/plain; charset=utf-8",
        "x-trino-user": user,
        "x-trino-source": source,
        // Otherwise every timestamp and time is cut to milliseconds.
        "x-trino-client-capabilities": "PARAMETRIC_DATETIME",
        ...(authorization !== undefined && { authorization }),
        ...(catalog !== undefined && { "x-trino-catalog": catalog }),
        ...(schema !== undefined && { "x-trino-schema": schema }),
        ...(named.length > 0 && { "x-trino-session": named.join(",") }),
    };
}

function authorizationOf({ user, password }: TrinoSession): string | undefined {
    if (password === undefined) return undefined;
    return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Certificates do not become right by waiting. */
function isTransient(error: unknown): boolean {
    const { code = "" } = error as { code?: string };
    return /^(ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH)/.test(code);
}

/** A longer statement comes compressed (`PreparedStatementEncoder` of Trino). */
function preparedText(header: string): string {
    const text = decodeURIComponent(header.slice(header.indexOf("=") + 1).replaceAll("+", " "));
    const packed = /^\$zstd:(.*)$/s.exec(text)?.[1];
    return packed === undefined ? text : zstdDecompressSync(Buffer.from(packed, "base64url")).toString("utf8");
}

function parsed(text: string): WirePage | undefined {
    try {
        // Going through every value costs more than all the rest of parsing.
        const page: unknown = /\d{16}/.test(text) ? JSON.parse(text, exactNumber) : JSON.parse(text);
        return typeof (page as Partial<WirePage> | null)?.id === "string" ? (page as WirePage) : undefined;
    } catch {
        return undefined;
    }
}

/** A bigint of Trino may be larger than a number of JavaScript can hold exactly. */
function exactNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
    const source = context?.source;
    if (typeof value !== "number" || Number.isSafeInteger(value) || source === undefined) return value;
    return /^-?\d+$/.test(source) ? BigInt(source) : value;
}
