import * as pulumi from "@pulumi/pulumi";
import { Generator, type Platform } from "../../components";
import { pinotIndexes, pinotSchema } from "../../lib/contract";
import { declaredPinotTable, refuseMisfits } from "../../lib/cross-checks";
import { LEDGER_TOPIC, LEDGER_TOPIC_CONFIG } from "../../lib/ledger";
import type { ProductAnalyticsSettings } from "../../lib/settings";
import { SIZES } from "../../lib/sizes";
import { kafkaStream, PinotSchema, PinotTable, realtimeTable, Topic } from "../../resources";
import { RAW_EVENTS_TOPIC, rawEvents } from "./contract";

/** Arguments of {@link ProductAnalytics}. */
export interface ProductAnalyticsArgs extends ProductAnalyticsSettings {
    /** Servers to flow through. */
    platform: Platform;
    /** Refuse to delete or replace what holds data. */
    deletionProtection: boolean;
}

/** Clickstream of a web shop: generator → topic `raw-events` → Pinot table `raw_events`. */
export class ProductAnalytics extends pulumi.ComponentResource {
    constructor(name: string, args: ProductAnalyticsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:ProductAnalytics", name, {}, opts);
        const { platform, deletionProtection } = args;
        const { kafka, pinot } = platform;
        const child = { parent: this };

        const rawSchema = pinotSchema(rawEvents);
        refuseMisfits(name, {
            topics: [{ name: RAW_EVENTS_TOPIC, fields: rawEvents.columns, messageKey: rawEvents.messageKey }],
            tables: [declaredPinotTable(RAW_EVENTS_TOPIC, rawSchema)],
        });

        // What Kafka and Pinot hold goes with their volumes: destroying the platform need not delete it piece by piece.
        const onKafka = { parent: this, provider: kafka.provider, deletedWith: kafka.storage };
        const onPinot = { parent: this, deletedWith: pinot.storage };

        const topic = new Topic(
            RAW_EVENTS_TOPIC,
            { topic: RAW_EVENTS_TOPIC, partitions: args.rawPartitions, deletionProtection },
            onKafka,
        );
        const ledger = new Topic(
            LEDGER_TOPIC,
            { topic: LEDGER_TOPIC, partitions: 1, config: LEDGER_TOPIC_CONFIG, deletionProtection },
            onKafka,
        );

        new Generator(
            "clickstream",
            {
                host: platform.host,
                kind: "clickstream",
                bootstrapServers: kafka.bootstrapServers.inNetwork,
                topic: topic.topicName,
                ledgerTopic: ledger.topicName,
                eventsPerSecond: args.eventsPerSecond,
                seed: args.seed,
                users: args.users,
                memoryMegabytes: SIZES[platform.size].generator.limit,
            },
            child,
        );

        // A run that was killed between creating and recording finds its own table again: equal, so adopted.
        const common = {
            server: { controllerUrl: pinot.controllerUrl },
            onExists: "adoptIfEqual" as const,
            deletionProtection,
        };
        const schema = new PinotSchema(rawEvents.name, { ...common, schema: rawSchema }, onPinot);
        new PinotTable(
            rawEvents.name,
            {
                ...common,
                schema: schema.schema,
                table: realtimeTable({
                    name: rawEvents.name,
                    timeColumn: rawEvents.timeColumn,
                    stream: kafkaStream({ topic: topic.topicName, brokers: kafka.bootstrapServers.inNetwork }),
                    retentionDays: args.rawRetentionDays,
                    ...pinotIndexes(rawEvents),
                }),
            },
            onPinot,
        );
        this.registerOutputs({});
    }
}
