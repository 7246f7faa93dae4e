import * as pulumi from "@pulumi/pulumi";
import type { InNetworkAddress } from "../lib/address";
import type { S3Endpoint } from "../lib/s3-endpoint";

/** REST interface of the controller. */
export const CONTROLLER_PORT = 9000;
/** Queries. */
export const BROKER_PORT = 8099;
/** What a server says about itself. */
export const SERVER_ADMIN_PORT = 8097;
/** Where brokers send their part of a query. */
export const SERVER_QUERY_PORT = 8098;
/** Whole segments as a stream: what Trino reads when the broker cannot answer its query. */
export const SERVER_GRPC_PORT = 8090;
/** What a minion says about itself. */
export const MINION_PORT = 9514;

/** Where all of Pinot keeps its data. */
export const DATA = "/var/lib/pinot";

/** The one user of a cluster with basic authentication. */
export interface PinotCredentials {
    readonly username: string;
    readonly password: pulumi.Output<string>;
    /** Whole value of the `Authorization` header. */
    readonly authorization: pulumi.Output<string>;
}

/** Where segments are kept besides the servers' own disks. */
export interface PinotDeepStore {
    readonly endpoint: S3Endpoint;
    /**
     * The bucket; it has to exist. Its name needs a dot, as in `pinot.segments`: Pinot 0.11 cannot be told to put the
     * bucket into the path, and does it only for names that fit no host name (AWS SDK 2.14, `BucketUtils`).
     */
    readonly bucket: pulumi.Input<string>;
    /** Folder within the bucket. @default the cluster's name */
    readonly prefix?: string;
}

/** What all roles of a cluster share. */
export interface PinotClusterSpec {
    /** Name of the component: prefix of the services. */
    readonly name: string;
    readonly clusterName: string;
    readonly zooKeeper: InNetworkAddress;
    /** @default none: every request is answered */
    readonly credentials?: PinotCredentials;
    /** @default a folder of the controller */
    readonly deepStore?: PinotDeepStore;
}

/** A role's configuration: Pinot's own keys. */
export type Properties = Readonly<Record<string, pulumi.Input<string | number | boolean>>>;

/** How a controller is to be set up that registers under a host name. */
export function controllerProperties(cluster: PinotClusterSpec, host: string): Properties {
    return {
        "controller.helix.cluster.name": cluster.clusterName,
        "controller.zk.str": cluster.zooKeeper,
        "controller.host": host,
        "controller.port": CONTROLLER_PORT,
        "controller.data.dir": dataFolder(cluster),
        "controller.local.temp.dir": `${DATA}/controller-tmp`,
        "controller.task.scheduler.enabled": true,
        "cluster.tenant.isolation.enable": true,
        ...deepStoreProperties("pinot.controller", cluster.deepStore),
        ...(cluster.credentials && {
            "controller.admin.access.control.factory.class":
                "org.apache.pinot.controller.api.access.BasicAuthAccessControlFactory",
            ...principal("controller.admin.access.control", cluster.credentials),
            "pinot.controller.segment.fetcher.auth.token": cluster.credentials.authorization,
        }),
    };
}

/** How a broker is to be set up that registers under a host name. */
export function brokerProperties(cluster: PinotClusterSpec, host: string): Properties {
    return {
        "pinot.cluster.name": cluster.clusterName,
        "pinot.zk.server": cluster.zooKeeper,
        "pinot.broker.hostname": host,
        "pinot.broker.client.queryPort": BROKER_PORT,
        "pinot.broker.timeoutMs": 10_000,
        // The pause in which load balancers would notice that it stops; there is none, and every replacement waits.
        "pinot.broker.delayShutdownTimeMs": 0,
        ...(cluster.credentials && {
            "pinot.broker.access.control.class": "org.apache.pinot.broker.broker.BasicAuthAccessControlFactory",
            ...principal("pinot.broker.access.control", cluster.credentials),
        }),
    };
}

/** How a server is to be set up that registers under a host name. */
export function serverProperties(cluster: PinotClusterSpec, host: string): Properties {
    return {
        "pinot.cluster.name": cluster.clusterName,
        "pinot.zk.server": cluster.zooKeeper,
        "pinot.server.netty.host": host,
        "pinot.server.netty.port": SERVER_QUERY_PORT,
        "pinot.server.adminapi.port": SERVER_ADMIN_PORT,
        "pinot.server.grpc.enable": true,
        "pinot.server.grpc.port": SERVER_GRPC_PORT,
        // Pinot 0.11 writes version 3 unless told; Trino reads version 4 only, which later Pinots write anyway.
        "pinot.server.instance.currentDataTableVersion": 4,
        "pinot.server.instance.dataDir": `${DATA}/server/index`,
        "pinot.server.instance.segmentTarDir": `${DATA}/server/tar`,
        "pinot.server.instance.enable.split.commit": true,
        "pinot.server.instance.realtime.alloc.offheap": true,
        // A start with data looks every 10 s by default whether the segments are there.
        "pinot.server.startup.serviceStatusCheckIntervalMs": 500,
        // The checks before a stop wait for queries that a single node will not get any more.
        "pinot.server.shutdown.enableQueryCheck": false,
        "pinot.server.shutdown.enableResourceCheck": false,
        ...deepStoreProperties("pinot.server", cluster.deepStore),
        ...(cluster.credentials && {
            "pinot.server.segment.fetcher.auth.token": cluster.credentials.authorization,
            "pinot.server.segment.uploader.auth.token": cluster.credentials.authorization,
            "pinot.server.instance.auth.token": cluster.credentials.authorization,
        }),
    };
}

/** How a minion is to be set up that registers under a host name. */
export function minionProperties(cluster: PinotClusterSpec, host: string): Properties {
    return {
        "pinot.cluster.name": cluster.clusterName,
        "pinot.zk.server": cluster.zooKeeper,
        "pinot.minion.host": host,
        "pinot.minion.port": MINION_PORT,
        // Scratch space, emptied at every start. The key has no prefix in either generation.
        dataDir: `${DATA}/minion`,
        ...deepStoreProperties("pinot.minion", cluster.deepStore),
        ...(cluster.credentials && {
            "pinot.minion.segment.fetcher.auth.token": cluster.credentials.authorization,
            "pinot.minion.segment.uploader.auth.token": cluster.credentials.authorization,
            // Without the prefix of the role: both generations read it so.
            "task.auth.token": cluster.credentials.authorization,
        }),
    };
}

/** Text of a properties file; secret and still unknown values make it an output. */
export function propertiesFile(properties: Properties): pulumi.Input<string> {
    const entries = Object.entries(properties);
    const text = (values: readonly unknown[]): string =>
        `${entries.map(([key], at) => `${key}=${values[at]}`).join("\n")}\n`;
    const values = entries.map(([, value]) => value);
    return values.every((value) => typeof value !== "object") ? text(values) : pulumi.all(values).apply(text);
}

function principal(prefix: string, { username, password }: PinotCredentials): Properties {
    return { [`${prefix}.principals`]: username, [`${prefix}.principals.${username}.password`]: password };
}

/**
 * Where segments stand in S3.
 * @throws Error when the bucket's name cannot be addressed; see {@link PinotDeepStore}.
 */
export function segmentFolder(bucket: string, prefix: string): string {
    if (!bucket.includes(".")) {
        throw new Error(
            `Pinot's deep store: bucket "${bucket}" has no dot in its name\n` +
                "  Pinot 0.11 would look for the bucket in the host name, which nothing resolves here.\n" +
                `  Way out: name the bucket such as "${bucket}.segments".`,
        );
    }
    return `s3://${bucket}/${prefix}`;
}

function dataFolder({ deepStore, clusterName }: PinotClusterSpec): pulumi.Input<string> {
    if (deepStore === undefined) return `${DATA}/controller`;
    return pulumi.output(deepStore.bucket).apply((bucket) => segmentFolder(bucket, deepStore.prefix ?? clusterName));
}

function deepStoreProperties(role: string, store: PinotDeepStore | undefined): Properties {
    if (store === undefined) return {};
    const { url, region, accessKey, secretKey } = store.endpoint;
    return {
        [`${role}.storage.factory.class.s3`]: "org.apache.pinot.plugin.filesystem.S3PinotFS",
        [`${role}.storage.factory.s3.region`]: region,
        [`${role}.storage.factory.s3.endpoint`]: url.inNetwork,
        [`${role}.storage.factory.s3.accessKey`]: accessKey,
        [`${role}.storage.factory.s3.secretKey`]: secretKey,
        [`${role}.segment.fetcher.protocols`]: "file,http,s3",
        [`${role}.segment.fetcher.s3.class`]: "org.apache.pinot.common.utils.fetcher.PinotFSSegmentFetcher",
    };
}
