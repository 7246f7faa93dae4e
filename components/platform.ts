import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { BrokerKind, PinotTopology } from "../lib/settings";
import { SIZES, type Size } from "../lib/sizes";
import { Kafka } from "./kafka";
import type { KafkaCluster } from "./kafka-cluster";
import { Pinot, type PinotCluster } from "./pinot";
import { Redpanda } from "./redpanda";

/** Arguments of {@link Platform}. */
export interface PlatformArgs {
    /** Where everything runs. */
    host: Host;
    /** Heaps, limits and rates together. @default "small" */
    size?: Size;
    /** Which Kafka API broker runs. @default "kafka" */
    broker?: BrokerKind;
    /** How long topics keep their records when they do not say so themselves, in hours. @default 168 */
    kafkaRetentionHours?: number;
    /** @default "compact" */
    pinotTopology?: PinotTopology;
}

/** The servers of a stack, started in parallel. */
export class Platform extends pulumi.ComponentResource {
    readonly kafka: KafkaCluster;
    readonly pinot: PinotCluster;
    /** Where generators and jobs of the pipelines run. */
    readonly host: Host;
    readonly size: Size;
    /** Addresses on the host, under fixed keys. */
    readonly endpoints: Readonly<Record<string, pulumi.Output<string>>>;

    constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:Platform", name, {}, opts);
        const child = { parent: this };
        this.host = args.host;
        this.size = args.size ?? "small";
        const memory = SIZES[this.size];

        // The service is called "kafka" whichever broker runs: addresses and clients stay the same.
        this.kafka =
            args.broker === "redpanda"
                ? new Redpanda("kafka", { host: args.host, memory: memory.redpanda }, child)
                : new Kafka(
                      "kafka",
                      { host: args.host, memory: memory.kafka, retentionHours: args.kafkaRetentionHours ?? 168 },
                      child,
                  );
        this.pinot = new Pinot("pinot", { host: args.host, topology: args.pinotTopology ?? "compact", memory }, child);

        this.endpoints = {
            "kafka.bootstrapServers": this.kafka.bootstrapServers.onHost,
            "pinot.controllerUrl": this.pinot.controllerUrl,
            "pinot.brokerUrl": this.pinot.brokerUrl,
        };
        this.registerOutputs({ endpoints: this.endpoints });
    }
}
