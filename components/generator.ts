import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { JobSpec, ServiceSpec } from "../hosts/service-spec";
import type { InNetworkAddress } from "../lib/address";
import type { ProductAnalyticsSettings } from "../lib/settings";
import { SIZES } from "../lib/sizes";
import { HEARTBEAT_FILE, heartbeatProbe } from "./heartbeat";

/** Arguments of {@link Generator}. */
export interface GeneratorArgs {
    /** Where it runs. */
    host: Host;
    /** Which data it makes: a subcommand of the generators program. */
    kind: "clickstream";
    /** Broker to send to, as containers reach it. */
    bootstrapServers: pulumi.Input<InNetworkAddress>;
    /** Topic of the events; wait for it by passing the resource's own name output. */
    topic: pulumi.Input<string>;
    /** Compacted topic of the ledger. */
    ledgerTopic: pulumi.Input<string>;
    /** Rate; 0 is as fast as possible. @default 50 */
    eventsPerSecond?: number;
    /** Same seed and parameters, same events. @default 42 */
    seed?: number;
    /** Distinct users. @default 1000 */
    users?: number;
    /** How the rate changes; its mean is kept. @default "constant" */
    rateShape?: ProductAnalyticsSettings["rateShape"];
    /** Seconds after which the shape repeats itself. @default a day for diurnal, a minute for burst */
    ratePeriodSeconds?: number | undefined;
    /** How far the rate leaves its mean, from 0 to 1. @default 0.8 */
    rateAmplitude?: number | undefined;
    /** Part of the events that are sent twice, from 0 to 1. @default 0 */
    duplicateRate?: number;
    /** Part of the events that say they happened a day before. @default 0 */
    lateRate?: number;
    /** Messages that are no event, beside each event. @default 0 */
    malformedRate?: number;
    /** End after so many events, as a job; without it the generator runs until it is stopped. */
    events?: number;
    /** Memory limit, in megabytes. @default that of size small */
    memoryMegabytes?: number;
}

/** A program that makes source data and keeps a ledger of what it sent. */
export class Generator extends pulumi.ComponentResource {
    /** What runs. */
    readonly process: pulumi.Resource;

    constructor(name: string, args: GeneratorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:Generator", name, {}, opts);
        const child = { parent: this };
        this.process =
            args.events === undefined
                ? args.host.service(name, generatorService(args), child).resource
                : args.host.job(name, generatorJob(args, args.events), child).resource;
        this.registerOutputs({});
    }
}

/** A generator that runs until it is stopped; it is ready while it reports progress. */
export function generatorService(args: GeneratorArgs): ServiceSpec {
    return {
        ...generatorProcess(args),
        ports: {},
        ready: heartbeatProbe(60),
    };
}

/** A generator that ends by itself. */
export function generatorJob(args: GeneratorArgs, events: number): JobSpec {
    const service = generatorProcess(args);
    return { ...service, command: [...service.command, "--events", String(events)], deadlineSeconds: 3_600 };
}

function generatorProcess(args: GeneratorArgs): Omit<JobSpec, "deadlineSeconds"> {
    return {
        image: "generators",
        command: [
            "node",
            "/opt/millrace/generators.js",
            args.kind,
            "--events-per-second",
            String(args.eventsPerSecond ?? 50),
            "--seed",
            String(args.seed ?? 42),
            "--users",
            String(args.users ?? 1_000),
            ...extraFlags(args),
            "--heartbeat-file",
            HEARTBEAT_FILE,
        ],
        env: {
            KAFKA_BOOTSTRAP_SERVERS: args.bootstrapServers,
            KAFKA_TOPIC: args.topic,
            LEDGER_TOPIC: args.ledgerTopic,
        },
        memoryMegabytes: args.memoryMegabytes ?? SIZES.small.generator.limit,
        stopSeconds: 15,
    };
}

/** Flags of what is not as usual: a generator without shape and faults keeps its command, and is not replaced. */
function extraFlags({
    rateShape = "constant",
    ratePeriodSeconds,
    rateAmplitude,
    duplicateRate = 0,
    lateRate = 0,
    malformedRate = 0,
}: GeneratorArgs): string[] {
    return [
        ...(rateShape === "constant" ? [] : ["--rate-shape", rateShape]),
        ...(ratePeriodSeconds === undefined ? [] : ["--rate-period", decimal(ratePeriodSeconds)]),
        ...(rateAmplitude === undefined ? [] : ["--rate-amplitude", decimal(rateAmplitude)]),
        ...(duplicateRate === 0 ? [] : ["--duplicate-rate", decimal(duplicateRate)]),
        ...(lateRate === 0 ? [] : ["--late-rate", decimal(lateRate)]),
        ...(malformedRate === 0 ? [] : ["--malformed-rate", decimal(malformedRate)]),
    ];
}

/** Small numbers without an exponent, which flags do not take. */
function decimal(value: number): string {
    return value.toLocaleString("en", { useGrouping: false, maximumFractionDigits: 12 });
}
