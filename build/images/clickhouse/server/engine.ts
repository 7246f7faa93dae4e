import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigTree, xmlOf } from "./config-tree";
import { engineException } from "./exceptions";
import { setSettings } from "./settings-sql";

declare const handle: unique symbol;
type Handle<Kind> = object & { readonly [handle]: Kind };
type ConnectionHandle = Handle<"connection">;
type InsertHandle = Handle<"insert">;

/** What a statement did, and its result where it has one. */
export interface Outcome {
    readonly bytes: Buffer;
    readonly resultRows: number;
    readonly readRows: number;
    readonly readBytes: number;
    readonly writtenRows: number;
    readonly writtenBytes: number;
}

type Texts = readonly (string | Buffer)[];

/** The native binding, `binding/chdb.c`. */
interface Binding {
    load(library: string): void;
    pipe(): [number, number];
    checksum(bytes: Buffer): Buffer;
    connect(args: readonly string[]): Promise<ConnectionHandle>;
    close(connection: ConnectionHandle): Promise<void>;
    query(connection: ConnectionHandle, sqlAndFormat: Texts, names: Texts, values: Texts): Promise<Outcome>;
    insert(connection: ConnectionHandle, sqlAndFormat: Texts, names: Texts, values: Texts): Promise<InsertHandle>;
    append(insert: InsertHandle, rows: Buffer): Promise<boolean>;
    done(insert: InsertHandle): Promise<Outcome>;
    cancelInsert(insert: InsertHandle): Promise<void>;
    shutdown(): void;
}

/** A session of the engine: settings, current database and temporary tables of its own; one statement at a time. */
export interface Connection {
    readonly handle: ConnectionHandle;
    /** By which what runs in it is found. */
    readonly tag: string;
}

/** Rows on their way into a table. */
export interface RowStream {
    /** @returns false when the engine has given up: {@link done} says why. */
    append(rows: Buffer): Promise<boolean>;
    /** Resolves when all rows are stored. */
    done(): Promise<Outcome>;
    /** Drops what is not stored yet. */
    cancel(): Promise<void>;
}

/**
 * A setting that does nothing here and holds a connection's tag: the engine gives statements ids of its own, so in
 * `system.processes` what has to end is found by its settings only. It names a table of the PromQL dialect.
 */
const TAG_SETTING = "promql_table";

const NOTHING: ReadonlyMap<string, string> = new Map();

/** The ClickHouse engine in this process; one for a data folder. */
export class Engine {
    private constructor(
        private readonly binding: Binding,
        private readonly path: string,
        /** Stays open as long as the engine: it ends when its last connection closes. */
        private readonly own: ConnectionHandle,
        /** As `version()` gives it. */
        readonly version: string,
        readonly timezone: string,
    ) {}

    /**
     * Opens the data folder; one that is empty gets the database "default".
     * @param library folder of `libchdb.so` and the binding.
     * @throws Error when the folder is in use by another process or cannot be read.
     */
    static async open(library: string, path: string, config: ConfigTree): Promise<Engine> {
        const binding = require(join(library, "chdb.node")) as Binding;
        binding.load(join(library, "libchdb.so"));
        prepareFolder(path);
        const folder = mkdtempSync(join(tmpdir(), "clickhouse-"));
        const file = join(folder, "engine.xml");
        writeFileSync(
            file,
            xmlOf("clickhouse", {
                ...config,
                path,
                users_config: join(folder, "users.xml"),
                // Otherwise "default" is a database of chDB's own kind, which also shows the file system as tables.
                default_database: "",
                database: "default",
            }),
        );
        writeFileSync(join(folder, "users.xml"), ENGINE_USERS);
        const own = await binding.connect(["clickhouse", `--path=${path}`, `--config-file=${file}`]);
        const text = async (sql: string): Promise<string> =>
            (await binding.query(own, [sql, "TSVRaw"], [], [])).bytes.toString().trim();
        return new Engine(binding, path, own, await text("SELECT version()"), await text("SELECT timezone()"));
    }

    /**
     * A new session.
     * @param settings what it begins with; names and values have to be right, see {@link checkSettings}.
     */
    async connect(settings: ReadonlyMap<string, string> = NOTHING): Promise<Connection> {
        const tag = randomUUID();
        const handle = await this.binding.connect([
            "clickhouse",
            `--path=${this.path}`,
            // Otherwise a typing mistake becomes a SELECT.
            "--implicit_select=0",
            `--${TAG_SETTING}=${tag}`,
            ...[...settings].map(([name, value]) => `--${name}=${value}`),
        ]);
        return { handle, tag };
    }

    /** @throws ServerException for a setting that there is not, or a value that it cannot have. */
    async checkSettings(settings: ReadonlyMap<string, string>): Promise<void> {
        const connection = await this.connect();
        try {
            if (settings.size > 0) await this.query(connection, setSettings(settings));
        } finally {
            await this.close(connection);
        }
    }

    /** CityHash128 of a block. */
    readonly checksum = (bytes: Buffer): Buffer => this.binding.checksum(bytes);

    close(connection: Connection): Promise<void> {
        return this.binding.close(connection.handle);
    }

    /** Runs a statement to its end. @throws ServerException */
    async query(
        connection: Connection,
        sql: string | Buffer,
        format = "TabSeparated",
        parameters: ReadonlyMap<string, string> = NOTHING,
    ): Promise<Outcome> {
        return translated(
            this.binding.query(connection.handle, [sql, format], [...parameters.keys()], [...parameters.values()]),
        );
    }

    /** Two ends of a pipe: what reads it, and the path under which the engine writes into it. */
    pipe(): { readonly readEnd: number; readonly writeEnd: number; readonly path: string } {
        const [readEnd, writeEnd] = this.binding.pipe();
        return { readEnd, writeEnd, path: `/proc/self/fd/${writeEnd}` };
    }

    /** Begins an INSERT whose rows follow. @param head without its FORMAT. @throws ServerException */
    async insert(
        connection: Connection,
        head: Buffer,
        format: string,
        parameters: ReadonlyMap<string, string>,
    ): Promise<RowStream> {
        const { binding } = this;
        const stream = await translated(
            binding.insert(connection.handle, [head, format], [...parameters.keys()], [...parameters.values()]),
        );
        return {
            append: (rows) => binding.append(stream, rows),
            done: () => translated(binding.done(stream)),
            cancel: () => binding.cancelInsert(stream),
        };
    }

    /** Tells the engine to end what runs in a connection; it ends soon after. */
    async kill({ tag }: Connection): Promise<void> {
        const connection = await this.connect();
        try {
            await this.query(connection, `KILL QUERY WHERE Settings['${TAG_SETTING}'] = '${tag}' ASYNC`, "Null");
        } finally {
            await this.close(connection);
        }
    }

    /** How far the statement in a connection is, as JSON; undefined when none runs. */
    async progress({ tag }: Connection): Promise<string | undefined> {
        const connection = await this.connect();
        try {
            const { bytes } = await this.query(
                connection,
                "SELECT toString(read_rows) AS read_rows, toString(read_bytes) AS read_bytes, " +
                    "toString(written_rows) AS written_rows, toString(written_bytes) AS written_bytes, " +
                    "toString(total_rows_approx) AS total_rows_to_read, toString(toUInt64(elapsed * 1e9)) AS elapsed_ns " +
                    `FROM system.processes WHERE Settings['${TAG_SETTING}'] = '${tag}' LIMIT 1`,
                "JSONEachRow",
            );
            return bytes.length === 0 ? undefined : bytes.toString().trim();
        } finally {
            await this.close(connection);
        }
    }

    /** Closes the data folder. All connections have to be closed before. */
    async shutdown(): Promise<void> {
        await this.binding.close(this.own);
        this.binding.shutdown();
    }
}

async function translated<T>(call: Promise<T>): Promise<T> {
    try {
        return await call;
    } catch (error) {
        throw engineException((error as Error).message);
    }
}

/** The one user inside the engine; who may do what is decided in front of it. */
const ENGINE_USERS = xmlOf("clickhouse", {
    profiles: { default: {} },
    quotas: { default: {} },
    users: {
        default: {
            password: "",
            networks: { ip: "::/0" },
            profile: "default",
            quota: "default",
            named_collection_control: "1",
        },
    },
});

/** The database "default", as a server writes it at its first start; the engine cannot start without. */
function prepareFolder(path: string): void {
    const file = join(path, "metadata", "default.sql");
    if (existsSync(file)) return;
    mkdirSync(join(path, "metadata"), { recursive: true });
    // Whole or not at all, also when the process is killed here.
    writeFileSync(`${file}.new`, `ATTACH DATABASE _ UUID '${randomUUID()}'\nENGINE = Atomic\n`);
    renameSync(`${file}.new`, file);
}
