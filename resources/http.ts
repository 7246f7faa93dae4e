/** One HTTP request to a server's management interface. */
export interface Exchange {
    readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    readonly url: string;
    /** Sent as JSON; a string is sent as it stands, a form with its files as `multipart/form-data`. */
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
    /** Whole value of the Authorization header. Never appears in an error. */
    readonly authorization?: string;
    /** Milliseconds per attempt. @default 30000 */
    readonly timeoutMs?: number;
    /** Further attempts in cases that cannot do harm twice; see {@link exchange}. @default 3 */
    readonly retries?: number;
    /** A POST that changes nothing, so that it may be repeated like a GET. @default false */
    readonly readOnly?: boolean;
    /** Further texts that must never appear in an error. */
    readonly secrets?: readonly string[];
}

/** What a server answered. */
export interface Answer {
    readonly status: number;
    /** Parsed JSON, or undefined where the answer is none. */
    readonly body: unknown;
    readonly text: string;
    /** `METHOD url answered 400: the server's own words`, fit for an error: cut, and free of secrets. */
    readonly said: string;
}

/** What an error of {@link exchange} carries besides its message. */
export interface Unreachable {
    /** True: the request got no answer. It may have been carried out all the same. */
    readonly unreachable: true;
}

/**
 * Sends one request and returns the answer, whatever its status: what a status means is the caller's knowledge.
 *
 * Repeats only what cannot do harm twice: a GET (or `readOnly` POST) after no answer or a 5xx, a PUT or DELETE after no
 * answer or 502, 503, 504, and anything after a refused connection, which carried nothing out.
 *
 * Errors: a plain Error with {@link Unreachable} when no attempt got an answer.
 */
export async function exchange(request: Exchange): Promise<Answer> {
    const attempts = 1 + (request.retries ?? 3);
    for (let attempt = 1; ; attempt++) {
        const last = attempt >= attempts;
        try {
            const answer = await once(request);
            if (last || !mayRepeatAfter(request, answer.status)) return answer;
        } catch (error) {
            const reason = causeOf(error);
            if (last || !(mayRepeatAfter(request, 0) || reason === "ECONNREFUSED")) {
                const message = `${request.method} ${withoutCredentials(request.url)} got no answer: ${reason}`;
                throw Object.assign(new Error(scrub(message, secretsOf(request))), { unreachable: true });
            }
        }
        await sleep(150 * 3 ** (attempt - 1));
    }
}

/** True for an error that {@link exchange} threw because nobody answered. */
export function isUnreachable(error: unknown): boolean {
    return (error as Partial<Unreachable> | undefined)?.unreachable === true;
}

/** Replaces every secret in a text, and what a Basic authorization decodes to. */
export function scrub(text: string, secrets: readonly string[]): string {
    let clean = text;
    for (const secret of secrets) {
        if (secret.length > 0) clean = clean.split(secret).join("[secret]");
    }
    return clean;
}

/** Every form in which an Authorization header could come back in a server's words. */
export function formsOfAuthorization(authorization: string | undefined): string[] {
    if (authorization === undefined) return [];
    const token = authorization.replace(/^\S+\s+/, "");
    const forms = [authorization, token];
    if (/^basic\s/i.test(authorization)) {
        const decoded = Buffer.from(token, "base64").toString("utf8");
        forms.push(decoded, decoded.slice(decoded.indexOf(":") + 1));
    }
    return forms.filter((form) => form.length >= 4).sort((a, b) => b.length - a.length);
}

/** Resolves after so many milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function once(request: Exchange): Promise<Answer> {
    const { method, url, body, authorization, timeoutMs = 30_000 } = request;
    const response = await fetch(url, {
        method,
        headers: {
            accept: "application/json",
            // The type of a form names its boundary, which only fetch knows.
            ...(body === undefined || body instanceof FormData ? {} : { "content-type": "application/json" }),
            ...(authorization === undefined ? {} : { authorization }),
            ...request.headers,
        },
        ...(body === undefined ? {} : { body: payload(body) }),
        signal: AbortSignal.timeout(timeoutMs),
        redirect: "manual",
    });
    const text = await response.text();
    const parsed = parse(text);
    const words = cut(scrub(wordsOf(parsed, text), secretsOf(request)));
    const where = scrub(`${method} ${withoutCredentials(url)}`, secretsOf(request));
    return {
        status: response.status,
        body: parsed,
        text,
        said: `${where} answered ${response.status}${words === "" ? "" : `: ${words}`}`,
    };
}

function payload(body: unknown): string | FormData {
    return typeof body === "string" || body instanceof FormData ? body : JSON.stringify(body);
}

function mayRepeatAfter(request: Exchange, status: number): boolean {
    const reads = request.method === "GET" || request.readOnly === true;
    if (status === 0) return request.method !== "POST" || reads;
    if (reads) return status >= 500;
    return request.method !== "POST" && (status === 502 || status === 503 || status === 504);
}

function secretsOf(request: Exchange): string[] {
    return [...formsOfAuthorization(request.authorization), ...(request.secrets ?? [])];
}

function causeOf(error: unknown): string {
    const { name, message, cause } = error as { name?: string; message?: string; cause?: { code?: string } };
    if (name === "TimeoutError") return "time is up";
    return cause?.code ?? message ?? String(error);
}

function parse(text: string): unknown {
    try {
        return text === "" ? undefined : JSON.parse(text);
    } catch {
        return undefined;
    }
}

function wordsOf(body: unknown, text: string): string {
    const { error, message } = (body ?? {}) as { error?: unknown; message?: unknown };
    if (typeof error === "string") return error;
    return typeof message === "string" ? message : text;
}

function cut(words: string): string {
    const flat = words.replace(/\s+/g, " ").trim();
    return flat.length > 300 ? `${flat.slice(0, 299)}…` : flat;
}

function withoutCredentials(url: string): string {
    return url.replace(/\/\/[^/@]*@/, "//");
}
