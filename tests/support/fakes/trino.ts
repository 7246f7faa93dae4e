import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a coordinator says on one page, beside the id and where to go on. */
export interface Page {
    readonly columns?: readonly { readonly name: string; readonly type: string }[];
    /** JSON of the rows: written as it stands, since numbers may be larger than JavaScript's. */
    readonly data?: string;
    readonly error?: object;
    readonly updateType?: string;
    readonly updateCount?: number;
    readonly warnings?: readonly object[];
    /** Header that tells what a PREPARE made of its statement, as it stands on the wire. */
    readonly addedPrepare?: string;
}

/** A request as it arrived. */
export interface StatementRequest {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
}

/** The statement protocol of a coordinator, on loopback: says the pages that a test gives it, and goes wrong on demand. */
export class FakeCoordinator {
    readonly requests: StatementRequest[] = [];
    /** Said one after the other; the last has no `nextUri`. */
    pages: readonly Page[] = [{}];
    /** Where `nextUri` says that the coordinator is. @default where it is */
    origin: string | undefined;
    /** What the next requests are answered instead; `lost` cuts the connection. */
    readonly instead: ({ status: number; body?: string } | "lost")[] = [];
    /** From this page on, statements get no answer, as when the server hangs. */
    silentFrom = Number.POSITIVE_INFINITY;

    private readonly server: Server;

    private constructor() {
        this.server = createServer((request, response) => {
            const chunks: Buffer[] = [];
            request.on("data", (chunk: Buffer) => chunks.push(chunk));
            request.on("end", () => {
                const { method = "", url = "", headers } = request;
                this.requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString("utf8") });
                this.answer(method, url, response);
            });
        });
    }

    static async up(): Promise<FakeCoordinator> {
        const fake = new FakeCoordinator();
        await new Promise<void>((resolve) => fake.server.listen(0, "127.0.0.1", resolve));
        return fake;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    /** `POST /v1/statement`, `GET /v1/statement/q1/1` and so on. */
    get asked(): string[] {
        return this.requests.map(({ method, path }) => `${method} ${path}`);
    }

    async down(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }

    private answer(method: string, path: string, response: ServerResponse): void {
        const fault = this.instead.shift();
        if (fault === "lost") {
            response.destroy();
            return;
        }
        if (fault !== undefined) {
            response.writeHead(fault.status).end(fault.body ?? "");
            return;
        }
        if (method === "DELETE") {
            response.writeHead(204).end();
            return;
        }
        const number = Number(/\/(\d+)\?/.exec(path)?.[1] ?? 0);
        if (number >= this.silentFrom) return;
        const { addedPrepare } = this.pages[number] ?? {};
        const header = addedPrepare === undefined ? {} : { "x-trino-added-prepare": addedPrepare };
        response.writeHead(200, { "content-type": "application/json", ...header }).end(this.pageText(number));
    }

    private pageText(number: number): string {
        const { data, addedPrepare: _header, ...page } = this.pages[number] ?? {};
        const next = `${this.origin ?? this.url}/v1/statement/q1/${number + 1}?slug=x`;
        const fields = [
            '"id":"q1"',
            ...Object.entries(page).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`),
            ...(data === undefined ? [] : [`"data":${data}`]),
            ...(number + 1 < this.pages.length ? [`"nextUri":${JSON.stringify(next)}`] : []),
        ];
        return `{${fields.join(",")}}`;
    }
}
