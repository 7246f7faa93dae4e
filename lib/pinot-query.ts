import { z } from "zod";
import { StoreError } from "./ledger/check-set";

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

/**
 * The rows of an answer of Pinot's broker, as records.
 *
 * The broker answers 200 whatever happened, so the answer is judged: an exception, a server that did not respond or a
 * cut-off group list is an error, never a smaller number.
 * @param servers how many servers have to have been asked, at least. A realtime table always has a consuming segment, so
 * 1 tells a table whose servers are gone, which Pinot 0.11 answers like an empty one. A filter that can match nothing is
 * answered without any server, too. @default 0
 * @throws StoreError when the answer is not whole.
 */
export function rowsOf(data: unknown, brokerUrl: string, servers = 0): Record<string, unknown>[] {
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
    if (asked < servers) {
        throw new StoreError(
            `Pinot's broker ${brokerUrl} asked ${asked} servers: none has the table's rows at the moment\n${WAY_OUT}`,
        );
    }
    const { dataSchema, rows } = answer.resultTable ?? { dataSchema: { columnNames: [] }, rows: [] };
    return rows.map((row) => Object.fromEntries(dataSchema.columnNames.map((name, index) => [name, row[index]])));
}
