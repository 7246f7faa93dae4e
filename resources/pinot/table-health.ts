import { until } from "../lifecycle";
import {
    ask,
    expectStatus,
    getTable,
    pauseStatus,
    type Session,
    segmentStates,
    tablePath,
    tenantInstances,
} from "./api";
import { nameWithType, rawTableName, type TableDocument } from "./documents";
import { remembered } from "./remembered";

/** Pause before an order that had no effect is given again, in milliseconds. */
const REPEAT_MS = 8_000;

/** How long segments that a pause has told to commit may take, in seconds; then resuming is tried all the same. */
const COMMIT_SECONDS = 60;

/** Waits until brokers and servers of the table's tenants have registered: Pinot is healthy before it can take a table. */
export async function waitForInstances(session: Session, table: TableDocument, seconds: number): Promise<void> {
    const broker = table.tenants?.broker ?? "DefaultTenant";
    const server = table.tenants?.server ?? "DefaultTenant";
    let last = "";
    const haveInstances = async (): Promise<true | undefined> => {
        const forBroker = await tenantInstances(session, broker);
        const forServer = broker === server ? forBroker : await tenantInstances(session, server);
        last = `${forBroker.said}${broker === server ? "" : `; ${forServer.said}`}`;
        return forBroker.brokers.length > 0 && forServer.servers.length > 0 ? true : undefined;
    };
    await until(
        seconds,
        () => remembered(session, `instances of ${broker} and ${server}`, haveInstances),
        () =>
            new Error(
                `no broker serves tenant ${broker} or no server tenant ${server} after ${seconds} s; last answer: ${last}\n` +
                    "  Way out: look whether Pinot's broker and server are up and tagged.",
            ),
        1000,
    );
}

/**
 * Waits until the table works: every segment is in the state the controller wants, and a running realtime table
 * consumes.
 *
 * Errors: a segment stays in ERROR; time is up. Both with what the server says about it.
 */
export async function waitUntilServing(
    session: Session,
    table: TableDocument,
    consuming: boolean,
    seconds: number,
): Promise<void> {
    const name = nameWithType(table);
    const raw = rawTableName(table.tableName);
    let last = "nothing yet";
    let errorsInARow = 0;
    let ordered = Date.now();
    await until(
        seconds,
        async () => {
            const states = await segmentCopies(session, table);
            const right = states.filter(({ want, is }) => want === is).length;
            const failed = states.filter(({ is }) => is === "ERROR").length;
            last = `${right} of ${states.length} segment copies are as wanted${failed > 0 ? `, ${failed} in ERROR` : ""}`;
            errorsInARow = failed > 0 ? errorsInARow + 1 : 0;
            if (errorsInARow > 20) {
                throw new Error(`${name} does not come up: ${last}${await diagnosis(session, table)}`);
            }
            if (right < states.length) return undefined;
            if (!consuming) return true;
            const segments = states.filter(({ want }) => want === "CONSUMING").length;
            if (segments === 0) {
                last = "no segment consumes yet";
                if (Date.now() - ordered > REPEAT_MS) {
                    ordered = Date.now();
                    await order(session, raw, "running");
                }
                return undefined;
            }
            const idle = await notConsuming(session, raw);
            last = `${idle.length} of ${segments} consuming segments do not consume: ${idle.join(", ")}`;
            return idle.length === 0 ? true : undefined;
        },
        async () => new Error(`${name} does not work after ${seconds} s: ${last}${await diagnosis(session, table)}`),
    );
}

/** Each copy of each segment: the state in which the controller wants it, and the one in which it is. */
export async function segmentCopies(
    session: Session,
    table: TableDocument,
): Promise<{ segment: string; want: string; is: string }[]> {
    const raw = rawTableName(table.tableName);
    const wanted = (await segmentStates(session, "idealstate", raw, table.tableType)) ?? {};
    const actual = (await segmentStates(session, "externalview", raw, table.tableType)) ?? {};
    return Object.entries(wanted).flatMap(([segment, servers]) =>
        Object.entries(servers).map(([server, want]) => ({
            segment,
            want,
            is: actual[segment]?.[server] ?? "OFFLINE",
        })),
    );
}

/** Starts or stops taking in rows, and waits until it is so. Does nothing when it is so already. */
export async function setConsumption(
    session: Session,
    rawName: string,
    want: "running" | "paused",
    seconds: number,
): Promise<void> {
    let last = await pauseStatus(session, rawName);
    if (want === "running" && last.paused) {
        // Segments that a pause has told to commit must have done so: what resuming creates in the middle of a commit is
        // left out of the ideal state, and Pinot 0.11 repairs that only after five minutes.
        await until(
            Math.min(COMMIT_SECONDS, seconds),
            async () => {
                last = await pauseStatus(session, rawName);
                return last.consumingSegments.length === 0 ? true : undefined;
            },
            () => new Error(`${last.consumingSegments.length} segments of ${rawName} still commit`),
        ).catch(() => undefined);
    }
    if (last.paused !== (want === "paused")) await order(session, rawName, want);
    let ordered = Date.now();
    await until(
        seconds,
        async () => {
            last = await pauseStatus(session, rawName);
            const reached = want === "paused" ? last.paused && last.consumingSegments.length === 0 : !last.paused;
            if (reached) return true;
            if (Date.now() - ordered > REPEAT_MS) {
                ordered = Date.now();
                await order(session, rawName, want);
            }
            return undefined;
        },
        () =>
            new Error(
                `consumption of ${rawName} is not ${want} after ${seconds} s: pauseFlag is ${last.paused}, ` +
                    `${last.consumingSegments.length} segments still consume`,
            ),
    );
}

/** Repeated while it has no effect: on a busy server the commit that pausing asks for, or the segment that resuming makes, is lost. */
async function order(session: Session, raw: string, want: "running" | "paused"): Promise<void> {
    const verb = want === "paused" ? "pauseConsumption" : "resumeConsumption";
    expectStatus(await ask(session, "POST", tablePath(raw, `/${verb}`)), 200);
}

/** Waits until a deleted table has left the cluster, so that one of the same name can be created. */
export async function waitUntilGone(session: Session, table: TableDocument, seconds: number): Promise<void> {
    const raw = rawTableName(table.tableName);
    let last = "";
    await until(
        seconds,
        async () => {
            const config = await getTable(session, raw, table.tableType);
            const view = await segmentStates(session, "externalview", raw, table.tableType);
            const left = [config && "its config", view && Object.keys(view).length > 0 && "its external view"];
            last = left.filter(Boolean).join(" and ");
            return last === "" ? true : undefined;
        },
        () =>
            new Error(
                `${nameWithType(table)} is deleted, but ${last} is still there after ${seconds} s\n` +
                    "  Way out: raise timeouts.delete; the next up or destroy looks again.",
            ),
    );
}

async function notConsuming(session: Session, raw: string): Promise<string[]> {
    const answer = await ask(session, "GET", tablePath(raw, "/consumingSegmentsInfo"));
    const { _segmentToConsumingInfoMap: segments } = (answer.body ?? {}) as {
        _segmentToConsumingInfoMap?: Record<string, { consumerState?: string }[]>;
    };
    return Object.entries(segments ?? {})
        .filter(([, servers]) => !servers.some(({ consumerState }) => consumerState === "CONSUMING"))
        .map(([segment]) => segment);
}

/** What the controller itself says about a table that does not work. */
export async function diagnosis(session: Session, table: TableDocument): Promise<string> {
    try {
        const answer = await ask(
            session,
            "GET",
            `/debug/tables/${encodeURIComponent(rawTableName(table.tableName))}?type=${table.tableType}&verbosity=0`,
        );
        const messages = errorMessages(answer.body);
        return messages.length === 0
            ? ""
            : `\n  Pinot says: ${[...new Set(messages)].slice(0, 3).join("; ").slice(0, 300)}`;
    } catch {
        return "";
    }
}

function errorMessages(value: unknown): string[] {
    if (value === null || typeof value !== "object") return [];
    return Object.entries(value).flatMap(([key, item]) =>
        key === "errorMessage" && typeof item === "string" && item !== "" ? [item] : errorMessages(item),
    );
}
