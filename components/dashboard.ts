import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { ServiceSpec } from "../hosts/service-spec";
import { type Address, type InNetworkAddress, urlOf } from "../lib/address";
import { type NodeMemory, SIZES } from "../lib/sizes";
import type { PinotCluster } from "./pinot";

const PORT = 8_501;

/** Arguments of {@link Dashboard}. */
export interface DashboardArgs {
    /** Where it runs. */
    host: Host;
    /** The cluster whose tables it shows. */
    pinot: Pick<PinotCluster, "broker" | "controller" | "credentials">;
    /** How often a page asks until its viewer says otherwise, in seconds; a multiple of 5 from 5 to 300. @default 30 */
    refreshSeconds?: number;
    /** Heap and limit. @default those of size small */
    memory?: NodeMemory;
}

/**
 * The page of the product analytics: key metrics, products, revenue, conversion, sessions, and how new all of it is.
 *
 * It only reads, and has no login of its own: whoever reaches the published port sees the numbers, so it stays on
 * loopback. It is healthy also while Pinot is down, and then says so.
 */
export class Dashboard extends pulumi.ComponentResource {
    /** The page. */
    readonly url: Address;

    /** @throws Error for a refresh interval that a viewer could not choose. */
    constructor(name: string, args: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:Dashboard", name, {}, opts);
        const { host, pinot, refreshSeconds = 30, memory = SIZES.small.dashboard } = args;
        const { credentials } = pinot;
        const service = host.service(
            name,
            dashboardSpec(name, {
                brokerUrl: pinot.broker.inNetwork,
                controllerUrl: pinot.controller.inNetwork,
                ...(credentials && { user: credentials.username, password: credentials.password }),
                refreshSeconds,
                memory,
            }),
            { parent: this },
        );
        this.url = urlOf("http", service.address("http"));
        this.registerOutputs({ url: this.url.onHost });
    }
}

/** What decides how a dashboard runs. */
export interface DashboardSettings {
    readonly brokerUrl: pulumi.Input<InNetworkAddress>;
    readonly controllerUrl: pulumi.Input<InNetworkAddress>;
    /** With a password only. @default Pinot answers everybody */
    readonly user?: string;
    readonly password?: pulumi.Input<string>;
    readonly refreshSeconds: number;
    readonly memory: NodeMemory;
}

/**
 * One dashboard: it writes nothing, and needs nothing but Pinot.
 * @throws Error for a refresh interval that a viewer could not choose.
 */
export function dashboardSpec(name: string, settings: DashboardSettings): ServiceSpec {
    const { refreshSeconds, memory, user, password } = settings;
    if (!Number.isInteger(refreshSeconds / 5) || refreshSeconds < 5 || refreshSeconds > 300) {
        throw new Error(
            `dashboard "${name}": refreshSeconds is ${refreshSeconds}\n  Way out: a multiple of 5 from 5 to 300.`,
        );
    }
    return {
        image: "dashboard",
        command: ["node", `--max-old-space-size=${memory.heap}`, "/opt/millrace/dashboard/server.js"],
        env: {
            PINOT_BROKER_URL: settings.brokerUrl,
            PINOT_CONTROLLER_URL: settings.controllerUrl,
            ...(user !== undefined && password !== undefined && { PINOT_USER: user, PINOT_PASSWORD: password }),
            PORT: String(PORT),
            REFRESH_SECONDS: String(refreshSeconds),
        },
        ports: { http: { port: PORT } },
        ready: {
            ask: [{ http: { port: "http", path: "/health", contains: '"status":"ok"' } }],
            deadlineSeconds: 60,
            // Each probe asks Pinot's broker as well.
            intervalSeconds: 5,
        },
        memoryMegabytes: memory.limit,
        user: "1000:1000",
        stopSeconds: 10,
    };
}
