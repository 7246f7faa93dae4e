import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { type ConfigTree, type ConfigValue, configTree, isTree, merged } from "./config-tree";

/** A user of the server. */
export interface User {
    readonly name: string;
    /** SHA-256 of the password; undefined where none is asked for. */
    readonly passwordSha256: Buffer | undefined;
    /** Addresses and networks from which the user may come. */
    readonly networks: readonly string[];
    readonly database: string;
    /** The settings of its profile. */
    readonly settings: ReadonlyMap<string, string>;
}

/** What the server does, from its files. */
export interface ServerConfig {
    readonly listenHosts: readonly string[];
    readonly httpPort: number;
    readonly path: string;
    readonly displayName: string | undefined;
    readonly timezone: string | undefined;
    /** Statements at a time. */
    readonly maxConcurrentQueries: number;
    /** How long a statement waits for its turn, in milliseconds. */
    readonly queueWaitMilliseconds: number;
    readonly keepAliveSeconds: number;
    readonly defaultSessionSeconds: number;
    readonly maxSessionSeconds: number;
    /** How long a stop waits for running statements, in seconds. */
    readonly shutdownWaitSeconds: number;
    readonly logLevel: "information" | "error";
    readonly users: ReadonlyMap<string, User>;
    /** What the engine is given: all that is not the front's. */
    readonly engine: ConfigTree;
}

/** What is the front's part, or a part of a server that the engine is not. */
const NOT_FOR_THE_ENGINE = new Set([
    "listen_host",
    "listen_try",
    "listen_backlog",
    "http_port",
    "https_port",
    "tcp_port",
    "tcp_port_secure",
    "mysql_port",
    "postgresql_port",
    "interserver_http_port",
    "interserver_http_host",
    "prometheus",
    "path",
    "display_name",
    "timezone",
    "logger",
    "max_concurrent_queries",
    "queue_max_wait_ms",
    "keep_alive_timeout",
    "max_connections",
    "default_session_timeout",
    "max_session_timeout",
    "shutdown_wait_unfinished",
    "shutdown_wait_unfinished_queries",
    "users_config",
    "user_directories",
    "access_control_path",
    "users",
    "profiles",
    "quotas",
]);

/**
 * Reads the server's files: `<name>.yaml` beside the named file, and all of `config.d` and `users.d`, in the order of
 * their names.
 * @param configFile path that `clickhouse-server --config-file` is given; the file itself may be missing.
 * @throws Error that names the file and what is wrong.
 */
export function readConfig(configFile: string): ServerConfig {
    const folder = dirname(configFile);
    const config = readFolder(join(folder, "config.yaml"), join(folder, "config.d"));
    const users = readFolder(join(folder, "users.yaml"), join(folder, "users.d"));
    return serverConfig(config, users);
}

function readFolder(base: string, folder: string): ConfigTree {
    const files = [
        ...(existsSync(base) ? [base] : []),
        ...(existsSync(folder) ? readdirSync(folder).sort() : []).map((name) => join(folder, name)),
    ];
    return files.reduce<ConfigTree>((tree, file) => {
        if (!/\.ya?ml$/.test(file)) throw new Error(`${file}: configuration is read from .yaml files only`);
        try {
            return merged(tree, configTree(parse(readFileSync(file, "utf8"), { schema: "failsafe" })));
        } catch (error) {
            throw new Error(`${file}: ${(error as Error).message}`);
        }
    }, {});
}

/** @throws Error for what cannot be done, naming it: a server that ignores a restriction is not safe. */
export function serverConfig(config: ConfigTree, userConfig: ConfigTree): ServerConfig {
    const profiles = subtree(userConfig, "profiles");
    const users = new Map(
        Object.entries(subtree(userConfig, "users")).map(([name, value]) => [name, readUser(name, value, profiles)]),
    );
    const level = isTree(config.logger) ? text(config.logger.level) : undefined;
    return {
        listenHosts: list(config.listen_host, ["127.0.0.1"]),
        httpPort: number(config, "http_port", 8123),
        path: `${(text(config.path) ?? "/var/lib/clickhouse").replace(/\/+$/, "")}/`,
        displayName: text(config.display_name),
        timezone: text(config.timezone),
        maxConcurrentQueries: number(config, "max_concurrent_queries", 100) || 100,
        queueWaitMilliseconds: number(config, "queue_max_wait_ms", 5_000),
        keepAliveSeconds: number(config, "keep_alive_timeout", 30),
        defaultSessionSeconds: number(config, "default_session_timeout", 60),
        maxSessionSeconds: number(config, "max_session_timeout", 3_600),
        shutdownWaitSeconds: number(config, "shutdown_wait_unfinished", 5),
        logLevel: level === "error" || level === "fatal" || level === "none" ? "error" : "information",
        users,
        engine: Object.fromEntries(
            Object.entries(config).filter(([name]) => !NOT_FOR_THE_ENGINE.has(name) && !name.endsWith("_log")),
        ),
    };
}

const USER_SETTINGS = new Set([
    "password",
    "password_sha256_hex",
    "no_password",
    "networks",
    "profile",
    "quota",
    "default_database",
    "access_management",
    "named_collection_control",
    "show_named_collections",
    "show_named_collections_secrets",
]);

function readUser(name: string, value: ConfigValue, profiles: ConfigTree): User {
    if (!isTree(value)) throw new Error(`user "${name}" has no settings`);
    const unknown = Object.keys(value).filter((key) => !USER_SETTINGS.has(key));
    if (unknown.length > 0) throw new Error(`user "${name}": ${unknown.join(", ")} cannot be enforced by this server`);
    const networks = isTree(value.networks) ? list(value.networks.ip, []) : [];
    if (isTree(value.networks) && Object.keys(value.networks).some((key) => key !== "ip")) {
        throw new Error(`user "${name}": of networks only ip can be enforced by this server`);
    }
    return {
        name,
        passwordSha256: passwordOf(name, value),
        networks,
        database: text(value.default_database) ?? "default",
        settings: profileSettings(text(value.profile) ?? "default", profiles),
    };
}

function passwordOf(name: string, user: ConfigTree): Buffer | undefined {
    const hash = text(user.password_sha256_hex);
    if (hash !== undefined) {
        if (!/^[0-9a-f]{64}$/i.test(hash)) throw new Error(`user "${name}": password_sha256_hex is not 64 hex digits`);
        return Buffer.from(hash, "hex");
    }
    if (user.no_password !== undefined || text(user.password) === "") return undefined;
    throw new Error(`user "${name}" needs password_sha256_hex, or no_password`);
}

function profileSettings(profile: string, profiles: ConfigTree): Map<string, string> {
    const settings = profiles[profile];
    if (settings === undefined && profile === "default") return new Map();
    if (!isTree(settings)) throw new Error(`there is no profile "${profile}"`);
    return new Map(
        Object.entries(settings).map(([name, value]) => {
            if (typeof value !== "string") {
                throw new Error(`profile "${profile}": ${name} cannot be enforced by this server`);
            }
            return [name, value];
        }),
    );
}

function subtree(tree: ConfigTree, name: string): ConfigTree {
    const value = tree[name];
    return isTree(value) ? value : {};
}

function text(value: ConfigValue | undefined): string | undefined {
    return typeof value === "string" ? value : undefined;
}

function list(value: ConfigValue | undefined, missing: readonly string[]): readonly string[] {
    if (value === undefined) return missing;
    return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === "string");
}

function number(tree: ConfigTree, name: string, missing: number): number {
    const value = text(tree[name]);
    if (value === undefined) return missing;
    const parsed = Number(value);
    if (!Number.isFinite(parsed) || parsed < 0) throw new Error(`${name} is not a number: ${value}`);
    return parsed;
}
