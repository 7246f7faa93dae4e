import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { CUSTOMER_CDC_SERVERS, resolveServers, SERVER_NAMES, type ServerName } from "./servers";
import { SIZES, type Size } from "./sizes";

/** Where container images come from; `auto` is decided by `make up` before the program runs. */
export type ImageSource = "registry" | "built";

/** Which Kafka API broker runs. */
export type BrokerKind = "redpanda" | "kafka";

/** One JVM for all of Pinot, or one container a role. */
export type PinotTopology = "compact" | "split";

/** A part of the events that a fault happens to. */
const part = z.number().min(0).max(1).default(0);

const productAnalyticsSchema = z
    .strictObject({
        enabled: z.boolean().default(true),
        eventsPerSecond: z.number().min(0).max(200_000).default(50),
        seed: z.number().int().nonnegative().default(42),
        users: z.number().int().min(1).max(1_000_000).default(1_000),
        rawPartitions: z.number().int().min(1).max(64).default(3),
        rawRetentionDays: z.number().int().min(1).default(7),
        rawOnly: z.boolean().default(false),
        analyticsPartitions: z.number().int().min(1).max(64).default(3),
        sessionRetentionDays: z.number().int().min(1).default(1),
        stateTtlSeconds: z.number().int().min(60).default(3_600),
        rateShape: z.enum(["constant", "diurnal", "burst"]).default("constant"),
        ratePeriodSeconds: z.number().min(1).max(31_536_000).optional(),
        rateAmplitude: z.number().min(0).max(1).optional(),
        duplicateRate: part,
        lateRate: part,
        malformedRate: part,
        dashboard: z
            .strictObject({
                enabled: z.boolean().default(true),
                refreshSeconds: z.number().int().min(5).max(300).multipleOf(5).default(30),
            })
            .prefault({}),
    })
    .superRefine(({ rateShape, ratePeriodSeconds, rateAmplitude, eventsPerSecond }, { addIssue }) => {
        const refuseKey = (key: string, message: string) => addIssue({ code: "custom", path: [key], message });
        if (rateShape === "constant") {
            const message = "has no meaning while rateShape is constant";
            if (ratePeriodSeconds !== undefined) refuseKey("ratePeriodSeconds", message);
            if (rateAmplitude !== undefined) refuseKey("rateAmplitude", message);
        } else if (eventsPerSecond === 0) {
            refuseKey("rateShape", `${rateShape} needs a rate: eventsPerSecond 0 is as fast as possible`);
        }
    })
    .prefault({});

const customerCdcSchema = z
    .strictObject({
        enabled: z.boolean().default(false),
        changesPerSecond: z.number().min(0).max(20_000).default(20),
        seed: z.number().int().nonnegative().default(42),
        persons: z.number().int().min(1).max(1_000_000).default(500),
        partitions: z.number().int().min(1).max(64).default(2),
        windowDays: z.number().int().min(1).max(36_500).default(365),
        onRemove: z.enum(["keep", "drop"]).default("keep"),
        restrictAnalysts: z.boolean().default(false),
    })
    .prefault({});

/** Pulumi writes plain values of a stack's file as text. */
const flag = z.preprocess((value) => (value === "true" ? true : value === "false" ? false : value), z.boolean());

const settingsSchema = z.strictObject({
    size: z.enum(Object.keys(SIZES) as [Size, ...Size[]]).default("small"),
    images: z.enum(["auto", "registry", "built"]).default("auto"),
    broker: z.enum(["auto", "redpanda", "kafka"]).default("auto"),
    bindAddress: z.ipv4().default("127.0.0.1"),
    portOffset: z.coerce.number().int().min(0).max(45_000).default(10_000),
    deletionProtection: flag.default(true),
    kafkaRetentionHours: z.coerce.number().int().min(1).default(168),
    pinotTopology: z.enum(["compact", "split"]).default("compact"),
    servers: z.array(z.enum([...SERVER_NAMES, "all"])).default([]),
    productAnalytics: productAnalyticsSchema,
    customerCdc: customerCdcSchema,
});

/** Settings of the product analytics pipeline. */
export type ProductAnalyticsSettings = z.infer<typeof productAnalyticsSchema>;

/** Settings of the customer pipeline: change data capture into Pinot, and views on it. */
export type CustomerCdcSettings = z.infer<typeof customerCdcSchema>;

/** Every setting of a stack with its defaults filled in and `auto` decided. */
export interface Settings {
    readonly size: Size;
    readonly images: ImageSource;
    readonly broker: BrokerKind;
    readonly bindAddress: string;
    readonly portOffset: number;
    readonly deletionProtection: boolean;
    /** How long topics keep their records when they do not say so themselves, in hours. */
    readonly kafkaRetentionHours: number;
    readonly pinotTopology: PinotTopology;
    /** What runs beside the broker and Pinot: what was asked for, and what the pipelines need. */
    readonly servers: readonly ServerName[];
    readonly productAnalytics: ProductAnalyticsSettings;
    readonly customerCdc: CustomerCdcSettings;
}

/** Variable in which `make up` and `make env` hand over which way images come, once they have looked. */
export const IMAGES_VARIABLE = "MILLRACE_IMAGES";

/**
 * Turns raw configuration values into {@link Settings}.
 *
 * @param raw values by key, without the `millrace:` prefix; absent keys take their default.
 * @param decided what `auto` means here for images. @default "registry", as on most machines
 * @throws Error that lists every problem at its key, not only the first.
 */
export function parseSettings(raw: Readonly<Record<string, unknown>>, decided: ImageSource = "registry"): Settings {
    const parsed = settingsSchema.safeParse(raw);
    if (!parsed.success) throw new Error(configurationProblems(parsed.error.issues));
    const { images, broker, bindAddress, servers, ...rest } = parsed.data;
    const source = images === "auto" ? decided : images;
    if (broker === "redpanda" && source === "built") {
        refuse(
            "broker",
            "redpanda needs an image registry, its broker cannot be built from package registries; " +
                "set millrace:broker to kafka or auto",
        );
    }
    if (!bindAddress.startsWith("127.")) {
        refuse(
            "bindAddress",
            `${bindAddress} would publish Kafka and Pinot without authentication; ` +
                "keep 127.0.0.1 and use a tunnel, or a reverse proxy that authenticates",
        );
    }
    return {
        ...rest,
        servers: serversOrRefusal(
            [
                ...servers,
                ...serversOf(rest.productAnalytics),
                ...(rest.customerCdc.enabled ? CUSTOMER_CDC_SERVERS : []),
            ],
            source,
        ),
        bindAddress,
        images: source,
        broker: broker === "auto" ? (source === "built" ? "kafka" : "redpanda") : broker,
    };
}

/** Reads the stack's configuration. @throws Error as {@link parseSettings}. */
export function readSettings(): Settings {
    const config = new pulumi.Config();
    const raw = {
        size: config.get("size"),
        images: config.get("images"),
        broker: config.get("broker"),
        bindAddress: config.get("bindAddress"),
        portOffset: config.getNumber("portOffset"),
        deletionProtection: config.getBoolean("deletionProtection"),
        kafkaRetentionHours: config.getNumber("kafkaRetentionHours"),
        pinotTopology: config.get("pinotTopology"),
        servers: config.getObject("servers"),
        productAnalytics: config.getObject("productAnalytics"),
        customerCdc: config.getObject("customerCdc"),
    };
    const given = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
    return parseSettings(given, process.env[IMAGES_VARIABLE] === "built" ? "built" : "registry");
}

/** Servers that the pipeline cannot do without, beside the broker and Pinot. */
function serversOf({ enabled, rawOnly }: ProductAnalyticsSettings): ServerName[] {
    return enabled && !rawOnly ? ["flink"] : [];
}

function serversOrRefusal(wanted: readonly (ServerName | "all")[], source: ImageSource): ServerName[] {
    try {
        return resolveServers(wanted, source);
    } catch (error) {
        return refuse("servers", (error as Error).message);
    }
}

function refuse(key: string, message: string): never {
    throw new Error(configurationProblems([{ path: [key], message }]));
}

function configurationProblems(issues: readonly { path: readonly PropertyKey[]; message: string }[]): string {
    const lines = issues.map(({ path, message }) => `  millrace:${path.map(String).join(".")}: ${message}`);
    return `the stack's configuration has ${lines.length === 1 ? "a problem" : `${lines.length} problems`}\n${lines.join("\n")}\n  Way out: pulumi config set <key> <value>, or edit Pulumi.<stack>.yaml; Pulumi.yaml describes every key.`;
}
