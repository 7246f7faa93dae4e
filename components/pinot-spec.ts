import type { PortSpec, ProbeQuestion, ServiceSpec } from "../hosts/service-spec";
import type { JvmMemory } from "../lib/sizes";
import {
    BROKER_PORT,
    brokerProperties,
    CONTROLLER_PORT,
    controllerProperties,
    DATA,
    MINION_PORT,
    minionProperties,
    type PinotClusterSpec,
    type Properties,
    propertiesFile,
    SERVER_ADMIN_PORT,
    SERVER_GRPC_PORT,
    SERVER_QUERY_PORT,
    serverProperties,
} from "./pinot-properties";

const CONFIG = "/etc/millrace/pinot";
const ADMIN = "/opt/pinot/bin/pinot-admin.sh";
/** The `Authorization` header of the probe, which must not stand in the container's own description. */
const PROBE_HEADER = `${CONFIG}/probe.header`;

/**
 * How long ZooKeeper takes a silent process for alive, in milliseconds.
 *
 * A killed one that is back at once waits for so long plus 5 s until its old registration is gone (Helix,
 * `ParticipantManager`); Helix's own 30 s are meant for clusters whose networks split. Much less, and a machine that
 * is busy starting everything else loses sessions of processes that live.
 */
const SESSION_MILLISECONDS = 10_000;

const CONTROLLER_PORTS: Ports = { controller: { port: CONTROLLER_PORT } };
const BROKER_PORTS: Ports = { broker: { port: BROKER_PORT } };
const SERVER_PORTS: Ports = {
    serverAdmin: { port: SERVER_ADMIN_PORT, internal: true },
    serverQuery: { port: SERVER_QUERY_PORT, internal: true },
    serverGrpc: { port: SERVER_GRPC_PORT, internal: true },
};
const MINION_PORTS: Ports = { minion: { port: MINION_PORT, internal: true } };

/** Controller, broker, server and, where wanted, minion in one JVM. */
export function pinotCompactSpec(cluster: PinotClusterSpec, memory: JvmMemory, minion = false): ServiceSpec {
    const host = cluster.name;
    const roles = {
        controller: controllerProperties(cluster, host),
        broker: brokerProperties(cluster, host),
        server: serverProperties(cluster, host),
        ...(minion && { minion: minionProperties(cluster, host) }),
    };
    const path = (role: string): string => `${CONFIG}/${role}.conf`;
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
            ...Object.keys(roles).map(path),
        ],
        files: {
            ...Object.fromEntries(
                Object.entries(roles).map(([role, properties]) => [
                    path(role),
                    propertiesFile({ "pinot.service.role": role.toUpperCase(), ...properties }),
                ]),
            ),
            ...(cluster.credentials && { [PROBE_HEADER]: cluster.credentials.authorization }),
        },
        ports: { ...CONTROLLER_PORTS, ...BROKER_PORTS, ...SERVER_PORTS, ...(minion && MINION_PORTS) },
        ready: {
            ask: [
                health("controller"),
                health("broker"),
                health("serverAdmin"),
                ...(minion ? [health("minion")] : []),
                ...takesTables(cluster, host),
            ],
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
        ports: CONTROLLER_PORTS,
        ready: { ask: [health("controller")], deadlineSeconds: 150 },
    };
}

/** A broker alone: healthy once it stands in the cluster under its tenant, so that tables can be given to it. */
export function pinotBrokerSpec(cluster: PinotClusterSpec, memory: JvmMemory): ServiceSpec {
    return {
        ...commonSpec(memory),
        ...role("StartBroker", "broker", brokerProperties(cluster, `${cluster.name}-broker`)),
        ports: BROKER_PORTS,
        ready: { ask: [health("broker")], deadlineSeconds: 150 },
    };
}

/**
 * A server alone: healthy once it stands in the cluster under its tenant and has its segments.
 * @param host the service's name, under which the server registers.
 */
export function pinotServerSpec(cluster: PinotClusterSpec, memory: JvmMemory, host: string): ServiceSpec {
    return {
        ...commonSpec(memory),
        ...role("StartServer", "server", serverProperties(cluster, host)),
        ports: SERVER_PORTS,
        ready: { ask: [health("serverAdmin")], deadlineSeconds: 150 },
        stopSeconds: 30,
    };
}

/** A minion alone: it merges, purges and moves segments in the background. What it holds is scratch: no volume. */
export function pinotMinionSpec(cluster: PinotClusterSpec, memory: JvmMemory): ServiceSpec {
    const { volumes: _volumes, ...common } = commonSpec(memory);
    return {
        ...common,
        ...role("StartMinion", "minion", minionProperties(cluster, `${cluster.name}-minion`)),
        ports: MINION_PORTS,
        ready: { ask: [health("minion")], deadlineSeconds: 150 },
    };
}

/** Names of the servers' services. The first has no number: a second one must not rename it, and lose its data. */
export function serverNames(name: string, count: number): string[] {
    return Array.from({ length: count }, (_, at) => (at === 0 ? `${name}-server` : `${name}-server-${at + 1}`));
}

type Ports = Readonly<Record<string, PortSpec>>;

function role(command: string, file: string, properties: Properties): Pick<ServiceSpec, "command" | "files"> {
    const path = `${CONFIG}/${file}.conf`;
    return { command: [ADMIN, command, "-configFileName", path], files: { [path]: propertiesFile(properties) } };
}

function commonSpec({ heap, limit }: JvmMemory): Pick<ServiceSpec, "image" | "env" | "volumes" | "memoryMegabytes"> {
    return {
        image: "pinot",
        env: {
            JAVA_OPTS:
                `-Xms${heap}m -Xmx${heap}m -XX:+UseSerialGC -Dpinot.admin.system.exit=false ` +
                `-Dzk.session.timeout=${SESSION_MILLISECONDS}`,
        },
        volumes: { [DATA]: "data" },
        memoryMegabytes: limit,
    };
}

/** Answered without credentials, also where everything else needs them. */
function health(port: string): ProbeQuestion {
    return { http: { port, path: "/health" } };
}

/** The controller finds a broker and a server for a new table. Without them it refuses every table with status 400. */
function takesTables({ credentials }: PinotClusterSpec, host: string): ProbeQuestion[] {
    const path = "/tenants/DefaultTenant";
    const instances = [`Broker_${host}_${BROKER_PORT}`, `Server_${host}_${SERVER_QUERY_PORT}`];
    if (credentials === undefined)
        return instances.map((contains) => ({ http: { port: "controller", path, contains } }));
    const script =
        `exec 3<>/dev/tcp/127.0.0.1/${CONTROLLER_PORT} && ` +
        `printf 'GET ${path} HTTP/1.0\\r\\nAuthorization: %s\\r\\n\\r\\n' "$(<${PROBE_HEADER})" >&3 && ` +
        `answer=$(cat <&3) && ${instances.map((instance) => `[[ $answer == *${instance}* ]]`).join(" && ")}`;
    return [{ command: ["bash", "-c", script] }];
}
