import * as pulumi from "@pulumi/pulumi";
import type { Host, Service } from "../hosts/host";
import type { Address, HostAddress, InNetworkAddress } from "../lib/address";
import type { S3Endpoint } from "../lib/s3-endpoint";
import { SIZES, type SizeTable } from "../lib/sizes";
import {
    type FlinkSettings,
    flinkConfiguration,
    flinkServices,
    jobManagerSpec,
    STATE_VOLUME,
    type StateBackend,
    sqlGatewaySpec,
    taskManagerSpec,
    VOLUME_PATHS,
} from "./flink-spec";

/** Any Flink session cluster with a SQL gateway, as pipelines see it. */
export interface FlinkCluster {
    /** URL of the JobManager's REST interface and web page; known when all slots are there. */
    readonly restUrl: Address;
    /** URL of the SQL gateway's REST interface; known when a statement can become a running job. */
    readonly sqlGatewayUrl: Address;
    /** Folder below which each job has its checkpoints, as a job's configuration names it. */
    readonly checkpointsPath: pulumi.Output<string>;
    /** Folder for savepoints. */
    readonly savepointsPath: pulumi.Output<string>;
    /** What holds the jobs' state: they need no deletion of their own when it goes. */
    readonly storage: pulumi.Resource;
}

/** Checkpoints and savepoints in a bucket, which has to exist. */
export interface FlinkS3Storage {
    endpoint: S3Endpoint;
    bucket: pulumi.Input<string>;
    /** Folder in the bucket. @default the component's name */
    prefix?: string;
}

/** Arguments of {@link Flink}. */
export interface FlinkArgs {
    /** Where it runs. */
    host: Host;
    /** Heaps and limits. @default those of size small */
    memory?: Pick<SizeTable, "flinkJobManager" | "flinkTaskManager" | "flinkSqlGateway">;
    /** Processes that run tasks. @default 1 */
    taskManagers?: number;
    /** Slots of each: how many parallel pipelines of tasks it runs. @default 4 */
    slotsPerTaskManager?: number;
    /** Where keyed state lives while a job runs; a job may say otherwise. @default "hashmap" */
    stateBackend?: StateBackend;
    /** Pause between two checkpoints of a job that does not say otherwise, in seconds. @default 10 */
    checkpointSeconds?: number;
    /** Checkpoints and savepoints in a bucket instead of on the cluster's volume. */
    s3?: FlinkS3Storage;
    /**
     * A ZooKeeper server: with it, a JobManager that comes back goes on with all jobs from their last checkpoints.
     * @default none: jobs end with their JobManager, and their last checkpoints stay
     */
    zooKeeper?: InNetworkAddress;
}

/**
 * Apache Flink as a session cluster: a JobManager, TaskManagers, and a SQL gateway through which jobs come.
 *
 * All start at the same time; there is no edge between them. A TaskManager is healthy when the JobManager has its slots,
 * and both URLs wait for all of them.
 */
export class Flink extends pulumi.ComponentResource implements FlinkCluster {
    readonly restUrl: Address;
    readonly sqlGatewayUrl: Address;
    readonly checkpointsPath: pulumi.Output<string>;
    readonly savepointsPath: pulumi.Output<string>;
    readonly storage: pulumi.Resource;

    constructor(name: string, args: FlinkArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:Flink", name, {}, opts);
        const { host, memory, taskManagers, s3, zooKeeper, ...jobs } = withDefaults(args);
        const services = flinkServices(name, taskManagers);
        const settings: FlinkSettings = {
            name,
            slots: jobs.slotsPerTaskManager,
            stateBackend: jobs.stateBackend,
            checkpointSeconds: jobs.checkpointSeconds,
            paths: VOLUME_PATHS,
            jobManager: memory.flinkJobManager,
            taskManager: memory.flinkTaskManager,
            ...(zooKeeper !== undefined && { zooKeeper }),
        };
        const resolved = s3 === undefined ? pulumi.output(settings) : withS3(settings, s3);
        // Plain text where there is no secret in it, so that a preview shows what changes.
        const configuration = s3 === undefined ? flinkConfiguration(settings) : resolved.apply(flinkConfiguration);

        const jobManager = host.service(services.jobManager, jobManagerSpec(settings, configuration), { parent: this });
        const workers = services.taskManagers.map((service) =>
            host.service(service, taskManagerSpec(settings, service, configuration), { parent: this }),
        );
        const gateway = host.service(
            services.gateway,
            sqlGatewaySpec(settings, memory.flinkSqlGateway, configuration),
            { parent: this },
        );
        const all = [jobManager, ...workers, gateway];
        this.restUrl = urlWhenReady(jobManager, all);
        this.sqlGatewayUrl = urlWhenReady(gateway, all);
        this.checkpointsPath = pulumi.unsecret(resolved.apply(({ paths }) => paths.checkpoints));
        this.savepointsPath = pulumi.unsecret(resolved.apply(({ paths }) => paths.savepoints));
        this.storage = jobManager.volume(STATE_VOLUME);
        this.registerOutputs({ restUrl: this.restUrl.onHost, sqlGatewayUrl: this.sqlGatewayUrl.onHost });
    }
}

type Settings = FlinkArgs & Required<Omit<FlinkArgs, "s3" | "zooKeeper">>;

function withDefaults(args: FlinkArgs): Settings {
    const settings: Settings = {
        memory: SIZES.small,
        taskManagers: 1,
        slotsPerTaskManager: 4,
        stateBackend: "hashmap",
        checkpointSeconds: 10,
        ...args,
    };
    for (const key of ["taskManagers", "slotsPerTaskManager", "checkpointSeconds"] as const) {
        if (!Number.isInteger(settings[key]) || settings[key] < 1) {
            throw new Error(`Flink: ${key} is ${settings[key]}, and has to be a whole number above 0`);
        }
    }
    return settings;
}

function withS3(settings: FlinkSettings, { endpoint, bucket, prefix }: FlinkS3Storage): pulumi.Output<FlinkSettings> {
    const { url, region, accessKey, secretKey } = endpoint;
    return pulumi
        .all([url.inNetwork, accessKey, secretKey, bucket])
        .apply(([inNetwork, access, secret, bucketName]) => {
            const folder = `s3://${bucketName}/${prefix ?? settings.name}`;
            return {
                ...settings,
                paths: { checkpoints: `${folder}/checkpoints`, savepoints: `${folder}/savepoints` },
                s3: { endpoint: inNetwork, region, accessKey: access, secretKey: secret },
            };
        });
}

/** A service's URL from both sides, once all services of the cluster are healthy. */
function urlWhenReady(service: Service, all: readonly Service[]): Address {
    const { inNetwork, onHost } = service.address("rest");
    const ready = pulumi.all(all.map(({ resource }) => resource.urn));
    const url = <T extends string>(address: pulumi.Output<T>): pulumi.Output<T> =>
        pulumi.all([address, ready]).apply(([text]) => `http://${text}` as T);
    return { inNetwork: url<InNetworkAddress>(inNetwork), onHost: url<HostAddress>(onHost) };
}
