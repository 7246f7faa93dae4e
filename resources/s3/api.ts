import { S3Client } from "@aws-sdk/client-s3";
import { scrub } from "../http";

/** An S3 server, as resolved values. */
export interface ResolvedServer {
    readonly url: string;
    readonly accessKey: string;
    readonly secretKey: string;
    readonly region?: string;
    readonly pathStyle?: boolean;
}

/** One conversation with a server: whom to ask, and how patiently. */
export interface Session {
    readonly server: ResolvedServer;
    readonly client: S3Client;
    /** Milliseconds per request, its repetitions included. */
    readonly timeoutMs: number;
}

/** What an error of {@link ask} carries besides its message. */
export interface S3Trouble {
    /** S3's own code, such as `NoSuchBucket`. */
    readonly code: string;
    readonly status: number;
}

/** Keys, rights or clock: what a 403 is about, and what helps. */
const DENIED: Readonly<Record<string, string>> = {
    InvalidAccessKeyId:
        "The server does not know the access key.\n  Way out: set server.accessKey and server.secretKey to keys of this server.",
    SignatureDoesNotMatch:
        "The secret key does not belong to the access key.\n  Way out: set server.accessKey and server.secretKey to keys of this server.",
    RequestTimeTooSkewed: "This machine's clock and the server's differ by more than 15 minutes.\n  Way out: set them.",
};

const FORBIDDEN =
    "The server does not let these keys do that.\n  Way out: set server.accessKey and server.secretKey to keys with the right.";

/** Starts a conversation that carries changes out: patient, since a server may just be restarting. */
export function workingSession(server: ResolvedServer): Session {
    return session(server, 4, 60_000);
}

/** A conversation during preview: quick, since the server may not exist yet. */
export function previewSession(server: ResolvedServer): Session {
    return session(server, 1, 5_000);
}

function session(server: ResolvedServer, maxAttempts: number, timeoutMs: number): Session {
    const { url, accessKey, secretKey, region = "us-east-1", pathStyle = true } = server;
    const client = new S3Client({
        endpoint: url,
        region,
        forcePathStyle: pathStyle,
        credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
        maxAttempts,
        // By default the SDK adds checksums that servers other than AWS may not know.
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
    });
    return { server, client, timeoutMs };
}

/**
 * Puts one question to the server. The SDK repeats what failed for lack of an answer or by a 5xx; every request that is
 * made here may be carried out twice without harm.
 *
 * Errors: plain Errors. No answer (`unreachable`, see `isUnreachable`); 403 and 401 (`denied`), which must never look like
 * "gone"; anything else with {@link S3Trouble}. None of them shows a key.
 * @param what is done, for errors: `GetBucketPolicy data`.
 */
export async function ask<Output>(
    { server, client, timeoutMs }: Session,
    what: string,
    send: (client: S3Client, options: { abortSignal: AbortSignal }) => Promise<Output>,
): Promise<Output> {
    try {
        return await send(client, { abortSignal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
        throw inOurWords(server, what, error);
    }
}

/** True for the error of {@link ask} about a server that is not well, or just starting. */
export function isServerTrouble(error: unknown): boolean {
    return ((error as Partial<S3Trouble> | undefined)?.status ?? 0) >= 500 && !isNotImplemented(error);
}

/** True for the answer of a server that does not have what it was asked for. */
export function isNotImplemented(error: unknown): boolean {
    const { code, status } = (error ?? {}) as Partial<S3Trouble>;
    return status === 501 || code === "NotImplemented" || code === "MethodNotAllowed";
}

/** True when the error of {@link ask} has this code. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
    return codes.includes((error as Partial<S3Trouble> | undefined)?.code ?? "");
}

function inOurWords(server: ResolvedServer, what: string, error: unknown): Error {
    const { name, message, code, $metadata, $response } = error as {
        name?: string;
        message?: string;
        code?: string;
        $metadata?: { httpStatusCode?: number };
        $response?: { statusCode?: number };
    };
    const secrets = [server.secretKey, server.accessKey];
    const where = `${what} at ${server.url}`;
    const status = $metadata?.httpStatusCode ?? $response?.statusCode;
    if (status === undefined) {
        const timedOut = name === "AbortError" || name === "TimeoutError";
        const reason = timedOut ? "time is up" : (code ?? message ?? String(error));
        return Object.assign(new Error(scrub(`${where} got no answer: ${reason}`, secrets)), { unreachable: true });
    }
    const words = name === message || message === "UnknownError" ? "" : `: ${cut(message ?? "")}`;
    const said = scrub(`${where} answered ${status} ${name ?? "without a code"}${words}`, secrets);
    if (status === 401 || status === 403) {
        const help = DENIED[name ?? ""] ?? FORBIDDEN;
        return Object.assign(new Error(`${said}\n  ${help}`), { denied: true, code: name ?? "", status });
    }
    return Object.assign(new Error(said), { code: name ?? "", status });
}

function cut(words: string): string {
    const flat = words.replace(/\s+/g, " ").trim();
    return flat.length > 300 ? `${flat.slice(0, 299)}…` : flat;
}
