import type * as pulumi from "@pulumi/pulumi";
import type { ProbeQuestion, ServiceSpec } from "../hosts/service-spec";
import type { GoMemory } from "../lib/sizes";

/** Which program serves S3. */
export type ObjectStoreEngine = "silo" | "minio" | "rustfs";

/** Where S3 is served. */
export const S3_PORT = 9000;
const CONSOLE_PORT = 9001;

const DATA = "/data";
const SECRETS = "/etc/millrace/object-store";
const ACCESS_KEY_FILE = `${SECRETS}/access-key`;
const SECRET_KEY_FILE = `${SECRETS}/secret-key`;

/** What an object store needs to know. */
export interface ObjectStoreSpecArgs {
    readonly engine: ObjectStoreEngine;
    readonly memory: GoMemory;
    readonly region: string;
    /** Serve the web console. */
    readonly console: boolean;
    readonly accessKey: pulumi.Input<string>;
    readonly secretKey: pulumi.Input<string>;
}

/** How one engine is told what all of them need. */
interface Engine {
    readonly command: (console: boolean) => readonly string[];
    readonly env: (args: ObjectStoreSpecArgs) => Readonly<Record<string, string>>;
    /** Answered yes when objects can be written, not only when the port is open. */
    readonly ready: ProbeQuestion;
}

/** MinIO, and SILO, which is its fork and keeps its variables and paths. */
function minio(program: string): Engine {
    return {
        command: (console) => [
            program,
            "server",
            "--address",
            `:${S3_PORT}`,
            ...(console ? ["--console-address", `:${CONSOLE_PORT}`] : []),
            DATA,
        ],
        env: ({ region, console, memory }) => ({
            MINIO_ROOT_USER_FILE: ACCESS_KEY_FILE,
            MINIO_ROOT_PASSWORD_FILE: SECRET_KEY_FILE,
            MINIO_SITE_REGION: region,
            MINIO_BROWSER: console ? "on" : "off",
            // It looks for newer releases and would overwrite itself on request.
            MINIO_UPDATE: "off",
            // The server sets Go's limit itself and overrides GOMEMLIMIT. How many requests it serves at a time follows
            // from it, 3 MB each; above that it answers 429, which S3 clients repeat. More of them (200 at size small)
            // were seen to end it for lack of memory.
            MINIO_MEMLIMIT: `${memory.goLimit}MiB`,
        }),
        // `/minio/health/ready` answers 200 even before the drive is there; this one waits for drive, bucket metadata
        // and users, and wants the drive to be writable.
        ready: { http: { port: "s3", path: "/minio/health/cluster" } },
    };
}

const RUSTFS: Engine = {
    command: () => ["/usr/bin/rustfs", DATA],
    env: ({ region, console }) => ({
        RUSTFS_ACCESS_KEY_FILE: ACCESS_KEY_FILE,
        RUSTFS_SECRET_KEY_FILE: SECRET_KEY_FILE,
        RUSTFS_REGION: region,
        RUSTFS_ADDRESS: `:${S3_PORT}`,
        RUSTFS_CONSOLE_ENABLE: String(console),
        RUSTFS_CONSOLE_ADDRESS: `:${CONSOLE_PORT}`,
        // To standard output, where the engine rotates it, instead of a folder that nobody empties.
        RUSTFS_OBS_LOG_DIRECTORY: "",
        RUSTFS_OBS_LOGGER_LEVEL: "warn",
    }),
    // Its image has curl and no bash. Says 200 when storage and users are there.
    ready: { command: ["curl", "--fail", "--silent", `http://127.0.0.1:${S3_PORT}/health/ready`] },
};

const ENGINES: Readonly<Record<ObjectStoreEngine, Engine>> = {
    silo: minio("silo"),
    minio: minio("minio"),
    rustfs: RUSTFS,
};

/** One object store on one volume: its keys, region, limits and readiness. */
export function objectStoreSpec(args: ObjectStoreSpecArgs): ServiceSpec {
    const engine = ENGINES[args.engine];
    return {
        image: args.engine,
        command: engine.command(args.console),
        env: engine.env(args),
        // Files, since `docker inspect` shows every variable to everybody who may ask the engine.
        files: { [ACCESS_KEY_FILE]: args.accessKey, [SECRET_KEY_FILE]: args.secretKey },
        ports: {
            s3: { port: S3_PORT, published: 9_010 },
            ...(args.console && { console: { port: CONSOLE_PORT, published: 9_011 } }),
        },
        volumes: { [DATA]: "data" },
        ready: { ask: [engine.ready], deadlineSeconds: 60 },
        memoryMegabytes: args.memory.limit,
        stopSeconds: 10,
    };
}
