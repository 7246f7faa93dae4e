import type { PinotStore, StateComparison, StateFindings, StateSources } from "../../lib/ledger";
import { ComparedMinutes, type MinuteNumbers } from "./compared-minutes";
import { activeUsers, rawEvents, userSessions } from "./contract";
import { closedWindows, finishedSessions, MINUTE, type SessionNumber } from "./expected-minutes";

/** How `user_sessions` adds up to a number of the ledger, and how the report calls it. */
const SESSION_NUMBERS: readonly { name: Exclude<SessionNumber, "over">; sql: string; label: string }[] = [
    { name: "sessions", sql: "COUNT(*)", label: "sessions" },
    { name: "page_views", sql: "SUM(page_views)", label: "page views" },
    { name: "product_views", sql: "SUM(product_views)", label: "product views" },
    { name: "cart_adds", sql: "SUM(cart_adds)", label: "cart adds" },
    { name: "purchases", sql: "SUM(purchases)", label: "purchases" },
    { name: "spent_cents", sql: "SUM(total_spent_cents)", label: "spent" },
];
const MOST_MINUTES = 20_000;

/** Compares closed windows, and the sessions of minutes in which all of them are over: nothing changes either any more. */
export class MinuteComparison implements StateComparison {
    private readonly windows = new ComparedMinutes();
    private readonly sessions = new ComparedMinutes();

    async attempt({ readLedgers, stores: { pinot } }: StateSources): Promise<StateFindings> {
        const runs = await readLedgers();
        const { users, shared } = closedWindows(runs, await oldestKept(pinot, activeUsers.name));
        const together = await usersTogether(pinot, shared);
        const expected = [...users, ...together].map(([minute, count]) => [minute, { users: count }] as const);
        await this.windows.compare(new Map(expected), (from) => windowRows(pinot, from));
        const sessions = finishedSessions(runs, await oldestKept(pinot, userSessions.name));
        await this.sessions.compare(sessions, (from) => sessionRows(pinot, from));
        return {
            lines: [
                this.windows.count(`${activeUsers.name}: closed minutes`),
                this.windows.line(`${activeUsers.name}: distinct users by minute`, "users", "count"),
                ...SESSION_NUMBERS.map(({ name, label }) => {
                    const unit = name === "spent_cents" ? "cents" : "count";
                    return this.sessions.line(`${userSessions.name}: ${label}`, name, unit);
                }),
            ],
            notes: [
                ...(this.windows.size === 0 ? [`${activeUsers.name}: no minute is over yet`] : []),
                ...(this.sessions.size === 0
                    ? [`${userSessions.name}: no minute whose sessions are all over yet`]
                    : []),
            ],
        };
    }
}

/** The oldest minute of which a table has forgotten nothing. */
async function oldestKept(pinot: PinotStore, table: string): Promise<number> {
    const kept = await pinot.retentionMillis(table);
    return kept === undefined ? 0 : Date.now() - kept + MINUTE;
}

async function windowRows(pinot: PinotStore, from: number): Promise<Map<number, MinuteNumbers>> {
    const rows = await pinot.query(
        `SELECT window_start, active_users FROM ${activeUsers.name} WHERE window_start >= ${from} LIMIT ${MOST_MINUTES}`,
    );
    return new Map(rows.map((row) => [Number(row.window_start), { users: Number(row.active_users) }]));
}

async function sessionRows(pinot: PinotStore, from: number): Promise<Map<number, MinuteNumbers>> {
    const minute = "dateTrunc('MINUTE', session_start, 'MILLISECONDS')";
    const sums = SESSION_NUMBERS.map(({ name, sql }) => `${sql} AS sum_${name}`);
    const rows = await pinot.query(
        `SELECT ${minute} AS began, ${sums.join(", ")} FROM ${userSessions.name} ` +
            `WHERE session_start >= ${from} GROUP BY ${minute} LIMIT ${MOST_MINUTES}`,
    );
    const numbersOf = (row: Readonly<Record<string, unknown>>) =>
        Object.fromEntries(SESSION_NUMBERS.map(({ name }) => [name, Number(row[`sum_${name}`])]));
    return new Map(rows.map((row) => [Number(row.began), numbersOf(row)]));
}

/** Distinct users of minutes that several runs share, from the events themselves: people may be in both. */
async function usersTogether(pinot: PinotStore, minutes: readonly number[]): Promise<Map<number, number>> {
    const found = new Map<number, number>();
    for (const minute of minutes) {
        const [row] = await pinot.query(
            `SELECT DISTINCTCOUNT(user_id) AS users_seen FROM ${rawEvents.name} WHERE sequence >= 1 ` +
                `AND event_timestamp >= ${minute} AND event_timestamp < ${minute + MINUTE}`,
        );
        found.set(minute, Number(row?.users_seen ?? 0));
    }
    return found;
}
