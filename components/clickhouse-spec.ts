import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { ServiceSpec } from "../hosts/service-spec";
import type { ClickHouseMemory } from "../lib/sizes";

/** The user that may do everything; the server's own "default" user does not exist. */
export const ADMINISTRATOR = "millrace";

const HTTP_PORT = 8123;
const DATA = "/var/lib/clickhouse";
const CONFIG = "/etc/clickhouse-server";
const MEGABYTE = 1024 * 1024;

/** What a server is computed from. */
export interface ClickHouseSettings {
    readonly memory: ClickHouseMemory;
    /** Users that may only read. */
    readonly readers: readonly string[];
    /** Queries at a time; further ones wait, then fail. */
    readonly maxConcurrentQueries: number;
    /** How long the log of queries is kept, in days. Built: there is no such log. */
    readonly queryLogDays: number;
}

/** Password of every user, by name. */
export type ClickHousePasswords = Readonly<Record<string, pulumi.Input<string>>>;

/**
 * One ClickHouse server: its limits, users and readiness.
 *
 * Both kinds of image read the same two files. They are YAML, laid over the registry image's own XML; the built image
 * has no other.
 */
export function clickHouseSpec(settings: ClickHouseSettings, passwords: ClickHousePasswords): ServiceSpec {
    return {
        image: "clickhouse",
        command: ["clickhouse-server", `--config-file=${CONFIG}/config.xml`],
        // One process, which gets the signals itself.
        env: { CLICKHOUSE_WATCHDOG_ENABLE: "0" },
        files: {
            [`${CONFIG}/config.d/millrace.yaml`]: serverFile(settings),
            [`${CONFIG}/users.d/millrace.yaml`]: pulumi.all(passwords).apply((known) => usersFile(settings, known)),
        },
        ports: { http: { port: HTTP_PORT } },
        volumes: { [DATA]: "data" },
        // Answered when all tables are loaded.
        ready: { ask: [{ http: { port: "http", path: "/ping", contains: "Ok." } }], deadlineSeconds: 90 },
        memoryMegabytes: settings.memory.limit,
        user: "101:101",
        stopSeconds: 30,
    };
}

/** Names of all users. @throws Error for a reader's name that cannot be one, or is taken. */
export function clickHouseUsers(readers: readonly string[]): string[] {
    for (const name of readers) {
        if (!/^[A-Za-z_]\w*$/.test(name)) {
            throw new Error(`ClickHouse reader "${name}": a user's name is made of letters, digits and _`);
        }
        if (name === ADMINISTRATOR || name === "default" || readers.indexOf(name) !== readers.lastIndexOf(name)) {
            throw new Error(`ClickHouse reader "${name}": there is a user of this name already; choose another`);
        }
    }
    return [ADMINISTRATOR, ...readers];
}

/** Logs that the server writes about itself: more bytes than a small stack's data, and nobody asks for them. */
const UNUSED_LOGS = [
    "asynchronous_insert_log",
    "asynchronous_metric_log",
    "background_schedule_pool_log",
    "blob_storage_log",
    "error_log",
    "latency_log",
    "metric_log",
    "opentelemetry_span_log",
    "part_log",
    "processors_profile_log",
    "query_metric_log",
    "query_thread_log",
    "query_views_log",
    "session_log",
    "text_log",
    "trace_log",
];

const REMOVED = { "@remove": "remove" };

function serverFile({ memory, maxConcurrentQueries, queryLogDays }: ClickHouseSettings): string {
    return yaml({
        listen_host: "0.0.0.0",
        http_port: HTTP_PORT,
        mysql_port: REMOVED,
        postgresql_port: REMOVED,
        path: `${DATA}/`,
        display_name: "millrace",
        timezone: "UTC",
        // To the container's log, not to files inside it.
        logger: { level: "warning", console: 1, log: REMOVED, errorlog: REMOVED },
        max_server_memory_usage: memory.server * MEGABYTE,
        max_concurrent_queries: maxConcurrentQueries,
        // 5 GB and 1 GB by default, within the memory above.
        mark_cache_size: cacheBytes(memory),
        index_mark_cache_size: cacheBytes(memory),
        // For this long a killed server is still a member of its consumer groups, and its partitions wait: 45 s otherwise.
        kafka: { session_timeout_ms: 10_000 },
        query_log: { ttl: `event_date + INTERVAL ${queryLogDays} DAY DELETE` },
        ...Object.fromEntries(UNUSED_LOGS.map((log) => [log, REMOVED])),
    });
}

function cacheBytes({ server }: ClickHouseMemory): number {
    return Math.round(server / 10) * MEGABYTE;
}

function usersFile({ memory, readers }: ClickHouseSettings, passwords: Readonly<Record<string, string>>): string {
    const everywhere = { ip: "::/0" };
    const user = (name: string, profile: string, more = {}): object => ({
        password_sha256_hex: createHash("sha256")
            .update(passwords[name] ?? "")
            .digest("hex"),
        networks: everywhere,
        profile,
        quota: "default",
        ...more,
    });
    // One query leaves room for merges and for others.
    const limits = { max_memory_usage: Math.round(memory.server * 0.75) * MEGABYTE };
    return yaml({
        // With readonly 2 a user may still choose settings, as clients do with each request.
        profiles: { default: limits, reader: { ...limits, readonly: 2 } },
        quotas: { default: {} },
        users: {
            default: REMOVED,
            [ADMINISTRATOR]: user(ADMINISTRATOR, "default", { access_management: 1, named_collection_control: 1 }),
            ...Object.fromEntries(readers.map((name) => [name, user(name, "reader")])),
        },
    });
}

function yaml(tree: object): string {
    return stringify(tree, { aliasDuplicateObjects: false });
}
