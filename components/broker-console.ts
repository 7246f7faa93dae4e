import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { ServiceSpec } from "../hosts/service-spec";
import { type Address, urlOf } from "../lib/address";
import { IMAGES } from "../lib/images";
import type { ImageSource } from "../lib/settings";
import { type GoMemory, SIZES } from "../lib/sizes";
import type { ConnectCluster } from "./connect-cluster";
import type { KafkaCluster } from "./kafka-cluster";

const CONFIG = "/etc/millrace/console.yaml";
const PORT = 8_080;

/** Arguments of {@link BrokerConsole}. */
export interface BrokerConsoleArgs {
    /** Where it runs; its images must come from a registry. */
    host: Host;
    /** The broker that it shows. */
    kafka: KafkaCluster;
    /** Name → Kafka Connect cluster that it shows beside. @default none */
    connect?: Readonly<Record<string, Pick<ConnectCluster, "restUrl">>>;
    /** Limits. @default those of size small */
    memory?: GoMemory;
}

/**
 * Redpanda Console: topics, records, groups and connectors in a browser. It works with any broker.
 *
 * It has no login of its own: whoever reaches the published port may do what it may do, so it stays on loopback.
 */
export class BrokerConsole extends pulumi.ComponentResource {
    readonly url: Address;

    constructor(name: string, args: BrokerConsoleArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:BrokerConsole", name, {}, opts);
        const settings = { memory: SIZES.small.brokerConsole, connect: {}, ...args };
        const console = args.host.service(name, brokerConsoleSpec(settings), { parent: this });
        this.url = urlOf("http", console.address("http"));
        this.registerOutputs({ url: this.url.onHost });
    }
}

/** Whether a way to have images has the console's, and if not, why. */
export type Availability = { readonly available: true } | { readonly available: false; readonly reason: string };

/** Whether the console can run. */
export function brokerConsoleAvailable(images: ImageSource): Availability {
    const { notBuilt } = IMAGES["broker-console"];
    if (images === "registry" || notBuilt === undefined) return { available: true };
    return { available: false, reason: `the broker console needs an image registry: ${notBuilt}` };
}

/**
 * The console where it can run; elsewhere nothing but a word in Pulumi's output, so that one program runs everywhere.
 */
export function brokerConsoleWhereAvailable(
    name: string,
    { images, ...args }: BrokerConsoleArgs & { images: ImageSource },
    opts?: pulumi.ComponentResourceOptions,
): BrokerConsole | undefined {
    const found = brokerConsoleAvailable(images);
    if (found.available) return new BrokerConsole(name, args, opts);
    void pulumi.log.info(`${name} is left out: ${found.reason}`, opts?.parent);
    return undefined;
}

/** One console with its configuration and readiness. */
export function brokerConsoleSpec(settings: Required<BrokerConsoleArgs>): ServiceSpec {
    const { goLimit, limit } = settings.memory;
    return {
        image: "broker-console",
        command: ["/app/console", `-config.filepath=${CONFIG}`],
        env: { GOMEMLIMIT: `${goLimit}MiB` },
        files: { [CONFIG]: configuration(settings) },
        ports: { http: { port: PORT, published: 8_085 } },
        ready: {
            // Its image is Alpine: busybox has wget, and there is no bash.
            ask: [{ command: ["wget", "-q", "-O", "/dev/null", `http://127.0.0.1:${PORT}/admin/health`] }],
            deadlineSeconds: 60,
        },
        memoryMegabytes: limit,
        user: "65534:65534",
    };
}

/** JSON, which is YAML too: no text in it can be taken for something else. */
function configuration({ kafka, connect }: Required<BrokerConsoleArgs>): pulumi.Output<string> {
    const clusters = Object.entries(connect).map(([name, { restUrl }]) => ({ name, url: restUrl.inNetwork }));
    const { credentials } = kafka;
    const sasl = credentials && {
        enabled: true,
        mechanism: credentials.mechanism,
        username: credentials.username,
        password: credentials.password,
    };
    return pulumi
        .output({
            kafka: { brokers: [kafka.bootstrapServers.inNetwork], ...(sasl && { sasl }) },
            ...(clusters.length > 0 && { kafkaConnect: { enabled: true, clusters } }),
            // It would tell its maker how it is used.
            analytics: { enabled: false },
            logger: { level: "warn" },
        })
        .apply((document) => `${JSON.stringify(document, null, 4)}\n`);
}
