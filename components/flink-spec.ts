import type * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { ProbeQuestion, ServiceSpec } from "../hosts/service-spec";
import type { InNetworkAddress } from "../lib/address";
import type { JvmMemory, TaskManagerMemory } from "../lib/sizes";

/** REST interface and web page of the JobManager. */
export const REST_PORT = 8081;
/** REST interface of the SQL gateway; its own default, 8083, is Kafka Connect's. */
export const GATEWAY_PORT = 8084;
const RPC_PORT = 6123;
const BLOB_PORT = 6124;
const TASK_RPC_PORT = 6122;
const TASK_DATA_PORT = 6121;

/** Name of the volume, which belongs to the JobManager and is mounted by all. */
export const STATE_VOLUME = "state";
const STATE = "/var/lib/flink";
const ARCHIVE = `${STATE}/archive`;
/** How long what is known of ended jobs is kept, in days. */
const ARCHIVE_DAYS = 30;

const CONFIG = "/opt/flink/conf/config.yaml";
const LAUNCHER = "/opt/flink/bin/flink-process.sh";
/** `flink:flink` of the registry's image. */
const USER = "9999:9999";

/** Of a TaskManager's heap, what Flink itself needs; the rest is for tasks. In megabytes, as all below. */
const FRAMEWORK_HEAP = 64;
/** Direct memory beside network buffers: RPC, and what Java keeps for each thread that uses a socket. */
const FRAMEWORK_OFF_HEAP = 64;
const METASPACE = { jobManager: 128, taskManager: 128, gateway: 192 };
const OVERHEAD = 96;

/** Where keyed state lives: on the heap, or in RocksDB, which is slower and can be larger than memory. */
export type StateBackend = "hashmap" | "rocksdb";

/** Where checkpoints and savepoints are written. */
export interface FlinkStoragePaths {
    readonly checkpoints: string;
    readonly savepoints: string;
}

/** Checkpoints and savepoints on the cluster's own volume. */
export const VOLUME_PATHS: FlinkStoragePaths = {
    checkpoints: `file://${STATE}/checkpoints`,
    savepoints: `file://${STATE}/savepoints`,
};

/** What the configuration of a cluster is made of. */
export interface FlinkSettings {
    /** Name of the component: prefix of the services. */
    readonly name: string;
    readonly slots: number;
    readonly stateBackend: StateBackend;
    readonly checkpointSeconds: number;
    readonly paths: FlinkStoragePaths;
    readonly jobManager: JvmMemory;
    readonly taskManager: TaskManagerMemory;
    /** Keeps the jobs' names and last checkpoints over the death of a JobManager. */
    readonly zooKeeper?: InNetworkAddress;
    /** Access to an S3 endpoint. */
    readonly s3?: FlinkS3Access;
}

/** An S3 endpoint with its keys, as Flink's own S3 plugin is told. */
export interface FlinkS3Access {
    readonly endpoint: string;
    readonly region: string;
    readonly accessKey: string;
    readonly secretKey: string;
}

/** Service names of a cluster. */
export function flinkServices(
    name: string,
    taskManagers: number,
): Record<"jobManager" | "gateway", string> & {
    readonly taskManagers: readonly string[];
} {
    return {
        jobManager: `${name}-jobmanager`,
        taskManagers: Array.from({ length: taskManagers }, (_, index) => `${name}-taskmanager-${index + 1}`),
        gateway: `${name}-sql-gateway`,
    };
}

/** `conf/config.yaml` of all processes of a cluster. */
export function flinkConfiguration(settings: FlinkSettings): string {
    const { name, slots, stateBackend, checkpointSeconds, paths, taskManager, s3, zooKeeper } = settings;
    const { jobManager } = flinkServices(name, 0);
    return stringify({
        "jobmanager.rpc.address": jobManager,
        "jobmanager.rpc.port": RPC_PORT,
        "jobmanager.bind-host": "0.0.0.0",
        "blob.server.port": BLOB_PORT,
        "rest.address": jobManager,
        "rest.bind-address": "0.0.0.0",
        "rest.port": REST_PORT,
        "taskmanager.bind-host": "0.0.0.0",
        "taskmanager.rpc.port": TASK_RPC_PORT,
        "taskmanager.data.port": TASK_DATA_PORT,
        "sql-gateway.endpoint.rest.address": flinkServices(name, 0).gateway,
        "sql-gateway.endpoint.rest.bind-address": "0.0.0.0",
        "sql-gateway.endpoint.rest.port": GATEWAY_PORT,
        "sql-gateway.session.max-num": 100,

        "jobmanager.memory.process.size": mega(settings.jobManager.limit),
        ...taskManagerMemory(taskManager),
        "taskmanager.numberOfTaskSlots": slots,
        "taskmanager.cpu.cores": 1,
        "parallelism.default": 1,

        "state.backend.type": stateBackend,
        "execution.checkpointing.interval": seconds(checkpointSeconds),
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        "execution.checkpointing.timeout": seconds(120),
        "execution.checkpointing.max-concurrent-checkpoints": 1,
        "execution.checkpointing.tolerable-failed-checkpoints": 3,
        "execution.checkpointing.num-retained": 3,
        "execution.checkpointing.incremental": stateBackend === "rocksdb",
        "execution.checkpointing.dir": paths.checkpoints,
        "execution.checkpointing.savepoint-dir": paths.savepoints,
        // A job that was cancelled, has failed, or whose JobManager died can go on from its last checkpoint.
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",

        // About ten minutes of attempts, then the job fails with its reason instead of hiding it behind restarts.
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": seconds(1),
        "restart-strategy.exponential-delay.backoff-multiplier": 2,
        "restart-strategy.exponential-delay.max-backoff": seconds(30),
        "restart-strategy.exponential-delay.jitter-factor": 0.1,
        "restart-strategy.exponential-delay.reset-backoff-threshold": seconds(600),
        "restart-strategy.exponential-delay.attempts-before-reset-backoff": 20,

        // All processes start at once, and find each other a second later: not at the next of Flink's 10 s.
        "cluster.registration.error-delay": "500 ms",
        "heartbeat.interval": seconds(5),
        "heartbeat.timeout": seconds(30),

        // A job that has ended is shown by the JobManager for a day, and its record stays in a file.
        "jobstore.expiration-time": 86_400,
        "jobstore.max-capacity": 100,
        "jobmanager.archive.fs.dir": `file://${ARCHIVE}`,

        // Uploading a jar is running any program: jobs come through the SQL gateway.
        "web.submit.enable": false,
        "web.cancel.enable": false,

        ...(zooKeeper !== undefined && {
            "high-availability.type": "zookeeper",
            "high-availability.zookeeper.quorum": zooKeeper,
            "high-availability.zookeeper.path.root": "/flink",
            "high-availability.cluster-id": `/${name}`,
            "high-availability.storageDir": `file://${STATE}/recovery`,
            "high-availability.jobmanager.port": RPC_PORT,
            // How long a dead JobManager still counts as the leader, and its successor waits; a short break of the
            // connection alone does not end leadership.
            "high-availability.zookeeper.client.session-timeout": seconds(15),
            "high-availability.zookeeper.client.tolerate-suspended-connections": true,
        }),
        ...(s3 && {
            "s3.endpoint": s3.endpoint,
            "s3.region": s3.region,
            "s3.path-style-access": true,
            "s3.access-key": s3.accessKey,
            "s3.secret-key": s3.secretKey,
        }),
    });
}

/** The process that plans, watches and recovers jobs. */
export function jobManagerSpec({ jobManager }: FlinkSettings, configuration: pulumi.Input<string>): ServiceSpec {
    return {
        ...commonSpec(configuration, { [STATE]: STATE_VOLUME }),
        command: [
            "bash",
            "-c",
            // Nothing else ever removes these.
            `mkdir -p ${STATE}/checkpoints ${STATE}/savepoints ${ARCHIVE} && ` +
                `find ${ARCHIVE} -type f -mtime +${ARCHIVE_DAYS} -delete; ` +
                `exec ${LAUNCHER} jobmanager`,
        ],
        env: { JVM_ARGS: jvmArgs(jobManager.heap, METASPACE.jobManager) },
        ports: {
            rest: { port: REST_PORT },
            rpc: { port: RPC_PORT, internal: true },
            blob: { port: BLOB_PORT, internal: true },
        },
        ready: {
            ask: [{ http: { port: "rest", path: "/overview", contains: '"taskmanagers"' } }],
            deadlineSeconds: 90,
        },
        memoryMegabytes: jobManager.limit,
        stopSeconds: 15,
    };
}

/** A process that runs the tasks of jobs, ready when the JobManager has its slots. */
export function taskManagerSpec(
    { name, taskManager }: FlinkSettings,
    service: string,
    configuration: pulumi.Input<string>,
): ServiceSpec {
    const { jobManager } = flinkServices(name, 0);
    const { heap, network, limit } = taskManager;
    return {
        ...commonSpec(configuration, sharedState(name)),
        command: [
            "bash",
            "-c",
            // It starts at the same moment as the JobManager, and ends when it cannot resolve that name.
            `for _ in {1..300}; do getent hosts ${jobManager} >/dev/null && break; sleep 0.2; done; ` +
                // The same id after a restart: the JobManager drops the one that it had at once.
                `exec ${LAUNCHER} taskmanager -D taskmanager.host=${service} -D taskmanager.resource-id=${service}`,
        ],
        env: {
            // RocksDB asks for memory from many threads, and each would keep a heap of its own.
            MALLOC_ARENA_MAX: "2",
            JVM_ARGS: `${jvmArgs(heap, METASPACE.taskManager)} -XX:MaxDirectMemorySize=${FRAMEWORK_OFF_HEAP + network}m`,
        },
        ports: {
            rpc: { port: TASK_RPC_PORT, internal: true },
            data: { port: TASK_DATA_PORT, internal: true },
        },
        ready: { ask: [{ tcp: { port: "rpc" } }, isRegistered(jobManager, service)], deadlineSeconds: 90 },
        memoryMegabytes: limit,
        stopSeconds: 15,
    };
}

/** The process that takes SQL statements and turns them into jobs. */
export function sqlGatewaySpec(
    { name }: FlinkSettings,
    { heap, limit }: JvmMemory,
    configuration: pulumi.Input<string>,
): ServiceSpec {
    return {
        ...commonSpec(configuration, sharedState(name)),
        command: [LAUNCHER, "sql-gateway"],
        env: { JVM_ARGS: jvmArgs(heap, METASPACE.gateway) },
        ports: { rest: { port: GATEWAY_PORT } },
        ready: { ask: [{ http: { port: "rest", path: "/v1/info" } }], deadlineSeconds: 90 },
        memoryMegabytes: limit,
        stopSeconds: 10,
    };
}

/** What a TaskManager takes beside its heap at most, in megabytes: a limit has to have room for it. */
export function taskManagerBeside({ rocksDb, managed, network }: TaskManagerMemory): number {
    return rocksDb + managed + network + FRAMEWORK_OFF_HEAP + METASPACE.taskManager + OVERHEAD;
}

/** Every size by name: Flink would otherwise derive them from one another, and refuse what does not fit together. */
function taskManagerMemory({ heap, rocksDb, managed, network }: TaskManagerMemory): Record<string, string | boolean> {
    return {
        "taskmanager.memory.framework.heap.size": mega(FRAMEWORK_HEAP),
        "taskmanager.memory.framework.off-heap.size": mega(FRAMEWORK_OFF_HEAP),
        "taskmanager.memory.task.heap.size": mega(heap - FRAMEWORK_HEAP),
        "taskmanager.memory.task.off-heap.size": mega(0),
        "taskmanager.memory.managed.size": mega(managed),
        // One memory for all jobs. Out of a slot's share of the managed memory, RocksDB's write buffers would be so small
        // that it did little but compact: half of the processor at 1,000 events a second.
        "state.backend.rocksdb.memory.managed": false,
        "state.backend.rocksdb.memory.fixed-per-tm": mega(rocksDb),
        "taskmanager.memory.network.min": mega(network),
        "taskmanager.memory.network.max": mega(network),
        "taskmanager.memory.jvm-metaspace.size": mega(METASPACE.taskManager),
        "taskmanager.memory.jvm-overhead.min": mega(OVERHEAD),
        "taskmanager.memory.jvm-overhead.max": mega(OVERHEAD),
    };
}

/** The JobManager lists it. Asked for by its id, an unknown one would be a stack trace in the JobManager's log. */
function isRegistered(jobManager: string, service: string): ProbeQuestion {
    const script =
        `exec 3<>/dev/tcp/${jobManager}/${REST_PORT} && ` +
        `printf 'GET /taskmanagers HTTP/1.0\\r\\nHost: ${jobManager}\\r\\n\\r\\n' >&3 && ` +
        `[[ $(cat <&3) == *'"id":"${service}"'* ]]`;
    return { command: ["bash", "-c", script] };
}

function commonSpec(
    configuration: pulumi.Input<string>,
    volumes: ServiceSpec["volumes"] = {},
): Pick<ServiceSpec, "image" | "files" | "volumes" | "user"> {
    return { image: "flink", files: { [CONFIG]: configuration }, volumes, user: USER };
}

function sharedState(name: string): ServiceSpec["volumes"] {
    return { [STATE]: { of: flinkServices(name, 0).jobManager, volume: STATE_VOLUME } };
}

function jvmArgs(heap: number, metaspace: number): string {
    return `-Xms${heap}m -Xmx${heap}m -XX:+UseSerialGC -XX:MaxMetaspaceSize=${metaspace}m -XX:+ExitOnOutOfMemoryError`;
}

function mega(megabytes: number): string {
    return `${megabytes}m`;
}

function seconds(count: number): string {
    return `${count} s`;
}
