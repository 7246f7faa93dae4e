import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { ServiceSpec } from "../hosts/service-spec";
import type { InNetworkAddress } from "../lib/address";
import { type JvmMemory, SIZES } from "../lib/sizes";

const DATA = "/data";
const CONFIG = "/etc/millrace/zoo.cfg";
const CLIENT_PORT = 2181;

/** Arguments of {@link ZooKeeper}. */
export interface ZooKeeperArgs {
    /** Where it runs. */
    host: Host;
    /** Heap and limit. @default those of size small */
    memory?: JvmMemory;
}

/** One Apache ZooKeeper server: Pinot keeps its cluster state in it. */
export class ZooKeeper extends pulumi.ComponentResource {
    /** `host:port`, known before it runs: clients wait for it by themselves. */
    readonly planned: InNetworkAddress;
    /** What holds the data. */
    readonly storage: pulumi.Resource;

    constructor(name: string, args: ZooKeeperArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:ZooKeeper", name, {}, opts);
        const server = args.host.service(name, zooKeeperSpec(args.memory ?? SIZES.small.zookeeper), { parent: this });
        this.planned = args.host.plannedAddress(name, { port: CLIENT_PORT }).inNetwork;
        this.storage = server.volume("data");
        this.registerOutputs({ address: this.planned });
    }
}

/** One ZooKeeper server with its configuration and readiness. */
export function zooKeeperSpec({ heap, limit }: JvmMemory): ServiceSpec {
    return {
        image: "zookeeper",
        command: ["zkServer.sh", "start-foreground", CONFIG],
        env: {
            JVMFLAGS: "-XX:+UseSerialGC -Djava.awt.headless=true -Djute.maxbuffer=4194304",
            ZK_SERVER_HEAP: String(heap),
            ZOO_LOG4J_PROP: "WARN,CONSOLE",
        },
        files: { [CONFIG]: zooConfiguration() },
        ports: { client: { port: CLIENT_PORT, internal: true } },
        volumes: { [DATA]: "data" },
        ready: {
            ask: [{ line: { port: "client", send: "ruok", expect: "imok" } }],
            deadlineSeconds: 60,
        },
        memoryMegabytes: limit,
        user: "1000:1000",
        stopSeconds: 10,
    };
}

function zooConfiguration(): string {
    return [
        "tickTime=2000",
        `dataDir=${DATA}`,
        `clientPort=${CLIENT_PORT}`,
        "admin.enableServer=false",
        "maxClientCnxns=200",
        "4lw.commands.whitelist=ruok,srvr",
        // Old snapshots and logs would fill the volume slowly otherwise.
        "autopurge.purgeInterval=24",
        "autopurge.snapRetainCount=3",
        "",
    ].join("\n");
}
