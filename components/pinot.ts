import * as pulumi from "@pulumi/pulumi";
import type { Host, Service } from "../hosts/host";
import type { HostAddress } from "../lib/address";
import type { PinotTopology } from "../lib/settings";
import { SIZES, type SizeTable } from "../lib/sizes";
import { pinotBrokerSpec, pinotCompactSpec, pinotControllerSpec, pinotServerSpec } from "./pinot-spec";
import { ZooKeeper } from "./zookeeper";

/** Any Pinot cluster, as pipelines see it. */
export interface PinotCluster {
    /** REST interface of the controller: schemas and tables are declared there. */
    readonly controllerUrl: pulumi.Output<HostAddress>;
    /** Where queries go. */
    readonly brokerUrl: pulumi.Output<HostAddress>;
    /** What holds tables and segments: they need no deletion of their own when it goes. */
    readonly storage: pulumi.Resource;
}

/** Arguments of {@link Pinot}. */
export interface PinotArgs {
    /** Where the cluster runs. */
    host: Host;
    /** One JVM for controller, broker and server, or one each. @default "compact" */
    topology?: PinotTopology;
    /** Heaps and limits. @default those of size small */
    memory?: Pick<SizeTable, "zookeeper" | "pinotCompact" | "pinotController" | "pinotBroker" | "pinotServer">;
    /** Name of the Helix cluster. @default "millrace" */
    clusterName?: string;
}

/**
 * Apache Pinot with its ZooKeeper.
 *
 * `compact` starts in half the time and needs half the memory; `split` shows failures as a larger cluster would.
 * Instances register by host name, so a recreated container comes back as the same instance with its data.
 */
export class Pinot extends pulumi.ComponentResource implements PinotCluster {
    readonly controllerUrl: pulumi.Output<HostAddress>;
    readonly brokerUrl: pulumi.Output<HostAddress>;
    readonly storage: pulumi.Resource;

    constructor(name: string, args: PinotArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:Pinot", name, {}, opts);
        const { host, topology, memory, clusterName } = {
            topology: "compact" as const,
            memory: SIZES.small,
            clusterName: "millrace",
            ...args,
        };
        const zookeeper = new ZooKeeper(`${name}-zookeeper`, { host, memory: memory.zookeeper }, { parent: this });
        const cluster = { name, clusterName, zooKeeper: zookeeper.planned };
        const start = (role: string, spec: ReturnType<typeof pinotCompactSpec>, after: Service[] = []): Service =>
            host.service(role, spec, { parent: this, dependsOn: after.map(({ resource }) => resource) });

        if (topology === "compact") {
            // No edge to ZooKeeper: Pinot waits for it by itself, and both start at the same time.
            const all = start(name, pinotCompactSpec(cluster, memory.pinotCompact));
            this.controllerUrl = urlOf(all, "controller");
            this.brokerUrl = urlOf(all, "broker");
        } else {
            const controller = start(`${name}-controller`, pinotControllerSpec(cluster, memory.pinotController));
            // The controller makes the cluster in ZooKeeper; a broker that comes first ends with "Cluster structure is
            // not set up" (Pinot 0.11, 2 of 4 first starts).
            const broker = start(`${name}-broker`, pinotBrokerSpec(cluster, memory.pinotBroker), [controller]);
            const server = start(`${name}-server`, pinotServerSpec(cluster, memory.pinotServer), [controller]);
            // Tables can be declared when all three are there: the URL waits for the others too.
            this.controllerUrl = pulumi
                .all([urlOf(controller, "controller"), broker.resource.urn, server.resource.urn])
                .apply(([url]) => url);
            this.brokerUrl = urlOf(broker, "broker");
        }
        this.storage = zookeeper.storage;
        this.registerOutputs({ controllerUrl: this.controllerUrl, brokerUrl: this.brokerUrl });
    }
}

function urlOf(service: Service, port: "controller" | "broker"): pulumi.Output<HostAddress> {
    return service.address(port).onHost.apply((address) => `http://${address}` as HostAddress);
}
