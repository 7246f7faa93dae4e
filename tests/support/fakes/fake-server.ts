import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One request, as a fake sees it and as tests look at it afterwards. */
export interface FakeRequest {
    readonly method: string;
    readonly path: string;
    readonly query: URLSearchParams;
    /** Parsed JSON; the raw text where it is none. */
    readonly body: unknown;
    readonly authorization: string | undefined;
}

/** What a fake answers. */
export interface FakeAnswer {
    readonly status: number;
    /** Sent as JSON unless it is a string. */
    readonly body: unknown;
    readonly headers?: Readonly<Record<string, string>>;
}

/** Something that goes wrong, for requests that match. */
export interface Fault {
    readonly method?: string;
    readonly path?: RegExp;
    /** Only once this write has arrived, as `POST /tables`. */
    readonly after?: string;
    /** How often; then it is over. @default 1 */
    times?: number;
    /**
     * `answer` is sent instead of doing anything; `loseReply` does the work and cuts the connection; `slowMs` waits
     * first.
     */
    readonly answer?: FakeAnswer;
    readonly loseReply?: boolean;
    readonly slowMs?: number;
}

/** An HTTP server on loopback that answers like the real one, and goes wrong on demand. */
export abstract class FakeServer {
    /** Every request that arrived, in order. */
    readonly requests: FakeRequest[] = [];
    /** When set, requests without exactly this Authorization header are answered 401. */
    credentials: string | undefined;

    private readonly faults: Fault[] = [];
    private readonly sockets = new Set<Socket>();
    private server: Server | undefined;
    private port = 0;

    /** Address for `server` inputs; stays the same when it goes down and up. */
    get url(): string {
        return `http://127.0.0.1:${this.port}`;
    }

    async up(): Promise<this> {
        const server = createServer((request, response) => void this.serve(request, response));
        server.on("connection", (socket) => {
            this.sockets.add(socket);
            socket.once("close", () => this.sockets.delete(socket));
        });
        await new Promise<void>((resolve, reject) => {
            server.once("error", reject);
            server.listen(this.port, "127.0.0.1", resolve);
        });
        this.port = (server.address() as AddressInfo).port;
        this.server = server;
        return this;
    }

    /** Refuses connections until the next `up`; what it holds stays. */
    async down(): Promise<void> {
        for (const socket of this.sockets) socket.destroy();
        await new Promise((resolve) => (this.server === undefined ? resolve(undefined) : this.server.close(resolve)));
        this.server = undefined;
    }

    /** The next matching requests go wrong. */
    fail(fault: Fault): void {
        this.faults.push({ times: 1, ...fault });
    }

    /** What was to go wrong and has not yet, will not. */
    calm(): void {
        this.faults.length = 0;
    }

    /** Requests that change something, as `PUT /tables/x`. */
    writes(): string[] {
        return this.requests.filter((request) => this.isWrite(request)).map(({ method, path }) => `${method} ${path}`);
    }

    protected abstract answer(request: FakeRequest): FakeAnswer;

    protected isWrite({ method }: FakeRequest): boolean {
        return method !== "GET";
    }

    private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
        const url = new URL(incoming.url ?? "/", this.url);
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
        const request: FakeRequest = {
            method: incoming.method ?? "GET",
            path: decodeURIComponent(url.pathname),
            query: url.searchParams,
            body: parsed(Buffer.concat(chunks).toString("utf8")),
            authorization: incoming.headers.authorization,
        };
        this.requests.push(request);
        const fault = this.takeFault(request);
        if (fault?.slowMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.slowMs));
        const denied = this.credentials !== undefined && request.authorization !== this.credentials;
        const answer: FakeAnswer = denied
            ? // Like many real servers, it repeats what it was given: that must not reach an error.
              {
                  status: 401,
                  body: { code: 401, error: `HTTP 401 Unauthorized: ${request.authorization ?? "nothing"}` },
              }
            : (fault?.answer ?? this.answer(request));
        if (fault?.loseReply === true) {
            incoming.socket.destroy();
            return;
        }
        response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
        response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
    }

    private takeFault({ method, path }: FakeRequest): Fault | undefined {
        const fault = this.faults.find(
            (one) =>
                (one.times ?? 1) > 0 &&
                (one.after === undefined || this.writes().includes(one.after)) &&
                (one.method === undefined || one.method === method) &&
                (one.path === undefined || one.path.test(path)),
        );
        if (fault !== undefined) fault.times = (fault.times ?? 1) - 1;
        return fault;
    }
}

function parsed(text: string): unknown {
    try {
        return text === "" ? undefined : JSON.parse(text);
    } catch {
        return text;
    }
}
