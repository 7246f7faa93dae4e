import axios from "axios";
import { z } from "zod";
import { type PinotStore, StoreError } from "../../lib/ledger";

const answerSchema = z.object({
    resultTable: z
        .object({
            dataSchema: z.object({ columnNames: z.array(z.string()) }),
            rows: z.array(z.array(z.unknown())),
        })
        .optional(),
    exceptions: z.array(z.object({ errorCode: z.number().optional(), message: z.string() })).default([]),
    numServersQueried: z.number().default(0),
    numServersResponded: z.number().default(0),
    partialResult: z.boolean().default(false),
    numGroupsLimitReached: z.boolean().default(false),
});

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

/** The rows of a broker's answer as records. @throws StoreError when the answer is not whole. */
export function rowsOf(data: unknown, brokerUrl: string): Record<string, unknown>[] {
    const parsed = answerSchema.safeParse(data);
    if (!parsed.success) {
        throw new StoreError(`Pinot's broker ${brokerUrl} answered with something else than a result\n${WAY_OUT}`);
    }
    const answer = parsed.data;
    const [exception] = answer.exceptions;
    if (exception !== undefined) {
        const text = exception.message.split("\n")[0]?.slice(0, 300) ?? "";
        throw new StoreError(
            `Pinot's broker ${brokerUrl} refused a query: ${exception.errorCode ?? ""} ${text}\n${WAY_OUT}`,
        );
    }
    const { numServersQueried: asked, numServersResponded: answered } = answer;
    if (answer.partialResult || answered < asked || answer.numGroupsLimitReached) {
        throw new StoreError(
            `Pinot's broker ${brokerUrl} gave a partial result: ${answered} of ${asked} servers responded` +
                `${answer.numGroupsLimitReached ? ", too many groups" : ""}\n${WAY_OUT}`,
        );
    }
    const { dataSchema, rows } = answer.resultTable ?? { dataSchema: { columnNames: [] }, rows: [] };
    return rows.map((row) => Object.fromEntries(dataSchema.columnNames.map((name, index) => [name, row[index]])));
}

function describe({ code, message, response }: { code?: string | undefined; message: string; response?: unknown }) {
    const status = (response as { status?: number } | undefined)?.status;
    return status === undefined ? (code ?? message) : `HTTP ${status}`;
}
