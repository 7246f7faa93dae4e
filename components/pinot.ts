import * as pulumi from "@pulumi/pulumi";
import type { Host, Service } from "../hosts/host";
import type { ServiceSpec } from "../hosts/service-spec";
import type { Address, HostAddress, InNetworkAddress } from "../lib/address";
import type { PinotTopology } from "../lib/settings";
import { SIZES, type SizeTable } from "../lib/sizes";
import { GeneratedSecret } from "../resources/secret/generated-secret";
import type { PinotClusterSpec, PinotCredentials, PinotDeepStore } from "./pinot-properties";
import {
    pinotBrokerSpec,
    pinotCompactSpec,
    pinotControllerSpec,
    pinotMinionSpec,
    pinotServerSpec,
    serverNames,
} from "./pinot-spec";
import { ZooKeeper } from "./zookeeper";

/** Any Pinot cluster, as pipelines see it. */
export interface PinotCluster {
    /** REST interface of the controller, `http://host:port`. */
    readonly controller: Address;
    /** Where queries go, `http://host:port`. */
    readonly broker: Address;
    /** The controller as the Pulumi process sees it: schemas and tables are declared there. */
    readonly controllerUrl: pulumi.Output<HostAddress>;
    /** The broker as people and tests see it. */
    readonly brokerUrl: pulumi.Output<HostAddress>;
    /** Its ZooKeeper, which has room for others; undefined where it is not ours. */
    readonly zooKeeper?: InNetworkAddress;
    /** What requests have to carry; absent when the cluster answers everybody. */
    readonly credentials?: PinotCredentials;
    /** What holds tables and segments: they need no deletion of their own when it goes. */
    readonly storage: pulumi.Resource;
}

/** Arguments of {@link Pinot}. */
export interface PinotArgs {
    /** Where the cluster runs. */
    host: Host;
    /** One JVM for controller, broker and server, or one each. @default "compact" */
    topology?: PinotTopology;
    /** How many servers; more than one needs the split topology. @default 1 */
    servers?: number;
    /** A minion too, for tables with a `task`. @default false */
    minion?: boolean;
    /** S3 as the place where segments outlive their servers. @default a folder on the controller's volume */
    deepStore?: PinotDeepStore;
    /** `basic` asks every request but `/health` for the generated password of `admin`. @default "none" */
    authentication?: "none" | "basic";
    /** Heaps and limits. @default those of size small */
    memory?: Pick<
        SizeTable,
        "zookeeper" | "pinotCompact" | "pinotController" | "pinotBroker" | "pinotServer" | "pinotMinion"
    >;
    /** Name of the Helix cluster. @default "millrace" */
    clusterName?: string;
}

/**
 * Apache Pinot with its ZooKeeper.
 *
 * `compact` starts in half the time and needs half the memory; `split` shows failures as a larger cluster would.
 * Instances register by host name, so a recreated container comes back as the same instance with its data. The
 * addresses resolve when the controller takes tables.
 */
export class Pinot extends pulumi.ComponentResource implements PinotCluster {
    readonly controller: Address;
    readonly broker: Address;
    readonly controllerUrl: pulumi.Output<HostAddress>;
    readonly brokerUrl: pulumi.Output<HostAddress>;
    readonly zooKeeper: InNetworkAddress;
    readonly credentials?: PinotCredentials;
    readonly storage: pulumi.Resource;

    /** @throws Error for a number of servers that the topology cannot have. */
    constructor(name: string, args: PinotArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:Pinot", name, {}, opts);
        const { host, topology = "compact", servers = 1, minion = false, memory = SIZES.small } = args;
        checkServers(name, topology, servers);
        const zookeeper = new ZooKeeper(`${name}-zookeeper`, { host, memory: memory.zookeeper }, { parent: this });
        this.zooKeeper = zookeeper.planned;
        if (args.authentication === "basic") this.credentials = this.generateCredentials(name);
        const cluster: PinotClusterSpec = {
            name,
            clusterName: args.clusterName ?? "millrace",
            zooKeeper: zookeeper.planned,
            ...(this.credentials && { credentials: this.credentials }),
            ...(args.deepStore && { deepStore: args.deepStore }),
        };
        const start = (role: string, spec: ServiceSpec, after: Service[] = []): Service =>
            host.service(role, spec, { parent: this, dependsOn: after.map(({ resource }) => resource) });

        if (topology === "compact") {
            // No edge to ZooKeeper: Pinot waits for it by itself, and both start at the same time.
            const all = start(name, pinotCompactSpec(cluster, memory.pinotCompact, minion));
            this.controller = url(all, "controller");
            this.broker = url(all, "broker");
        } else {
            const controller = start(`${name}-controller`, pinotControllerSpec(cluster, memory.pinotController));
            // The controller makes the cluster in ZooKeeper; a broker that comes first ends with "Cluster structure is
            // not set up" (Pinot 0.11, 2 of 4 first starts).
            const broker = start(`${name}-broker`, pinotBrokerSpec(cluster, memory.pinotBroker), [controller]);
            const others = serverNames(name, servers).map((server) =>
                start(server, pinotServerSpec(cluster, memory.pinotServer, server), [controller]),
            );
            // Nobody waits for it: tables with a task can be declared before it is there.
            if (minion) start(`${name}-minion`, pinotMinionSpec(cluster, memory.pinotMinion), [controller]);
            // Tables can be declared when broker and servers are there, and asked for when the servers are.
            this.controller = url(controller, "controller", [broker, ...others]);
            this.broker = url(broker, "broker", others);
        }
        this.controllerUrl = this.controller.onHost;
        this.brokerUrl = this.broker.onHost;
        this.storage = zookeeper.storage;
        this.registerOutputs({ controllerUrl: this.controllerUrl, brokerUrl: this.brokerUrl });
    }

    private generateCredentials(name: string): PinotCredentials {
        const username = "admin";
        const password = new GeneratedSecret(`${name}-${username}`, {}, { parent: this }).value;
        const authorization = password.apply(
            (text) => `Basic ${Buffer.from(`${username}:${text}`).toString("base64")}`,
        );
        return { username, password, authorization };
    }
}

function checkServers(name: string, topology: PinotTopology, servers: number): void {
    if (!Number.isInteger(servers) || servers < 1) {
        throw new Error(`Pinot "${name}": servers is ${servers}\n  Way out: a whole number from 1.`);
    }
    if (topology === "compact" && servers > 1) {
        throw new Error(
            `Pinot "${name}": ${servers} servers do not fit into the one process of topology compact\n` +
                '  Way out: topology "split", or one server.',
        );
    }
}

/** A port's URL from both sides, once its service and the others are healthy. */
function url(service: Service, port: "controller" | "broker", others: readonly Service[] = []): Address {
    const address = service.address(port);
    const ready = others.map(({ resource }) => resource.urn);
    const http = <T extends string>(place: pulumi.Output<T>): pulumi.Output<T> =>
        pulumi.all([place, ...ready]).apply(([hostAndPort]) => `http://${hostAndPort}` as T);
    return { inNetwork: http<InNetworkAddress>(address.inNetwork), onHost: http<HostAddress>(address.onHost) };
}
