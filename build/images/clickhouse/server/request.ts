import type { IncomingHttpHeaders } from "node:http";
import { errors } from "./exceptions";

/** Who says to be asking. */
export interface Credentials {
    readonly user: string;
    readonly password: string;
}

/** A request for a query, without its body. */
export interface QueryRequest {
    readonly credentials: Credentials;
    /** First part of the statement's text; the body is the rest. */
    readonly query: string;
    /** @default the user's, "default" */
    readonly database: string | undefined;
    readonly queryId: string | undefined;
    readonly session:
        | { readonly id: string; readonly seconds: string | undefined; readonly mustExist: boolean }
        | undefined;
    /** Ends the session after the query. */
    readonly closeSession: boolean;
    readonly parameters: ReadonlyMap<string, string>;
    readonly settings: ReadonlyMap<string, string>;
    readonly defaultFormat: string | undefined;
    /** Only statements that change nothing. */
    readonly readonly: boolean;
    /** Sends nothing before the result is complete. */
    readonly waitEndOfQuery: boolean;
    /** How much of a result is held back before the answer begins. @default the server's */
    readonly bufferSize: number | undefined;
    /** The native block format instead of a content encoding, for the answer and for the body. */
    readonly compress: boolean;
    readonly decompress: boolean;
    readonly contentEncoding: string;
    readonly acceptEncoding: string;
}

const OWN_PARAMETERS = new Set([
    "query",
    "database",
    "user",
    "password",
    "quota_key",
    "query_id",
    "session_id",
    "session_timeout",
    "session_check",
    "close_session",
    "default_format",
    "wait_end_of_query",
    "buffer_size",
    "compress",
    "decompress",
    "role",
    "stacktrace",
    "client_protocol_version",
]);

/**
 * Reads a request as the server's HTTP handler does: settings and parameters from the URL, credentials from one of three
 * places.
 * @throws ServerException for contradicting credentials or values that cannot be.
 */
export function readRequest(method: string, url: URL, headers: IncomingHttpHeaders): QueryRequest {
    const given = url.searchParams;
    const settings = new Map<string, string>();
    const parameters = new Map<string, string>();
    for (const [name, value] of given) {
        if (name.startsWith("param_")) parameters.set(name.slice("param_".length), value);
        else if (!OWN_PARAMETERS.has(name)) settings.set(checkedName(name), value);
    }
    const [role] = given.getAll("role");
    if (role !== undefined && role !== "") throw errors.roleNotGranted(role);
    const id = given.get("session_id");
    const bufferSize = given.get("buffer_size");
    if (bufferSize !== null && !/^\d{1,12}$/.test(bufferSize)) throw errors.badArguments("buffer_size is not a number");
    return {
        credentials: readCredentials(given, headers),
        query: given.get("query") ?? "",
        database: given.get("database") || header(headers, "x-clickhouse-database") || undefined,
        queryId: given.get("query_id") || undefined,
        session:
            id === null || id === ""
                ? undefined
                : {
                      id,
                      seconds: given.get("session_timeout") ?? undefined,
                      mustExist: isOn(given.get("session_check")),
                  },
        closeSession: isOn(given.get("close_session")),
        parameters,
        settings,
        defaultFormat: given.get("default_format") || header(headers, "x-clickhouse-format") || undefined,
        readonly: method === "GET" || method === "HEAD",
        waitEndOfQuery: isOn(given.get("wait_end_of_query")),
        bufferSize: bufferSize === null ? undefined : Number(bufferSize),
        compress: isOn(given.get("compress")),
        decompress: isOn(given.get("decompress")),
        contentEncoding: (headers["content-encoding"] ?? "").trim().toLowerCase(),
        acceptEncoding: header(headers, "accept-encoding") ?? "",
    };
}

/** Whether a flag of a URL or a setting is on. */
export function isOn(value: string | null | undefined): boolean {
    return value === "1" || value === "true";
}

function checkedName(name: string): string {
    if (!/^[A-Za-z_][\w.]*$/.test(name)) throw errors.unknownSetting(name);
    return name;
}

/** From headers of ClickHouse's own, basic authentication, or the URL, but not from two of them. */
function readCredentials(given: URLSearchParams, headers: IncomingHttpHeaders): Credentials {
    const user = header(headers, "x-clickhouse-user");
    const key = header(headers, "x-clickhouse-key");
    const inUrl = given.has("user") || given.has("password");
    const authorization = headers.authorization;
    if (user !== undefined || key !== undefined) {
        if (authorization !== undefined || inUrl) {
            const other = inUrl ? "authentication via parameters" : "Authorization HTTP header";
            throw errors.mixedAuthentication(
                `it is not allowed to use X-ClickHouse HTTP headers and ${other} simultaneously`,
            );
        }
        return { user: user ?? "default", password: key ?? "" };
    }
    if (authorization !== undefined) {
        if (inUrl) {
            throw errors.mixedAuthentication(
                "it is not allowed to use Authorization HTTP header and authentication via parameters simultaneously",
            );
        }
        const [scheme = "", encoded = ""] = authorization.split(" ", 2);
        if (scheme.toLowerCase() !== "basic") {
            throw errors.mixedAuthentication(`'${scheme}' HTTP Authorization scheme is not supported`);
        }
        const text = Buffer.from(encoded, "base64").toString();
        const colon = text.indexOf(":");
        return colon === -1
            ? { user: text, password: "" }
            : { user: text.slice(0, colon), password: text.slice(colon + 1) };
    }
    return { user: given.get("user") ?? "default", password: given.get("password") ?? "" };
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
}
