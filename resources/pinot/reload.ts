import { until } from "../lifecycle";
import { ask, expectStatus, type Session } from "./api";
import type { PinotCapabilities } from "./capabilities";

/** How a reload is followed. */
export interface ReloadOptions {
    /** Seconds until every segment must have been reloaded. */
    readonly seconds: number;
    /** Told `3 of 12 segments reloaded` whenever the number changes. */
    readonly progress: (line: string) => void;
}

/** Whether segments of a table lag behind its config or schema; undefined on a server that cannot say. */
export async function asksForReload(
    session: Session,
    tableNameWithType: string,
    can: PinotCapabilities,
): Promise<boolean | undefined> {
    if (!can.needReload) return undefined;
    const answer = await ask(session, "GET", `/segments/${tableNameWithType}/needReload?verbose=false`);
    const { needReload } = (answer.body ?? {}) as { needReload?: boolean };
    return answer.status === 200 ? needReload : undefined;
}

/**
 * Reloads all segments of one half of a table and waits until the last one is through.
 *
 * Errors: the server refuses; a segment fails; time is up (with n of m).
 */
export async function reload(session: Session, tableNameWithType: string, options: ReloadOptions): Promise<void> {
    const [, raw = tableNameWithType, type = ""] = /^(.*)_(REALTIME|OFFLINE)$/.exec(tableNameWithType) ?? [];
    const answer = expectStatus(
        await ask(session, "POST", `/segments/${encodeURIComponent(raw)}/reload?type=${type}`),
        200,
        404,
    );
    // 404 is how Pinot says that the table has no segments: nothing to reload.
    if (answer.status === 404) return;
    for (const job of reloadJobs(answer.body)) await follow(session, tableNameWithType, job, options);
}

/**
 * Ids of the jobs that a reload started; pure. `status` is JSON inside JSON on 1.x, and on 0.11 the same behind the
 * words "Segment reload details: ".
 */
export function reloadJobs(body: unknown): string[] {
    const { status } = (body ?? {}) as { status?: unknown };
    const text = typeof status === "string" ? status : JSON.stringify(status ?? {});
    try {
        const tables = JSON.parse(text.slice(text.indexOf("{"))) as Record<
            string,
            { reloadJobId?: string } | undefined
        >;
        return Object.values(tables).flatMap((table) => (table?.reloadJobId === undefined ? [] : [table.reloadJobId]));
    } catch {
        return [];
    }
}

async function follow(session: Session, table: string, job: string, options: ReloadOptions): Promise<void> {
    let last = "the server has not said how many segments there are";
    await until(
        options.seconds,
        async () => {
            const answer = await ask(session, "GET", `/segments/segmentReloadStatus/${job}`);
            // The job is written to ZooKeeper first and may not be readable at once.
            if (answer.status === 404) return undefined;
            expectStatus(answer, 200);
            const counts = answer.body as Record<string, number | null | undefined>;
            const [total, good, bad] = [
                counts.totalSegmentCount ?? 0,
                counts.successCount ?? 0,
                counts.failureCount ?? 0,
            ];
            const line = `${good} of ${total} segments reloaded${bad > 0 ? `, ${bad} failed` : ""}`;
            if (line !== last) options.progress(`${table}: ${line}`);
            last = line;
            if (bad > 0 && good + bad >= total) {
                throw new Error(
                    `reload of ${table}: ${line}\n` +
                        `  Way out: GET /debug/tables/${table} on the controller names the segments and their errors; the next up reloads again.`,
                );
            }
            return good + bad >= total && (counts.totalServerCallsFailed ?? 0) === 0 ? true : undefined;
        },
        () =>
            new Error(
                `reload of ${table}: ${last} after ${options.seconds} s\n  Way out: raise timeouts.reload; the next up goes on.`,
            ),
        1000,
    );
}
