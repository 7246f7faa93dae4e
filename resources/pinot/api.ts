import { type Answer, exchange } from "../http";
import { letIn } from "../server";
import type { SchemaDocument, TableDocument } from "./documents";
import { shared } from "./remembered";

/** A Pinot controller, as resolved values. */
export interface ResolvedServer {
    readonly controllerUrl: string;
    readonly authorization?: string;
}

/** One conversation with a controller: whom to ask, and how patiently. */
export interface Session extends ResolvedServer {
    /** Milliseconds per request. */
    readonly timeoutMs?: number;
    /** Further attempts of requests that cannot do harm twice. */
    readonly retries?: number;
    /** Values from documents that must not appear in errors. */
    readonly secrets?: readonly string[];
}

/** JSON paths of properties that the server did not understand, and so ignored. */
export type Unrecognized = Readonly<Record<string, unknown>>;

type Method = "GET" | "POST" | "PUT" | "DELETE";

/**
 * Sends a request to the controller.
 *
 * Errors: no answer (see `exchange`); 401 and 403, which must never look like "gone" or "invalid".
 */
export async function ask(
    session: Session,
    method: Method,
    path: string,
    body?: unknown,
    readOnly = false,
): Promise<Answer> {
    const { controllerUrl, authorization, timeoutMs, retries, secrets } = session;
    const answer = await exchange({
        method,
        url: `${controllerUrl.replace(/\/+$/, "")}${path}`,
        readOnly,
        ...(body === undefined ? {} : { body }),
        ...(authorization === undefined ? {} : { authorization }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(retries === undefined ? {} : { retries }),
        ...(secrets === undefined ? {} : { secrets }),
    });
    return letIn(answer, "controller");
}

/** The answer, or an Error with the server's words unless the status is one of those expected. */
export function expectStatus(answer: Answer, ...expected: readonly number[]): Answer {
    if (!expected.includes(answer.status)) throw Object.assign(new Error(answer.said), { status: answer.status });
    return answer;
}

/** True for the error of {@link expectStatus} about a server that is not well, or just starting. */
export function isServerTrouble(error: unknown): boolean {
    return ((error as { status?: number } | undefined)?.status ?? 0) >= 500;
}

/** What a write or a validation says that the server did not understand. Both generations answer so. */
export function unrecognizedIn(answer: Answer): Unrecognized {
    const { unrecognizedProperties } = (answer.body ?? {}) as { unrecognizedProperties?: unknown };
    return unrecognizedProperties !== null && typeof unrecognizedProperties === "object"
        ? (unrecognizedProperties as Unrecognized)
        : {};
}

/** The schema as the server holds it; undefined when it holds none. */
export async function getSchema(session: Session, name: string): Promise<SchemaDocument | undefined> {
    const answer = expectStatus(await ask(session, "GET", `/schemas/${encodeURIComponent(name)}`), 200, 404);
    if (answer.status === 404) return undefined;
    return objectIn(answer) as SchemaDocument;
}

/** One half of a table as the server holds it. Pinot 0.11 answers 200 `{}` for a table that is not there, 1.x 404. */
export async function getTable(
    session: Session,
    rawName: string,
    type: "REALTIME" | "OFFLINE",
): Promise<TableDocument | undefined> {
    const answer = expectStatus(await ask(session, "GET", tablePath(rawName, `?type=${type.toLowerCase()}`)), 200, 404);
    if (answer.status === 404) return undefined;
    return (objectIn(answer) as Record<string, TableDocument | undefined>)[type];
}

/** As {@link getSchema}, for one that is probably not there: all who ask at the same time share a list of names. */
export async function findSchema(session: Session, name: string): Promise<SchemaDocument | undefined> {
    const names = await shared(session, "schemas", async () => {
        const answer = expectStatus(await ask(session, "GET", "/schemas"), 200);
        return new Set(objectIn(answer) as string[]);
    });
    return names.has(name) ? getSchema(session, name) : undefined;
}

/** As {@link getTable}, for one that is probably not there: all who ask at the same time share a list of names. */
export async function findTable(
    session: Session,
    rawName: string,
    type: "REALTIME" | "OFFLINE",
): Promise<TableDocument | undefined> {
    const names = await shared(session, `${type} tables`, async () => {
        const answer = expectStatus(await ask(session, "GET", `/tables?type=${type.toLowerCase()}`), 200);
        return new Set((objectIn(answer) as { tables?: string[] }).tables);
    });
    // Pinot 0.11 lists names with their type; a raw name means the same here.
    return names.has(rawName) || names.has(`${rawName}_${type}`) ? getTable(session, rawName, type) : undefined;
}

/** Path of a table's endpoint. */
export function tablePath(rawName: string, rest = ""): string {
    return `/tables/${encodeURIComponent(rawName)}${rest}`;
}

/** Rows of one half of a table; undefined when the server cannot say. Queries always answer 200, with `exceptions`. */
export async function countRows(session: Session, tableNameWithType: string): Promise<number | undefined> {
    const sql = `SELECT COUNT(*) FROM "${tableNameWithType}"`;
    const answer = await ask(session, "POST", "/sql", { sql }, true);
    const { resultTable, exceptions } = (answer.body ?? {}) as {
        resultTable?: { rows?: unknown[][] };
        exceptions?: unknown[];
    };
    const count = resultTable?.rows?.[0]?.[0];
    return typeof count === "number" && (exceptions ?? []).length === 0 ? count : undefined;
}

/** State of each segment on each server. */
export type SegmentStates = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What the cluster should hold or holds of a table; undefined when there is no such view (any more). */
export async function segmentStates(
    session: Session,
    view: "idealstate" | "externalview",
    rawName: string,
    type: "REALTIME" | "OFFLINE",
): Promise<SegmentStates | undefined> {
    const answer = expectStatus(
        await ask(session, "GET", tablePath(rawName, `/${view}?tableType=${type}`)),
        200,
        404,
        // Pinot answers 400 for a table it has no resource for.
        400,
    );
    if (answer.status !== 200) return undefined;
    return (objectIn(answer) as Record<string, SegmentStates | null | undefined>)[type] ?? undefined;
}

/** Instances that serve a tenant; both empty until brokers and servers have registered. */
export async function tenantInstances(
    session: Session,
    tenant: string,
): Promise<{ brokers: readonly string[]; servers: readonly string[]; said: string }> {
    const answer = await ask(session, "GET", `/tenants/${encodeURIComponent(tenant)}`);
    const { BrokerInstances, ServerInstances } = (answer.body ?? {}) as Record<string, string[] | undefined>;
    return { brokers: BrokerInstances ?? [], servers: ServerInstances ?? [], said: answer.said };
}

/** Whether a realtime table takes in rows, and the segments that still consume. */
export async function pauseStatus(
    session: Session,
    rawName: string,
): Promise<{ paused: boolean; consumingSegments: readonly string[] }> {
    const answer = expectStatus(await ask(session, "GET", tablePath(rawName, "/pauseStatus")), 200);
    const { pauseFlag, consumingSegments } = objectIn(answer) as {
        pauseFlag?: boolean;
        consumingSegments?: string[] | null;
    };
    return { paused: pauseFlag === true, consumingSegments: consumingSegments ?? [] };
}

function objectIn(answer: Answer): object {
    if (answer.body === null || typeof answer.body !== "object") {
        throw new Error(
            `${answer.said}\n  This is not what a Pinot controller answers: is server.controllerUrl right?`,
        );
    }
    return answer.body;
}
