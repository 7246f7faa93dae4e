import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Transform, Writable } from "node:stream";
import { exceptionTrailer, httpStatus, type ServerException } from "./exceptions";

/** A result begins to be sent at the latest this long after its first byte, in milliseconds. */
const PATIENCE = 1_000;

/** How an answer is sent. */
export interface AnswerOptions {
    /** How much is held back, in bytes: an error that comes before is told by the status, not within the result. */
    readonly holdBytes: number;
    /** Nothing is sent before the result is complete; what does not fit in `holdBytes` waits in a file in this folder. */
    readonly spoolFolder?: string;
    /** Packs the body. */
    readonly pack?: Transform;
    /** The mark of an error within the result, told in a header before. */
    readonly exceptionTag: string;
    /** Of the server, told in error texts. */
    readonly version: string;
}

/** The answer to one query: headers, result, and how it ended. */
export class Answer {
    private readonly held: Buffer[] = [];
    private heldBytes = 0;
    private spool: { readonly folder: string; readonly file: FileHandle } | undefined;
    private sink: Writable | undefined;
    private byHand: Socket | undefined;
    private patience: NodeJS.Timeout | undefined;
    private broken: Error | undefined;

    constructor(
        private readonly response: ServerResponse,
        private readonly options: AnswerOptions,
    ) {
        response.setHeader("X-ClickHouse-Exception-Tag", options.exceptionTag);
    }

    /** Sets a header; without effect when the answer has begun. */
    header(name: string, value: string): void {
        if (this.sink === undefined && !this.response.headersSent) this.response.setHeader(name, value);
    }

    /**
     * Tells how far the query is, in a header of its own, as long as no result is sent. Node.js sends headers as a whole:
     * from the first one on the answer is written by hand, and the connection ends with it.
     */
    progress(json: string): void {
        const { socket } = this.response;
        if (this.sink !== undefined || this.broken !== undefined || socket === null) return;
        if (this.byHand === undefined) {
            this.byHand = socket;
            socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\n");
        }
        this.byHand.write(`X-ClickHouse-Progress: ${json}\r\n`);
    }

    /** A part of the result. Resolves when there is room for the next. @throws Error when the client is gone. */
    async write(part: Buffer): Promise<void> {
        if (this.broken !== undefined) throw this.broken;
        if (this.sink !== undefined) return this.send(part);
        if (this.spool !== undefined) {
            await this.spool.file.write(part);
            return;
        }
        this.held.push(part);
        this.heldBytes += part.length;
        if (this.options.spoolFolder === undefined) {
            this.patience ??= setTimeout(() => void this.begin().catch((error) => this.fall(error)), PATIENCE);
        }
        if (this.heldBytes > this.options.holdBytes) {
            if (this.options.spoolFolder === undefined) await this.begin();
            else await this.openSpool(this.options.spoolFolder);
        }
    }

    /** Ends the result well. */
    async finish(): Promise<void> {
        clearTimeout(this.patience);
        const { pack } = this.options;
        if (this.sink === undefined && this.spool === undefined && pack === undefined && this.byHand === undefined) {
            // Known as a whole: one write, with its length.
            this.response.end(Buffer.concat(this.held, this.heldBytes));
            return;
        }
        try {
            await this.begin();
            if (this.spool !== undefined) {
                for await (const part of createReadStream(join(this.spool.folder, "result"))) await this.send(part);
            }
        } finally {
            await this.closeSpool();
        }
        this.sink?.end();
    }

    /** Tells an error: by the status where nothing was sent, otherwise within the result. */
    async fail(exception: ServerException): Promise<void> {
        clearTimeout(this.patience);
        await this.closeSpool();
        const text = `${exception.describe(this.options.version)}\n`;
        if (this.byHand !== undefined && this.sink === undefined) {
            this.options.pack?.destroy();
            this.response.removeHeader("Content-Encoding");
            this.header("X-ClickHouse-Exception-Code", String(exception.code));
            this.header("Content-Type", "text/plain; charset=UTF-8");
            this.headByHand(this.byHand).end(text);
            return;
        }
        if (this.sink === undefined) {
            this.options.pack?.destroy();
            sendException(this.response, exception, this.options.version);
            return;
        }
        await this.drained();
        await this.send(Buffer.from(exceptionTrailer(text, this.options.exceptionTag))).catch(() => {});
        this.sink.end();
    }

    /** Drops everything: nobody listens any more. */
    async abandon(): Promise<void> {
        clearTimeout(this.patience);
        this.options.pack?.destroy();
        await this.closeSpool();
        this.response.destroy();
    }

    private async begin(): Promise<void> {
        clearTimeout(this.patience);
        if (this.sink !== undefined) return;
        const { pack } = this.options;
        pack?.on("error", (error) => this.fall(error));
        const target = this.byHand === undefined ? this.response : this.headByHand(this.byHand);
        pack?.pipe(target);
        this.sink = pack ?? target;
        this.response.on("close", () => this.fall(new Error("the client closed the connection")));
        const parts = this.held.splice(0);
        for (const part of parts) await this.send(part);
    }

    private headByHand(socket: Socket): Socket {
        const headers = Object.entries(this.response.getHeaders());
        socket.write(`${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
        return socket;
    }

    private async send(part: Buffer): Promise<void> {
        const { sink } = this;
        if (sink === undefined || sink.write(part)) return;
        await new Promise<void>((resolve) => {
            const settled = (): void => {
                sink.off("drain", settled);
                this.response.off("close", settled);
                resolve();
            };
            sink.on("drain", settled);
            this.response.on("close", settled);
        });
        if (this.broken !== undefined) throw this.broken;
    }

    /** Waits, for a while, until what was sent is on its way: clients look for an exception in one piece. */
    private async drained(): Promise<void> {
        for (let left = 100; left > 0 && this.broken === undefined; left--) {
            await new Promise((resolve) => setTimeout(resolve, 10));
            if (this.sink?.writableLength === 0 && this.response.socket?.writableLength === 0) return;
        }
    }

    private fall(error: Error): void {
        if (!this.response.writableFinished) this.broken ??= error;
    }

    private async openSpool(parent: string): Promise<void> {
        const folder = mkdtempSync(join(parent, "result-"));
        this.spool = { folder, file: await open(join(folder, "result"), "w") };
        for (const part of this.held.splice(0)) await this.spool.file.write(part);
    }

    private async closeSpool(): Promise<void> {
        if (this.spool === undefined) return;
        await this.spool.file.close();
        rmSync(this.spool.folder, { recursive: true, force: true });
        this.spool = undefined;
    }
}

/** An answer that is nothing but an error. */
export function sendException(response: ServerResponse, exception: ServerException, version: string): void {
    if (response.headersSent) {
        response.destroy();
        return;
    }
    response.removeHeader("Content-Encoding");
    response.setHeader("Content-Type", "text/plain; charset=UTF-8");
    response.setHeader("X-ClickHouse-Exception-Code", String(exception.code));
    response.statusCode = httpStatus(exception);
    if (response.statusCode === 401) {
        response.setHeader("WWW-Authenticate", 'Basic realm="ClickHouse server HTTP API"');
    }
    response.end(`${exception.describe(version)}\n`);
}
