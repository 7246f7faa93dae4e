import type * as pulumi from "@pulumi/pulumi";
import type { PortSpec, ServiceSpec } from "../hosts/service-spec";
import type { JvmMemory } from "../lib/sizes";

/** The plain port: what clients use without authentication; only health and Trino's own messages with it. */
export const HTTP_PORT = 8080;
/** Where clients log in by password. */
export const HTTPS_PORT = 8443;

/** Whom statements are run as, unless a server is told otherwise. */
export const TRINO_USER = "millrace";

const CONFIG = "/etc/millrace/trino";
const DATA = "/data/trino";

/** Variable that carries the secret which Trino's nodes know each other by. */
const INTERNAL_SECRET = "TRINO_INTERNAL_SECRET";

/** Variables that the process or its runtime reads itself: a secret of this name would change how it runs. */
const TAKEN = /^(TRINO_|LAUNCHER_|JAVA_|JDK_|_JAVA|LD_|LC_|(PATH|HOME|HOSTNAME|LANG|TZ|IFS|ENV|BASH_ENV|PROCNAME)$)/;

/** Who may ask, and how they prove who they are. */
export type TrinoSecurity =
    | { readonly authentication: "none" }
    | {
          readonly authentication: "password";
          /** Lines of the password file. */
          readonly passwordFile: pulumi.Input<string>;
          /** Key and certificate of the server, both in PEM. */
          readonly keystore: pulumi.Input<string>;
      };

/** What decides how a Trino runs. */
export interface TrinoSettings {
    readonly memory: JvmMemory;
    /** Name of the cluster; small letters, digits and underscores. */
    readonly environment: string;
    readonly security: TrinoSecurity;
    /** Shared secret of the cluster's nodes. */
    readonly internalSecret: pulumi.Input<string>;
    /** Name of a variable → secret, for `${ENV:NAME}` in catalogs. */
    readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
    /** Rules of the file-based access control, as JSON. @default everybody may do everything */
    readonly accessControlRules?: string;
}

/**
 * One Trino process: coordinator and its only worker.
 * @throws Error when access control rules are no JSON object, or a secret's name cannot be one.
 */
export function trinoSpec(name: string, settings: TrinoSettings): ServiceSpec {
    const { memory, security, secrets, internalSecret } = settings;
    checkSecretNames(name, Object.keys(secrets));
    const withPassword = security.authentication === "password";
    const ports: Record<string, PortSpec> = withPassword
        ? { http: { port: HTTP_PORT, internal: true }, https: { port: HTTPS_PORT } }
        : { http: { port: HTTP_PORT } };
    return {
        image: "trino",
        command: ["/usr/lib/trino/bin/launcher", "run", "--etc-dir", CONFIG],
        env: { ...secrets, [INTERNAL_SECRET]: internalSecret },
        files: {
            [`${CONFIG}/node.properties`]: lines(nodeProperties(name, settings)),
            [`${CONFIG}/config.properties`]: lines(serverProperties(name, settings)),
            // A file of its own: in config.properties Trino counts it as an error with dynamic catalogs.
            [`${CONFIG}/catalog-store.properties`]: lines({ "catalog.config-dir": `${DATA}/catalog` }),
            [`${CONFIG}/jvm.config`]: `${jvmOptions(memory).join("\n")}\n`,
            [`${CONFIG}/log.properties`]: lines(LOG_LEVELS),
            ...passwordFiles(security),
            ...accessControlFiles(name, settings.accessControlRules),
        },
        ports,
        volumes: { [DATA]: "data" },
        ready: {
            ask: [
                { http: { port: "http", path: "/v1/info", contains: '"starting":false' } },
                ...(withPassword ? [{ tcp: { port: "https" } }] : []),
            ],
            deadlineSeconds: 240,
        },
        memoryMegabytes: memory.limit,
        stopSeconds: 20,
    };
}

/**
 * What a catalog's properties say in place of a secret.
 * @throws Error when the server was not given a secret of this name.
 */
export function secretReference(trino: string, known: readonly string[], name: string): string {
    if (!known.includes(name)) {
        throw new Error(
            `Trino "${trino}" has no secret "${name}"\n` +
                `  It was started with ${known.length === 0 ? "none" : known.join(", ")}: a catalog that refers to another fails to load.\n` +
                `  Way out: add it to the component's secrets: { ${name}: … }.`,
        );
    }
    return `\${ENV:${name}}`;
}

/** Trino takes small letters, digits and underscores, and a letter first. */
export function environmentName(text: string): string {
    return text
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "_")
        .replace(/^[^a-z]*/, "");
}

type Properties = Readonly<Record<string, string | number | boolean>>;

function nodeProperties(name: string, { environment }: TrinoSettings): Properties {
    return {
        "node.environment": environment,
        // A recreated container is the same node again.
        "node.id": name,
        "node.internal-address": name,
        "node.data-dir": DATA,
    };
}

function serverProperties(name: string, { memory, security }: TrinoSettings): Properties {
    const forQueries = Math.floor(memory.heap * 0.4);
    return {
        coordinator: true,
        "node-scheduler.include-coordinator": true,
        "discovery.uri": `http://${name}:${HTTP_PORT}`,
        "http-server.http.port": HTTP_PORT,
        // Otherwise up to 1.5 GB of requests on the volume.
        "http-server.log.enabled": false,
        "plugin.dir": "/usr/lib/trino/plugin",
        "catalog.management": "dynamic",
        "catalog.store": "file",
        // Without it, whoever knows the name of the environment could pass for a node.
        "internal-communication.shared-secret": `\${ENV:${INTERNAL_SECRET}}`,
        ...(security.authentication === "password" && {
            "http-server.authentication.type": "PASSWORD",
            "http-server.https.enabled": true,
            "http-server.https.port": HTTPS_PORT,
            "http-server.https.keystore.path": `${CONFIG}/server.pem`,
        }),
        // One node: what a query may take there is what it may take at all. The rest is for what Trino cannot count.
        "query.max-memory": `${forQueries}MB`,
        "query.max-memory-per-node": `${forQueries}MB`,
        "memory.heap-headroom-per-node": `${Math.floor(memory.heap * 0.3)}MB`,
        "query.max-history": 50,
        "query.max-run-time": "1h",
        "spill-enabled": false,
        "exchange.max-buffer-size": `${buffer(memory)}MB`,
        "sink.max-buffer-size": `${buffer(memory)}MB`,
    };
}

/** Buffers between stages; Trino's own figure, 32 MB, is for heaps of many gigabytes. */
function buffer({ heap }: JvmMemory): number {
    return Math.min(32, Math.max(8, Math.floor(heap / 64)));
}

/** Flags that Java 24 of the registry's image and Java 25 of the built one both know. */
function jvmOptions({ heap, limit }: JvmMemory): string[] {
    const codeCache = heap < 2048 ? 128 : 256;
    return [
        "-server",
        `-Xms${Math.floor(heap / 2)}m`,
        `-Xmx${heap}m`,
        // Below two gigabytes G1's regions and threads cost more than its short pauses are worth. The young generation is
        // bounded because the first query on a tpch catalog makes one text of 300 MB, which the old one has to take.
        ...(heap < 2048 ? ["-XX:+UseSerialGC", `-Xmn${Math.floor(heap / 5)}m`] : ["-XX:+UseG1GC"]),
        // Bounds on what is not heap: a JVM that ends by itself says why, one that the kernel kills does not. All
        // connectors of the built image together need 240 MB for their classes.
        `-XX:MaxMetaspaceSize=${Math.floor(limit * 0.3)}m`,
        `-XX:MaxDirectMemorySize=${Math.floor(limit / 5)}m`,
        `-XX:ReservedCodeCacheSize=${codeCache}m`,
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-OmitStackTraceInFastThrow",
        "-XX:PerMethodRecompilationCutoff=10000",
        "-XX:PerBytecodeRecompilationCutoff=10000",
        "-Djdk.attach.allowAttachSelf=true",
        // The library that measures objects has two ways; this one needs a capability that no container of ours has.
        "-Djol.skipHotspotSAAttach=true",
        "-XX:+EnableDynamicAgentLoading",
        "-Djdk.nio.maxCachedBufferSize=2000000",
        "-Dfile.encoding=UTF-8",
        // Trino uses what Java warns of; whoever reads the log cannot change it.
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
    ];
}

/** A start prints some thousand lines of settings otherwise. */
const LOG_LEVELS: Properties = {
    io: "WARN",
    org: "WARN",
    Bootstrap: "WARN",
    "io.trino.server.Server": "INFO",
    // Until its own first answer has come, the node says that it has waited for hours.
    "io.trino.memory.RemoteNodeMemory": "ERROR",
    "io.trino.metadata.RemoteNodeState": "ERROR",
};

function passwordFiles(security: TrinoSecurity): NonNullable<ServiceSpec["files"]> {
    if (security.authentication === "none") return {};
    return {
        [`${CONFIG}/password-authenticator.properties`]: lines({
            "password-authenticator.name": "file",
            "file.password-file": `${CONFIG}/passwords`,
        }),
        [`${CONFIG}/passwords`]: security.passwordFile,
        [`${CONFIG}/server.pem`]: security.keystore,
    };
}

function accessControlFiles(name: string, rules: string | undefined): NonNullable<ServiceSpec["files"]> {
    if (rules === undefined) return {};
    checkRules(name, rules);
    return {
        [`${CONFIG}/access-control.properties`]: lines({
            "access-control.name": "file",
            "security.config-file": `${CONFIG}/access-control.json`,
            // Rules that are tried out by hand in the running container count at once.
            "security.refresh-period": "5s",
        }),
        [`${CONFIG}/access-control.json`]: rules,
    };
}

function checkRules(name: string, rules: string): void {
    let parsed: unknown;
    try {
        parsed = JSON.parse(rules);
    } catch (error) {
        throw rulesError(name, (error as Error).message);
    }
    if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed)) {
        throw rulesError(name, "the text is no JSON object");
    }
}

function rulesError(name: string, why: string): Error {
    return new Error(
        `Trino "${name}": accessControlRules are not what Trino can read\n  ${why}\n` +
            `  Way out: write an object as in Trino's page "File-based access control", such as { "catalogs": [{ "allow": "all" }] }.`,
    );
}

function checkSecretNames(name: string, names: readonly string[]): void {
    const wrong = names.filter((one) => !/^[A-Za-z][A-Za-z0-9_]*$/.test(one) || TAKEN.test(one));
    if (wrong.length === 0) return;
    throw new Error(
        `Trino "${name}": ${wrong.map((one) => `"${one}"`).join(" and ")} cannot name a secret\n` +
            "  It becomes a variable of the server's environment; names with other characters cannot be referred to, and some mean something there.\n" +
            '  Way out: write it as "POSTGRES_PASSWORD".',
    );
}

function lines(properties: Properties): string {
    return `${Object.entries(properties)
        .map(([key, value]) => `${key}=${value}`)
        .join("\n")}\n`;
}
