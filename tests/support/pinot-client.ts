import type { Alone } from "./alone";
import { until } from "./container";

/** What a broker answers. */
export interface QueryAnswer {
    readonly status: number;
    readonly rows: unknown[][] | undefined;
    readonly exceptions: readonly unknown[];
}

/** A Pinot under test, as somebody with or without the password sees it. */
export class PinotClient {
    constructor(
        private readonly alone: Alone,
        private readonly authorization?: string,
    ) {}

    /** Asks the controller. */
    async controller(path: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
        const headers = { accept: "application/json", ...this.header, ...init.headers };
        const response = await fetch(`${this.alone.outputs.controllerUrl}${path}`, { ...init, headers });
        return { status: response.status, text: await response.text() };
    }

    /** Asks the broker; also what it refuses is an answer. */
    async query(sql: string): Promise<QueryAnswer> {
        const response = await fetch(`${this.alone.outputs.brokerUrl}/query/sql`, {
            method: "POST",
            headers: { "content-type": "application/json", ...this.header },
            body: JSON.stringify({ sql }),
        });
        const body = (await response.json().catch(() => ({}))) as {
            resultTable?: { rows: unknown[][] };
            exceptions?: unknown[];
        };
        return { status: response.status, rows: body.resultTable?.rows, exceptions: body.exceptions ?? [] };
    }

    /** Waits until a query is answered by exactly these rows, without an exception. */
    async answers(sql: string, rows: unknown[][], seconds = 60): Promise<void> {
        let last: unknown;
        await until(`${sql} is ${JSON.stringify(rows)}`, seconds, async () => {
            const answer = await this.query(sql).catch((error: Error) => error.message);
            last = answer;
            return typeof answer === "object" && answer.exceptions.length === 0 && equal(answer.rows, rows);
        }).catch((error: Error) => {
            throw new Error(`${error.message}; last answer: ${JSON.stringify(last)}`);
        });
    }

    /** Names of a folder in ZooKeeper, sorted. */
    async zooKeeper(path: string): Promise<string[]> {
        const { text } = await this.controller(`/zk/ls?path=${encodeURIComponent(path)}`);
        return (JSON.parse(text) as string[]).sort();
    }

    private get header(): Record<string, string> {
        return this.authorization === undefined ? {} : { authorization: this.authorization };
    }
}

const equal = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
