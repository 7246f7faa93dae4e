import { randomBytes, randomUUID } from "node:crypto";
import { closeSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { hostname, tmpdir } from "node:os";
import type { Readable } from "node:stream";
import { Answer } from "./answer";
import type { ServerConfig, User } from "./config";
import { chooseEncoding, decoder, encoder } from "./content-encoding";
import type { Connection, Engine, Outcome } from "./engine";
import { engineException, errors, ServerException } from "./exceptions";
import { contentType } from "./formats";
import { Gate } from "./gate";
import type { Log } from "./log";
import { type Checksum, packBlocks, unpackBlocks } from "./native-blocks";
import { isOn, type QueryRequest } from "./request";
import { Sessions } from "./sessions";
import { quoted, resetSettings, setSettings, useDatabase } from "./settings-sql";
import type { Statement } from "./sql-text";
import { type ReadStatement, readStatementOf } from "./statement-reader";
import { Stock } from "./stock";

/** Held back of a result before it begins to be sent: the buffer of the server's responses, in bytes. */
const HOLD_BYTES = 1024 * 1024;
const MAX_QUERY_SIZE = 256 * 1024;
/** As often as the server tells progress, in milliseconds. */
const MIN_PROGRESS_INTERVAL = 100;
/** Connections of each user that wait for a request. */
const STOCK_DEPTH = 2;

/** Settings that speak of HTTP: the front follows them, the engine need not know. */
const FRONT_SETTINGS = new Set([
    "enable_http_compression",
    "http_zlib_compression_level",
    "http_response_buffer_size",
    "http_wait_end_of_query",
    "send_progress_in_http_headers",
    "http_headers_progress_interval_ms",
    "cancel_http_readonly_queries_on_client_close",
    "http_write_exception_in_output_format",
    "http_receive_timeout",
    "http_send_timeout",
    "http_connection_timeout",
    "replace_running_query",
]);

/** Statements that a request by GET, or one that has to change nothing, may also be. */
const HARMLESS = new Set(["SET", "USE"]);

interface Running {
    readonly user: string;
    /** Ends the query; it then fails with QUERY_WAS_CANCELLED. */
    readonly cancel: () => void;
    readonly done: Promise<void>;
}

/** Runs queries of HTTP requests on the engine. */
export class QueryRunner {
    private readonly running = new Map<string, Running>();
    private readonly gate: Gate;
    private readonly sessions: Sessions<Connection>;
    private readonly stock: Stock<Connection>;
    private readonly closing = new Set<Promise<void>>();
    private readonly displayName: string;
    private stopping = false;

    constructor(
        private readonly engine: Engine,
        private readonly config: ServerConfig,
        private readonly log: Log,
    ) {
        this.gate = new Gate(config.maxConcurrentQueries, config.queueWaitMilliseconds);
        this.sessions = new Sessions(
            { defaultSeconds: config.defaultSessionSeconds, maxSeconds: config.maxSessionSeconds },
            (connection) => this.end(connection),
        );
        this.stock = new Stock(STOCK_DEPTH, (connection) => engine.close(connection));
        this.displayName = config.displayName ?? hostname();
    }

    /** Answers a request; errors are answered, too. */
    async run(request: QueryRequest, user: User, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
        const id = request.queryId ?? randomUUID();
        const started = process.hrtime.bigint();
        const setting = (name: string): string | undefined => request.settings.get(name) ?? user.settings.get(name);
        const answer = this.answerFor(request, setting, response);
        answer.header("X-ClickHouse-Query-Id", id);
        answer.header("X-ClickHouse-Server-Display-Name", this.displayName);
        answer.header("X-ClickHouse-Timezone", this.engine.timezone);
        const query = new Query(this.engine, answer, request, started);
        let end = (): void => {};
        let registered = false;
        const done = new Promise<void>((resolve) => {
            end = resolve;
        });
        try {
            if (this.stopping) throw errors.shuttingDown();
            await this.makeRoomFor(id, isOn(setting("replace_running_query")));
            this.running.set(id, { user: user.name, cancel: () => query.cancel(), done });
            registered = true;
            response.on("close", () => {
                if (!response.writableFinished) query.clientGone();
            });
            const maxQuerySize = Number(setting("max_query_size") ?? MAX_QUERY_SIZE);
            const read = await readStatementOf(
                request.query,
                bodyOf(request, incoming, this.engine.checksum),
                maxQuerySize,
            );
            if (request.readonly) refuseChanges(read.statement);
            if (!(await this.gate.enter())) throw errors.tooManyQueries(this.gate.limit);
            const stopProgress = isOn(setting("send_progress_in_http_headers"))
                ? this.tellProgress(Number(setting("http_headers_progress_interval_ms") ?? 0), query, answer)
                : () => {};
            try {
                await this.withConnection(request, user, read, query);
            } finally {
                stopProgress();
                this.gate.leave();
            }
            // Last of all: who has the whole answer may use the session, or the query's id, again at once.
            this.running.delete(id);
            await query.finish();
        } catch (error) {
            const exception = asException(error);
            if (query.isClientGone) await answer.abandon();
            else await answer.fail(exception);
            this.log.error("query failed", {
                query_id: id,
                user: user.name,
                code: exception.code,
                error: exception.error,
                client_gone: query.isClientGone || undefined,
                milliseconds: Math.round(Number(process.hrtime.bigint() - started) / 1e6),
            });
        } finally {
            if (registered && this.running.get(id)?.done === done) this.running.delete(id);
            end();
            skipRest(incoming);
        }
    }

    /** Lets running queries end for a while, cancels the others, closes all sessions. */
    async stop(): Promise<void> {
        this.stopping = true;
        const all = (): Promise<unknown> => Promise.all([...this.running.values()].map(({ done }) => done));
        await Promise.race([all(), pause(this.config.shutdownWaitSeconds * 1_000)]);
        for (const { cancel } of this.running.values()) cancel();
        await Promise.race([all(), pause(5_000)]);
        for (const connection of this.sessions.clear()) this.end(connection);
        await this.stock.clear();
        await Promise.all(this.closing);
    }

    private answerFor(
        request: QueryRequest,
        setting: (name: string) => string | undefined,
        response: ServerResponse,
    ): Answer {
        const holdBytes = request.bufferSize ?? Number(setting("http_response_buffer_size") || HOLD_BYTES);
        const whole = request.waitEndOfQuery || isOn(setting("http_wait_end_of_query"));
        const packed = isOn(setting("enable_http_compression")) ? chooseEncoding(request.acceptEncoding) : undefined;
        if (packed !== undefined && !request.compress) response.setHeader("Content-Encoding", packed);
        const pack = request.compress
            ? packBlocks(this.engine.checksum)
            : packed && encoder(packed, Number(setting("http_zlib_compression_level") ?? 3));
        return new Answer(response, {
            holdBytes,
            ...(whole && { spoolFolder: tmpdir() }),
            ...(pack && { pack }),
            exceptionTag: randomBytes(8).toString("hex"),
            version: this.engine.version,
        });
    }

    private async makeRoomFor(id: string, replace: boolean): Promise<void> {
        const same = this.running.get(id);
        if (same === undefined) return;
        if (!replace) throw errors.sameQueryId(id);
        same.cancel();
        await Promise.race([same.done, pause(5_000)]);
        if (this.running.has(id)) throw errors.sameQueryId(id);
    }

    /** Tells how far a query is, until it ends. @returns what stops it. */
    private tellProgress(milliseconds: number, query: Query, answer: Answer): () => void {
        let asking = false;
        const ask = async (): Promise<void> => {
            const { connection } = query;
            if (asking || connection === undefined) return;
            asking = true;
            const progress = await this.engine.progress(connection).catch(() => undefined);
            asking = false;
            if (progress !== undefined && query.connection !== undefined) answer.progress(progress);
        };
        const timer = setInterval(() => void ask(), Math.max(MIN_PROGRESS_INTERVAL, milliseconds));
        return () => clearInterval(timer);
    }

    private async withConnection(request: QueryRequest, user: User, read: ReadStatement, query: Query): Promise<void> {
        const { session } = request;
        const settings = new Map([...request.settings].filter(([name]) => !FRONT_SETTINGS.has(name)));
        const run = async (connection: Connection): Promise<void> => {
            if (request.database !== undefined) await this.engine.query(connection, useDatabase(request.database));
            if (settings.size > 0) await this.engine.query(connection, setSettings(settings));
            if (read.statement.kind === "kill") await this.runKill(read.statement, user, connection, query);
            else await query.run(connection, read);
        };
        if (session === undefined) {
            const connection = await this.open(user, request.readonly);
            try {
                await run(connection);
            } finally {
                // Nobody has to wait for it.
                this.end(connection);
            }
            return;
        }
        const connection = await this.sessions.acquire(user.name, session, () => this.open(user, false));
        try {
            const restore = await this.sessionState(connection, request.database !== undefined, settings);
            try {
                await run(connection);
            } finally {
                if (restore !== "") await this.engine.query(connection, restore);
            }
        } finally {
            this.sessions.release(user.name, session.id, !request.closeSession);
        }
    }

    /** A connection with nothing in it but the user's settings. */
    private open(user: User, readonly: boolean): Promise<Connection> {
        const settings = new Map(user.settings);
        if (readonly && Number(settings.get("readonly") ?? 0) === 0) settings.set("readonly", "2");
        return this.stock.take(`${user.name} ${readonly}`, async () => {
            const connection = await this.engine.connect(settings);
            if (user.database !== "default") await this.engine.query(connection, useDatabase(user.database));
            return connection;
        });
    }

    private end(connection: Connection): void {
        const closing = this.engine.close(connection).finally(() => this.closing.delete(closing));
        this.closing.add(closing);
    }

    /** What a request sets is not its session's: gives back the statements that undo it. */
    private async sessionState(
        connection: Connection,
        database: boolean,
        settings: ReadonlyMap<string, string>,
    ): Promise<string> {
        const statements: string[] = [];
        if (settings.size > 0) {
            const names = [...settings.keys()].map(quoted).join(", ");
            const before = await this.engine.query(
                connection,
                `SELECT name, value, changed FROM system.settings WHERE name IN (${names})`,
                "JSONCompactEachRow",
            );
            const lines = before.bytes.toString().split("\n");
            statements.push(
                resetSettings(lines.filter(Boolean).map((line) => JSON.parse(line) as [string, string, number])),
            );
        }
        if (database) {
            const { bytes } = await this.engine.query(connection, "SELECT currentDatabase()", "TSVRaw");
            statements.push(useDatabase(bytes.toString().trim()));
        }
        return statements.filter(Boolean).join("; ");
    }

    /** A query is known to clients by the front's id: the engine finds it by the setting that carries it. */
    private async runKill(
        { queryId, mode, format }: Extract<Statement, { kind: "kill" }>,
        user: User,
        connection: Connection,
        query: Query,
    ): Promise<void> {
        const victim = this.running.get(queryId);
        if (victim !== undefined && mode !== "TEST") {
            victim.cancel();
            if (mode === "SYNC") await victim.done;
        }
        const status = mode === "SYNC" ? "finished" : "waiting";
        const found = `SELECT ${quoted(status)} AS kill_status, ${quoted(queryId)} AS query_id, ${quoted(victim?.user ?? user.name)} AS user`;
        const body = Buffer.from(victim === undefined ? `${found} WHERE 0` : found);
        const tail = Buffer.from(format === undefined ? "" : `FORMAT ${format}`);
        await query.run(connection, { statement: { kind: "read", body, tail, format }, rows: none() });
    }
}

/** One query from its connection to its end. */
class Query {
    isClientGone = false;
    private cancelled = false;
    private ended = false;
    /** Set while rows are inserted: ends the wait for the next ones. */
    private stopRows: (() => void) | undefined;
    /** In which it runs, while it does. */
    connection: Connection | undefined;
    private outcome: Outcome | undefined;

    constructor(
        private readonly engine: Engine,
        private readonly answer: Answer,
        private readonly request: QueryRequest,
        private readonly started: bigint,
    ) {}

    /** Asks the engine to end the query, until it has. */
    cancel(): void {
        if (this.cancelled) return;
        this.cancelled = true;
        this.stopRows?.();
        void this.killUntilEnded();
    }

    /** What only reads is not needed any more; rows that come no longer are not waited for. Changes go on. */
    clientGone(): void {
        if (this.ended) return;
        this.isClientGone = true;
        if (this.cancellable) this.cancel();
    }

    private cancellable = true;

    async run(connection: Connection, { statement, rows }: ReadStatement): Promise<void> {
        this.cancellable = statement.kind !== "other";
        try {
            if (this.cancelled) throw errors.cancelled();
            this.connection = connection;
            this.outcome = await this.execute(connection, statement, rows);
        } finally {
            this.connection = undefined;
            this.ended = true;
        }
    }

    /** Ends the answer. */
    async finish(): Promise<void> {
        if (this.outcome !== undefined) this.answer.header("X-ClickHouse-Summary", summary(this.outcome, this.started));
        await this.answer.finish();
    }

    private async execute(connection: Connection, statement: Statement, rows: AsyncIterator<Buffer>): Promise<Outcome> {
        switch (statement.kind) {
            case "read":
                return this.read(connection, statement);
            case "insert":
                return this.insert(connection, statement, rows);
            case "insertThroughInput":
                return this.insertThroughInput(connection, statement, rows);
            case "kill":
                throw errors.notImplemented("KILL inside another statement");
            case "other": {
                const format = this.formatOf(statement.format);
                this.tellFormat(format);
                return this.readWhole(connection, statement.text, format);
            }
        }
    }

    /** The engine writes the result into a pipe, from which it goes to the client as fast as that takes it. */
    private async read(
        connection: Connection,
        { body, tail, format: named }: Extract<Statement, { kind: "read" }>,
    ): Promise<Outcome> {
        const format = this.formatOf(named);
        const pipe = this.engine.pipe();
        const text = Buffer.concat([
            body,
            Buffer.from(`\nINTO OUTFILE '${pipe.path}' APPEND `),
            tail.length > 0 ? tail : Buffer.from(`FORMAT ${format}`),
        ]);
        this.tellFormat(format);
        const reader = new Socket({ fd: pipe.readEnd, readable: true, writable: false });
        const sent = this.sendAll(reader);
        try {
            return await this.engine.query(connection, text, format, this.request.parameters);
        } catch (error) {
            // Nothing has run: perhaps it is only the added clause that does not fit, and otherwise the error without it
            // is the clearer one.
            if (error instanceof ServerException && error.error === "SYNTAX_ERROR") {
                return await this.readWhole(connection, Buffer.concat([body, tail]), format);
            }
            throw error;
        } finally {
            closeSync(pipe.writeEnd);
            await sent;
        }
    }

    private async readWhole(connection: Connection, text: Buffer, format: string): Promise<Outcome> {
        const outcome = await this.engine.query(connection, text, format, this.request.parameters);
        if (outcome.bytes.length > 0) await this.answer.write(outcome.bytes);
        return outcome;
    }

    /** Reads to the end also when the client is gone: the engine, which waits for room in the pipe, would never end. */
    private async sendAll(reader: Readable): Promise<void> {
        for await (const part of reader) {
            if (this.isClientGone || this.cancelled) continue;
            await this.answer.write(part as Buffer).catch(() => this.clientGone());
        }
    }

    /** The engine cannot be given rows for `input()`: they go into a temporary table first. */
    private async insertThroughInput(
        connection: Connection,
        { before, behind, structure, format }: Extract<Statement, { kind: "insertThroughInput" }>,
        rows: AsyncIterator<Buffer>,
    ): Promise<Outcome> {
        const table = `_input_${randomBytes(6).toString("hex")}`;
        // The literal's text is the list of columns.
        const { bytes } = await this.engine.query(connection, `SELECT ${structure}`, "TSVRaw");
        await this.engine.query(connection, `CREATE TEMPORARY TABLE ${table} (${bytes.toString().trim()})`);
        try {
            await this.insert(connection, { head: Buffer.from(`INSERT INTO ${table} `), format }, rows);
            const text = Buffer.concat([before, Buffer.from(table), behind]);
            return await this.engine.query(connection, text, "TabSeparated", this.request.parameters);
        } finally {
            await this.engine.query(connection, `DROP TEMPORARY TABLE ${table}`);
        }
    }

    private async insert(
        connection: Connection,
        { head, format }: Pick<Extract<Statement, { kind: "insert" }>, "head" | "format">,
        rows: AsyncIterator<Buffer>,
    ): Promise<Outcome> {
        const stream = await this.engine.insert(connection, head, format, this.request.parameters);
        const stopped = new Promise<"stopped">((resolve) => {
            this.stopRows = () => resolve("stopped");
        });
        try {
            for (;;) {
                const next = await Promise.race([rows.next(), stopped]);
                if (next === "stopped" || this.cancelled) throw errors.cancelled();
                if (next.done === true) break;
                if (!(await stream.append(next.value))) break;
            }
        } catch (error) {
            await stream.cancel();
            throw error;
        }
        this.tellFormat(this.formatOf(undefined));
        return stream.done();
    }

    private formatOf(named: string | undefined): string {
        const format = named ?? this.request.defaultFormat ?? "TabSeparated";
        if (!/^\w+$/.test(format)) throw new ServerException(73, "UNKNOWN_FORMAT", `Unknown format ${format}`);
        return format;
    }

    private tellFormat(format: string): void {
        this.answer.header("X-ClickHouse-Format", format);
        this.answer.header("Content-Type", contentType(format));
    }

    private async killUntilEnded(): Promise<void> {
        // Again and again: the engine does not know a statement before it has parsed it.
        while (!this.ended) {
            if (this.connection !== undefined) await this.engine.kill(this.connection).catch(() => {});
            await pause(200);
        }
    }
}

/** What nobody reads of a body would stand before the connection's next request. */
function skipRest(incoming: IncomingMessage): void {
    incoming.unpipe();
    incoming.removeAllListeners("readable");
    incoming.resume();
}

function refuseChanges(statement: Statement): void {
    const harmless = statement.kind === "read" || (statement.kind === "other" && HARMLESS.has(statement.verb));
    if (!harmless) throw errors.readonly();
}

function asException(error: unknown): ServerException {
    if (error instanceof ServerException) return error;
    const { message, code } = error as NodeJS.ErrnoException;
    if (code === "ECONNRESET" || message === "aborted") return errors.incompleteBody();
    if (/^(Z_|ERR_BROTLI|ERR_ZSTD|ZSTD_|ERR__)/.test(code ?? "") || message.includes("LZ4")) {
        return errors.cannotDecompress(message);
    }
    return engineException(message);
}

/** A request's body, unpacked. */
function bodyOf(request: QueryRequest, incoming: IncomingMessage, checksum: Checksum): AsyncIterator<Buffer> {
    const unpack = request.decompress ? unpackBlocks(checksum) : undefined;
    const stages = [decoder(request.contentEncoding), unpack].filter((stage) => stage !== undefined);
    // Not by `pipeline`, which would close the connection with a broken body, and the answer with it.
    let last: Readable = incoming;
    for (const stage of stages) {
        last.on("error", (error) => stage.destroy(error));
        last = last.pipe(stage);
    }
    // It may break before anybody reads; an error that nobody listens for would end the process.
    last.on("error", () => {});
    return partsOf(last);
}

/** The parts of a stream, which stays open behind the last one that is asked for. */
async function* partsOf(stream: Readable): AsyncGenerator<Buffer> {
    for (const parts = stream.iterator({ destroyOnReturn: false }); ; ) {
        // What broke before is not told by the iterator.
        if (stream.errored) throw stream.errored;
        const next = await parts.next();
        if (next.done === true) return;
        yield next.value as Buffer;
    }
}

async function* none(): AsyncGenerator<Buffer> {}

/** The header X-ClickHouse-Summary: texts, since the numbers may be larger than JSON's. */
function summary(outcome: Outcome, started: bigint): string {
    const inserted = outcome.readRows === 0 && outcome.writtenRows > 0;
    return JSON.stringify({
        read_rows: String(inserted ? outcome.writtenRows : outcome.readRows),
        read_bytes: String(inserted ? outcome.writtenBytes : outcome.readBytes),
        written_rows: String(outcome.writtenRows),
        written_bytes: String(outcome.writtenBytes),
        total_rows_to_read: "0",
        result_rows: String(outcome.writtenRows || outcome.resultRows),
        result_bytes: String(outcome.writtenBytes || outcome.bytes.length),
        elapsed_ns: String(process.hrtime.bigint() - started),
    });
}

function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
