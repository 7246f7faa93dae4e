import axios from "axios";
import { z } from "zod";
import { StoreError } from "../../lib/ledger/check-set";
import { rowsOf } from "../../lib/pinot-query";
import { SharedAnswers } from "./shared-answers";

/** A row of an answer. */
export type Row = Readonly<Record<string, unknown>>;

/** What the dashboard asks of Pinot; nothing of it changes anything there. */
export interface Pinot {
    /** Rows of a query that can match something. @throws StoreError when there is no whole answer. */
    rows(sql: string): Promise<readonly Row[]>;
    /** Messages that a table has not read yet; undefined when the controller does not say. */
    waiting(table: string): Promise<number | undefined>;
    /** @throws StoreError when the broker does not answer. */
    alive(): Promise<void>;
}

/** What {@link connectPinot} needs. */
export interface PinotArgs {
    readonly brokerUrl: string;
    /** Without it nothing is known of messages that wait. */
    readonly controllerUrl?: string | undefined;
    readonly credentials?: { readonly user: string; readonly password: string } | undefined;
    /** How long a query may take, in seconds. */
    readonly querySeconds: number;
}

const WAY_OUT = "Way out: make status shows whether Pinot runs; make up repairs what the stack declares.";

/** An answer serves everybody who asks the same within this time. */
const SHARED_MILLIS = 1_000;
const MOST_QUESTIONS = 64;

/** Longer than Pinot's own limit, so that Pinot's reason arrives. */
const PATIENCE_MILLIS = 2_000;
const ALIVE_MILLIS = 2_000;

/** Pinot over HTTP. */
export function connectPinot({ brokerUrl, controllerUrl, credentials, querySeconds }: PinotArgs): Pinot {
    const shared = new SharedAnswers({ keepMillis: SHARED_MILLIS, most: MOST_QUESTIONS });
    const queryMillis = Math.round(querySeconds * 1_000);
    const request = {
        timeout: queryMillis + PATIENCE_MILLIS,
        // Pinot is a neighbour: a proxy for the way out would not find it.
        proxy: false,
        ...(credentials && { auth: { username: credentials.user, password: credentials.password } }),
    } as const;
    const broker = brokerUrl.replace(/\/+$/, "");
    const controller = controllerUrl?.replace(/\/+$/, "");

    return {
        rows: (sql) =>
            shared.of(sql, async () => {
                const body = { sql, queryOptions: `timeoutMs=${queryMillis}` };
                const { data } = await ask(`Pinot's broker ${broker}`, () =>
                    axios.post<unknown>(`${broker}/query/sql`, body, request),
                );
                return rowsOf(data, broker, 1);
            }),
        waiting: async (table) => {
            if (controller === undefined) return undefined;
            const url = `${controller}/tables/${encodeURIComponent(table)}/consumingSegmentsInfo`;
            return shared.of(url, async () => {
                const { data } = await ask(`Pinot's controller ${controller}`, () => axios.get<unknown>(url, request));
                return waitingMessages(data);
            });
        },
        alive: () =>
            shared.of("/health", async () => {
                await ask(`Pinot's broker ${broker}`, () =>
                    axios.get(`${broker}/health`, { ...request, timeout: ALIVE_MILLIS }),
                );
            }),
    };
}

const consumingSchema = z.object({
    _segmentToConsumingInfoMap: z.record(
        z.string(),
        z.array(
            z.object({
                partitionOffsetInfo: z.object({ recordsLagMap: z.record(z.string(), z.string()).nullish() }).nullish(),
            }),
        ),
    ),
});

/**
 * Messages that wait, by the controller's description of consuming segments: over all partitions, of the replica that is
 * furthest behind. Undefined when a partition's figure is missing, as it is with servers that do not know it.
 */
export function waitingMessages(data: unknown): number | undefined {
    const parsed = consumingSchema.safeParse(data);
    if (!parsed.success) return undefined;
    const segments = Object.values(parsed.data._segmentToConsumingInfoMap);
    const bySegment = segments.map((replicas) =>
        replicas.flatMap(({ partitionOffsetInfo }) =>
            Object.values(partitionOffsetInfo?.recordsLagMap ?? {}).map((lag) =>
                /^\d+$/.test(lag) ? Number(lag) : NaN,
            ),
        ),
    );
    if (bySegment.length === 0 || bySegment.some((lags) => lags.length === 0)) return undefined;
    const total = bySegment.reduce((sum, lags) => sum + Math.max(...lags), 0);
    return Number.isNaN(total) ? undefined : total;
}

async function ask<T>(whom: string, request: () => Promise<T>): Promise<T> {
    try {
        return await request();
    } catch (error) {
        throw new StoreError(`${whom} cannot be asked: ${reasonOf(error)}\n${WAY_OUT}`, { cause: error });
    }
}

function reasonOf(error: unknown): string {
    if (!axios.isAxiosError(error)) return String(error);
    const status = error.response?.status;
    if (status === 401 || status === 403) return `HTTP ${status}, user or password is wrong`;
    return status === undefined ? (error.code ?? error.message) : `HTTP ${status}`;
}
