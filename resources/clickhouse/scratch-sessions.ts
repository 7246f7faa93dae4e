import { randomUUID } from "node:crypto";
import type { Session } from "./api";

/** Sessions that are open at a time, for each server and user. A server has room for so many in all. */
const LANES = 4;

/** Seconds that a session lives on after its last request. */
export const SESSION_SECONDS = 10;

interface Lane {
    readonly sessionId: string;
    last: Promise<unknown>;
}

const lanes: Record<string, Lane[]> = {};
let next = 0;

/**
 * Uses a session of the server, in which temporary tables can be made. One serves one request at a time, so that whoever
 * comes later waits.
 */
export function inScratchSession<T>({ server }: Session, use: (sessionId: string) => Promise<T>): Promise<T> {
    const key = `${server.username}@${server.url}`;
    lanes[key] ??= Array.from({ length: LANES }, () => ({
        sessionId: `millrace-${randomUUID()}`,
        last: Promise.resolve(),
    }));
    next += 1;
    const lane = lanes[key][next % LANES] as Lane;
    const used = lane.last.then(() => use(lane.sessionId));
    lane.last = used.catch(() => undefined);
    return used;
}
