/** An error as a ClickHouse server tells it. */
export class ServerException extends Error {
    /**
     * @param code number of the error, as in `system.errors`.
     * @param error its name there.
     * @param text what went wrong, without code and name.
     */
    constructor(
        readonly code: number,
        readonly error: string,
        text: string,
    ) {
        super(text);
    }

    /** The body of the answer: what clients take code and name from. */
    describe(version: string): string {
        const text = /[.!?]$/.test(this.message) ? this.message : `${this.message}.`;
        return `Code: ${this.code}. DB::Exception: ${text} (${this.error}) (version ${version})`;
    }
}

/** Errors that the front itself finds; numbers and names are the server's. */
export const errors = {
    syntax: (text: string) => new ServerException(62, "SYNTAX_ERROR", text),
    badArguments: (text: string) => new ServerException(36, "BAD_ARGUMENTS", text),
    notImplemented: (text: string) => new ServerException(48, "NOT_IMPLEMENTED", text),
    readonly: () =>
        new ServerException(
            164,
            "READONLY",
            "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. " +
                "You should use method POST for modifying queries",
        ),
    tooManyQueries: (limit: number) =>
        new ServerException(
            202,
            "TOO_MANY_SIMULTANEOUS_QUERIES",
            `Too many simultaneous queries. Maximum: ${limit}; raise max_concurrent_queries or send fewer at a time`,
        ),
    sameQueryId: (id: string) =>
        new ServerException(216, "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING", `Query with id = ${id} is already running`),
    cancelled: () => new ServerException(394, "QUERY_WAS_CANCELLED", "Query was cancelled"),
    authentication: (user: string) =>
        new ServerException(
            516,
            "AUTHENTICATION_FAILED",
            `${user}: Authentication failed: password is incorrect, or there is no user with such name`,
        ),
    mixedAuthentication: (text: string) =>
        new ServerException(516, "AUTHENTICATION_FAILED", `Invalid authentication: ${text}`),
    roleNotGranted: (role: string) =>
        new ServerException(512, "SET_NON_GRANTED_ROLE", `Role ${role} should be granted to set as a current`),
    sessionNotFound: (id: string) => new ServerException(372, "SESSION_NOT_FOUND", `Session ${id} not found`),
    sessionLocked: (id: string) =>
        new ServerException(373, "SESSION_IS_LOCKED", `Session ${id} is locked by a concurrent client`),
    tooManySessions: (limit: number) =>
        new ServerException(202, "TOO_MANY_SIMULTANEOUS_QUERIES", `Too many sessions. Maximum: ${limit}`),
    sessionTimeout: (text: string) => new ServerException(374, "INVALID_SESSION_TIMEOUT", text),
    unknownSetting: (name: string) =>
        new ServerException(115, "UNKNOWN_SETTING", `Neither a setting nor a parameter is called '${name}'`),
    queryTooLarge: (bytes: number) =>
        new ServerException(62, "SYNTAX_ERROR", `Syntax error: Max query size exceeded (max_query_size = ${bytes})`),
    unknownCompression: (method: string) =>
        new ServerException(89, "UNKNOWN_COMPRESSION_METHOD", `Unknown compression method ${method}`),
    cannotDecompress: (text: string) => new ServerException(271, "CANNOT_DECOMPRESS", `Cannot decompress: ${text}`),
    checksum: () =>
        new ServerException(
            40,
            "CHECKSUM_DOESNT_MATCH",
            "Checksum doesn't match: corrupted data in a compressed block",
        ),
    incompleteBody: () =>
        new ServerException(3, "UNEXPECTED_END_OF_FILE", "The client closed the connection before the body's end"),
    shuttingDown: () => new ServerException(236, "ABORTED", "The server is shutting down"),
} as const;

const ENGINE_ERROR =
    /^Code: (\d+)\. DB::\w*Exception: ([\s\S]*?)\.? \(([A-Z][A-Z0-9_]+)\)(?: \(version [^)]*\))?\.?\s*$/;

/** Reads what the engine says, which carries code and name in its text. */
export function engineException(text: string): ServerException {
    const [, code, message = "", name = ""] = ENGINE_ERROR.exec(text.trim()) ?? [];
    if (code === undefined) return new ServerException(1001, "STD_EXCEPTION", text.trim());
    // On its way out an error is wrapped in itself.
    if (ENGINE_ERROR.test(message)) return engineException(message);
    return new ServerException(Number(code), name, message);
}

const STATUS_BY_ERROR: Readonly<Record<number, readonly string[]>> = {
    401: ["REQUIRED_PASSWORD"],
    403: ["UNKNOWN_USER", "WRONG_PASSWORD", "AUTHENTICATION_FAILED", "SET_NON_GRANTED_ROLE", "ACCESS_DENIED"],
    400: [
        "BAD_ARGUMENTS",
        "CANNOT_COMPILE_REGEXP",
        "CANNOT_PARSE_TEXT",
        "CANNOT_PARSE_ESCAPE_SEQUENCE",
        "CANNOT_PARSE_QUOTED_STRING",
        "CANNOT_PARSE_DATE",
        "CANNOT_PARSE_DATETIME",
        "CANNOT_PARSE_NUMBER",
        "CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING",
        "CANNOT_PARSE_IPV4",
        "CANNOT_PARSE_IPV6",
        "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
        "CANNOT_PARSE_UUID",
        "DUPLICATE_COLUMN",
        "ILLEGAL_COLUMN",
        "UNKNOWN_ELEMENT_IN_AST",
        "UNKNOWN_TYPE_OF_AST_NODE",
        "THERE_IS_NO_COLUMN",
        "TOO_DEEP_AST",
        "TOO_BIG_AST",
        "UNEXPECTED_AST_STRUCTURE",
        "SYNTAX_ERROR",
        "INCORRECT_DATA",
        "TYPE_MISMATCH",
        "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
    ],
    404: [
        "UNKNOWN_TABLE",
        "UNKNOWN_FUNCTION",
        "UNKNOWN_IDENTIFIER",
        "UNKNOWN_TYPE",
        "UNKNOWN_STORAGE",
        "UNKNOWN_DATABASE",
        "UNKNOWN_SETTING",
        "UNKNOWN_DIRECTION_OF_SORTING",
        "UNKNOWN_AGGREGATE_FUNCTION",
        "UNKNOWN_FORMAT",
        "UNKNOWN_DATABASE_ENGINE",
        "UNKNOWN_TYPE_OF_QUERY",
        "UNKNOWN_ROLE",
    ],
    413: ["QUERY_IS_TOO_LARGE"],
    415: ["UNSUPPORTED_MEDIA_TYPE"],
    501: ["NOT_IMPLEMENTED"],
    503: ["SOCKET_TIMEOUT", "CANNOT_OPEN_FILE", "CANNOT_SCHEDULE_TASK"],
    411: ["HTTP_LENGTH_REQUIRED"],
    408: ["TIMEOUT_EXCEEDED"],
};

const STATUSES = new Map(
    Object.entries(STATUS_BY_ERROR).flatMap(([status, names]) => names.map((name) => [name, Number(status)] as const)),
);

/** The HTTP status of an error: as in the server's exceptionCodeToHTTPStatus.cpp. */
export function httpStatus({ error }: ServerException): number {
    return STATUSES.get(error) ?? 500;
}

/**
 * What is appended to a result that breaks off after its first bytes were sent, when no status can tell it any more.
 * Clients look for the tag, which the answer's header X-ClickHouse-Exception-Tag announced (since 25.11).
 */
export function exceptionTrailer(text: string, tag: string): string {
    const message = text.endsWith("\n") ? text : `${text}\n`;
    const marker = "__exception__";
    return `\r\n${marker}\r\n${tag}\r\n${message}${Buffer.byteLength(message)} ${tag}\r\n${marker}\r\n`;
}
