import axios from "axios";
import { z } from "zod";
import { type PinotStore, StoreError } from "../../lib/ledger";
import { rowsOf } from "../../lib/pinot-query";

const WAY_OUT = "Way out: make status shows whether Pinot runs; make up repairs what the stack declares.";
const REQUEST = { timeout: 15_000, proxy: false } as const;

const UNIT_MILLIS: Readonly<Record<string, number>> = { DAYS: 86_400_000, HOURS: 3_600_000, MINUTES: 60_000 };

const tableSchema = z.object({
    REALTIME: z
        .object({
            segmentsConfig: z.object({
                retentionTimeUnit: z.string().nullish(),
                retentionTimeValue: z.coerce.string().nullish(),
            }),
        })
        .optional(),
});

/** Where Pinot is asked. */
export interface PinotAddresses {
    /** Broker, for queries. */
    readonly brokerUrl: string;
    /** Controller, for what tables are declared as. */
    readonly controllerUrl: string;
}

/**
 * Pinot as a store. Its broker answers 200 whatever happened, so the answer is judged: an exception, a server that
 * did not respond or a cut-off group list is an error, never a smaller number.
 */
export function pinotStore({ brokerUrl, controllerUrl }: PinotAddresses): PinotStore {
    const path = (base: string, rest: string) => `${base.replace(/\/+$/, "")}${rest}`;
    return {
        async query(sql) {
            const { data } = await ask(`Pinot's broker ${brokerUrl}`, () =>
                axios.post<unknown>(path(brokerUrl, "/query/sql"), { sql }, REQUEST),
            );
            return rowsOf(data, brokerUrl);
        },
        async retentionMillis(table) {
            const { data } = await ask(`Pinot's controller ${controllerUrl}`, () =>
                axios.get<unknown>(path(controllerUrl, `/tables/${table}`), REQUEST),
            );
            return retentionOf(data);
        },
    };
}

/** How long a table keeps rows, from the controller's description of it. */
export function retentionOf(data: unknown): number | undefined {
    const parsed = tableSchema.safeParse(data);
    const { retentionTimeUnit, retentionTimeValue } = parsed.data?.REALTIME?.segmentsConfig ?? {};
    const millis = Number(retentionTimeValue) * (UNIT_MILLIS[retentionTimeUnit?.toUpperCase() ?? ""] ?? Number.NaN);
    return Number.isFinite(millis) && millis > 0 ? millis : undefined;
}

async function ask<T>(whom: string, request: () => Promise<T>): Promise<T> {
    try {
        return await request();
    } catch (error) {
        const reason = axios.isAxiosError(error) ? describe(error) : String(error);
        throw new StoreError(`${whom} cannot be asked: ${reason}\n${WAY_OUT}`, { cause: error });
    }
}

function describe({ code, message, response }: { code?: string | undefined; message: string; response?: unknown }) {
    const status = (response as { status?: number } | undefined)?.status;
    return status === undefined ? (code ?? message) : `HTTP ${status}`;
}
