import type { ServiceSpec } from "../hosts/service-spec";
import type { InNetworkAddress } from "../lib/address";
import type { JvmMemory } from "../lib/sizes";

/** REST interface of the controller. */
export const CONTROLLER_PORT = 9000;
/** Queries. */
export const BROKER_PORT = 8099;
const SERVER_ADMIN_PORT = 8097;
const SERVER_QUERY_PORT = 8098;
const SERVER_GRPC_PORT = 8090;

const DATA = "/var/lib/pinot";
const CONFIG = "/etc/millrace/pinot";
const ADMIN = "/opt/pinot/bin/pinot-admin.sh";

/** What all roles of a cluster share. */
export interface PinotClusterSpec {
    /** Name of the component: prefix of the services. */
    readonly name: string;
    readonly clusterName: string;
    readonly zooKeeper: InNetworkAddress;
}

/** Controller, broker and server in one JVM. */
export function pinotCompactSpec(cluster: PinotClusterSpec, memory: JvmMemory): ServiceSpec {
    const host = cluster.name;
    return {
        ...commonSpec(memory),
        command: [
            ADMIN,
            "StartServiceManager",
            "-clusterName",
            cluster.clusterName,
            "-zkAddress",
            cluster.zooKeeper,
            "-port",
            "-1",
            "-bootstrapConfigPaths",
            `${CONFIG}/controller.conf`,
            `${CONFIG}/broker.conf`,
            `${CONFIG}/server.conf`,
        ],
        files: {
            [`${CONFIG}/controller.conf`]: lines({
                "pinot.service.role": "CONTROLLER",
                ...controllerProperties(cluster, host),
            }),
            [`${CONFIG}/broker.conf`]: lines({ "pinot.service.role": "BROKER", ...brokerProperties(cluster, host) }),
            [`${CONFIG}/server.conf`]: lines({ "pinot.service.role": "SERVER", ...serverProperties(cluster, host) }),
        },
        ports: {
            controller: { port: CONTROLLER_PORT },
            broker: { port: BROKER_PORT },
            serverAdmin: { port: SERVER_ADMIN_PORT, internal: true },
            serverQuery: { port: SERVER_QUERY_PORT, internal: true },
        },
        ready: {
            ask: [health("controller"), health("broker"), health("serverAdmin")],
            deadlineSeconds: 150,
        },
        stopSeconds: 30,
    };
}

/** The controller alone. */
export function pinotControllerSpec(cluster: PinotClusterSpec, memory: JvmMemory): ServiceSpec {
    return {
        ...commonSpec(memory),
        ...role("StartController", "controller", controllerProperties(cluster, `${cluster.name}-controller`)),
        ports: { controller: { port: CONTROLLER_PORT } },
        ready: { ask: [health("controller")], deadlineSeconds: 150 },
    };
}

/** A broker alone. */
export function pinotBrokerSpec(cluster: PinotClusterSpec, memory: JvmMemory): ServiceSpec {
    return {
        ...commonSpec(memory),
        ...role("StartBroker", "broker", brokerProperties(cluster, `${cluster.name}-broker`)),
        ports: { broker: { port: BROKER_PORT } },
        ready: { ask: [health("broker")], deadlineSeconds: 150 },
    };
}

/** A server alone. */
export function pinotServerSpec(cluster: PinotClusterSpec, memory: JvmMemory): ServiceSpec {
    return {
        ...commonSpec(memory),
        ...role("StartServer", "server", serverProperties(cluster, `${cluster.name}-server`)),
        ports: {
            serverAdmin: { port: SERVER_ADMIN_PORT, internal: true },
            serverQuery: { port: SERVER_QUERY_PORT, internal: true },
        },
        ready: { ask: [health("serverAdmin")], deadlineSeconds: 150 },
        stopSeconds: 30,
    };
}

type Properties = Readonly<Record<string, string | number | boolean>>;

function role(command: string, file: string, properties: Properties): Pick<ServiceSpec, "command" | "files"> {
    const path = `${CONFIG}/${file}.conf`;
    return { command: [ADMIN, command, "-configFileName", path], files: { [path]: lines(properties) } };
}

function commonSpec({ heap, limit }: JvmMemory): Pick<ServiceSpec, "image" | "env" | "volumes" | "memoryMegabytes"> {
    return {
        image: "pinot",
        env: { JAVA_OPTS: `-Xms${heap}m -Xmx${heap}m -XX:+UseSerialGC -Dpinot.admin.system.exit=false` },
        volumes: { [DATA]: "data" },
        memoryMegabytes: limit,
    };
}

function health(port: string): { http: { port: string; path: string } } {
    return { http: { port, path: "/health" } };
}

function controllerProperties(cluster: PinotClusterSpec, host: string): Properties {
    return {
        "controller.helix.cluster.name": cluster.clusterName,
        "controller.zk.str": cluster.zooKeeper,
        "controller.host": host,
        "controller.port": CONTROLLER_PORT,
        "controller.data.dir": `${DATA}/controller`,
        "controller.local.temp.dir": `${DATA}/controller-tmp`,
        "controller.task.scheduler.enabled": true,
        "cluster.tenant.isolation.enable": true,
    };
}

function brokerProperties(cluster: PinotClusterSpec, host: string): Properties {
    return {
        "pinot.cluster.name": cluster.clusterName,
        "pinot.zk.server": cluster.zooKeeper,
        "pinot.broker.hostname": host,
        "pinot.broker.client.queryPort": BROKER_PORT,
        "pinot.broker.timeoutMs": 10_000,
    };
}

function serverProperties(cluster: PinotClusterSpec, host: string): Properties {
    return {
        "pinot.cluster.name": cluster.clusterName,
        "pinot.zk.server": cluster.zooKeeper,
        "pinot.server.netty.host": host,
        "pinot.server.netty.port": SERVER_QUERY_PORT,
        "pinot.server.adminapi.port": SERVER_ADMIN_PORT,
        "pinot.server.grpc.port": SERVER_GRPC_PORT,
        "pinot.server.instance.dataDir": `${DATA}/server/index`,
        "pinot.server.instance.segmentTarDir": `${DATA}/server/tar`,
        "pinot.server.instance.enable.split.commit": true,
        "pinot.server.instance.realtime.alloc.offheap": true,
        // The checks before a stop wait for queries that a single node will not get any more.
        "pinot.server.shutdown.enableQueryCheck": false,
        "pinot.server.shutdown.enableResourceCheck": false,
    };
}

function lines(properties: Properties): string {
    return `${Object.entries(properties)
        .map(([key, value]) => `${key}=${value}`)
        .join("\n")}\n`;
}
