import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { ServiceSpec } from "../hosts/service-spec";
import type { PostgresMemory } from "../lib/sizes";

/** The user that the server is made with; it may do everything. */
export const ADMINISTRATOR = "postgres";

const PORT = 5432;
const CONFIG = "/etc/millrace/postgres";
/** The data folder is one below, so that a half-made one can be told from a whole one by its name. */
const VOLUME = "/var/lib/postgresql/data";

/** One database. */
export interface PostgresDatabaseArgs {
    /** User who owns it and everything in it. @default the database's name */
    readonly owner?: string;
    /**
     * SQL that its owner runs in it, in one transaction, once: tables, publications, first rows. Another text runs
     * once more, so write what may be there already with `IF NOT EXISTS`. The database's comment says which text ran.
     */
    readonly init?: string;
    /**
     * Whether a user `<database>_capture` may read all tables and stream changes from replication slots.
     * @default false
     */
    readonly changeCapture?: boolean;
}

/** What can be set of a server. */
export interface PostgresSettings {
    /** Slots and connections for readers of changes. @default 10 */
    readonly maxReplicationSlots: number;
    /**
     * Write-ahead log that is kept for a slot nobody reads, in megabytes. Beyond it the slot is lost, and its reader
     * has to take a new snapshot; the disk is not. @default 1024
     */
    readonly maxSlotWalKeepMegabytes: number;
    /** After this silence a reader of changes counts as gone, in seconds. @default 60 */
    readonly walSenderTimeoutSeconds: number;
    /** @default 100 */
    readonly maxConnections: number;
    /** Further lines of postgresql.conf; they win. @default none */
    readonly configuration: Readonly<Record<string, string | number | boolean>>;
}

const DEFAULTS: PostgresSettings = {
    maxReplicationSlots: 10,
    maxSlotWalKeepMegabytes: 1024,
    walSenderTimeoutSeconds: 60,
    maxConnections: 100,
    configuration: {},
};

type Databases = Readonly<Record<string, PostgresDatabaseArgs>>;

/** What a server is computed from. */
export interface PostgresPlan {
    readonly databases: Databases;
    readonly memory: PostgresMemory;
    readonly settings?: Partial<PostgresSettings>;
}

/**
 * One PostgreSQL server: configuration, scripts that set it up at every start, and readiness.
 * @param passwords by user; there is one for each of {@link postgresUsers}.
 */
export function postgresSpec(
    { databases, memory, settings }: PostgresPlan,
    passwords: Readonly<Record<string, pulumi.Input<string>>>,
): ServiceSpec {
    const initFiles = Object.entries(databases).flatMap(([name, { init }]) =>
        init === undefined ? [] : [[`${CONFIG}/init/${name}.sql`, init]],
    );
    return {
        image: "postgres",
        command: ["bash", `${CONFIG}/start.sh`],
        files: {
            [`${CONFIG}/start.sh`]: script("postgres-start.sh"),
            [`${CONFIG}/provision.sh`]: script("postgres-provision.sh"),
            [`${CONFIG}/health.sh`]: script("postgres-health.sh"),
            [`${CONFIG}/postgresql.conf`]: configuration(memory, { ...DEFAULTS, ...settings }),
            [`${CONFIG}/pg_hba.conf`]: "local all all peer map=server\nhost all all all scram-sha-256\n",
            // On the server's own socket, the user that the server runs as may be anybody: it owns the data anyway.
            [`${CONFIG}/pg_ident.conf`]: "server postgres all\n",
            [`${CONFIG}/databases`]: databaseList(databases),
            [`${CONFIG}/passwords`]: passwordFile(passwords),
            ...Object.fromEntries(initFiles),
        },
        ports: { client: { port: PORT } },
        volumes: { [VOLUME]: "data" },
        ready: {
            ask: [{ command: ["bash", `${CONFIG}/health.sh`] }],
            // Replay of the log after a crash takes its time.
            deadlineSeconds: 90,
        },
        memoryMegabytes: memory.limit,
        user: "999:999",
        stopSeconds: 30,
    };
}

/** Every user of a server, the administrator first; each needs a password. */
export function postgresUsers(databases: Databases): string[] {
    const users = Object.entries(databases).flatMap(([name, { owner = name, changeCapture }]) =>
        changeCapture ? [owner, captureUser(name)] : [owner],
    );
    return [...new Set([ADMINISTRATOR, ...users])];
}

/** The user that reads the changes of a database. */
export function captureUser(database: string): string {
    return `${database}_capture`;
}

const NAME = /^[a-z][a-z0-9_]{0,54}$/;

/**
 * Checks names that become users, databases and file names.
 * @throws Error that lists every problem.
 */
export function checkDatabases(server: string, databases: Databases): void {
    const problems: string[] = [];
    const captures = new Set(Object.keys(databases).map(captureUser));
    for (const [name, { owner = name }] of Object.entries(databases)) {
        for (const [kind, word] of [
            ["database", name],
            ["owner", owner],
        ] as const) {
            if (!NAME.test(word)) {
                problems.push(
                    `${kind} "${word}" of databases.${name} must be a small letter followed by at most 54 small letters, digits or _`,
                );
            } else if (word.startsWith("pg_") || word === ADMINISTRATOR || /^template[01]$/.test(word)) {
                problems.push(`${kind} "${word}" of databases.${name} is a name of PostgreSQL's own`);
            }
        }
        if (captures.has(owner)) problems.push(`owner "${owner}" of databases.${name} is kept for change capture`);
    }
    if (problems.length > 0) throw new Error(`Postgres "${server}": ${[...new Set(problems)].join("; ")}`);
}

function script(file: string): string {
    return readFileSync(join(__dirname, "scripts", file), "utf8");
}

function databaseList(databases: Databases): string {
    return Object.entries(databases)
        .map(
            ([name, { owner = name, changeCapture }]) => `${name}:${owner}:${changeCapture ? captureUser(name) : ""}\n`,
        )
        .join("");
}

/** A file rather than variables: an engine shows the variables of a container to everyone who may ask it. */
function passwordFile(passwords: Readonly<Record<string, pulumi.Input<string>>>): pulumi.Output<string> {
    return pulumi.secret(pulumi.all(passwords)).apply((known) =>
        Object.entries(known)
            .map(([user, password]) => `${user}:${password}\n`)
            .join(""),
    );
}

function configuration({ sharedBuffers, limit }: PostgresMemory, settings: PostgresSettings): string {
    const lines: Record<string, string | number | boolean> = {
        listen_addresses: "*",
        port: PORT,
        unix_socket_directories: "/var/run/postgresql",
        password_encryption: "scram-sha-256",
        max_connections: settings.maxConnections,
        shared_buffers: `${sharedBuffers}MB`,
        effective_cache_size: `${Math.round(limit / 2)}MB`,
        maintenance_work_mem: `${Math.max(16, Math.round(sharedBuffers / 4))}MB`,
        max_wal_size: `${Math.max(256, sharedBuffers * 4)}MB`,
        // Containers have 64 MB of /dev/shm, which a parallel hash join exceeds; System V memory has no such bound.
        dynamic_shared_memory_type: "sysv",
        huge_pages: "off",
        // The built image has no LLVM.
        jit: "off",
        wal_level: "logical",
        max_replication_slots: settings.maxReplicationSlots,
        max_wal_senders: settings.maxReplicationSlots,
        max_slot_wal_keep_size: `${settings.maxSlotWalKeepMegabytes}MB`,
        wal_sender_timeout: `${settings.walSenderTimeoutSeconds}s`,
        // A session that forgot its transaction keeps rows from being cleaned up and slots from advancing.
        idle_in_transaction_session_timeout: "1h",
        timezone: "UTC",
        log_timezone: "UTC",
        log_checkpoints: false,
        ...settings.configuration,
    };
    return Object.entries(lines)
        .map(([key, value]) => `${key} = ${quoted(value)}\n`)
        .join("");
}

function quoted(value: string | number | boolean): string {
    return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}
