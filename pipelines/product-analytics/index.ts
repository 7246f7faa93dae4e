import * as pulumi from "@pulumi/pulumi";
import { Dashboard, type FlinkCluster, Generator, type Platform } from "../../components";
import { messagesOf, pinotIndexes, pinotSchema, type Table } from "../../lib/contract";
import { type Declared, declaredPinotTable, refuseMisfits } from "../../lib/cross-checks";
import { LEDGER_TOPIC, LEDGER_TOPIC_CONFIG } from "../../lib/ledger";
import type { ProductAnalyticsSettings } from "../../lib/settings";
import { SIZES } from "../../lib/sizes";
import {
    FlinkSqlJob,
    flinkServer,
    PinotSchema,
    PinotTable,
    PinotTableConfigs,
    realtimeTable,
    Topic,
} from "../../resources";
import { pinotStream } from "../pinot-stream";
import { analyticsSql } from "./analytics-sql";
import { RAW_EVENTS_TOPIC, rawEvents } from "./contract";
import { ANALYTICS_JOB, ANALYTICS_JOB_CONFIGURATION } from "./job";
import { UPSERT_TABLES, upsertTableConfigs } from "./tables";
import { analyticsTopics, rawEventsTopic, retentionDaysOf, type TopicShape } from "./topics";

/** Arguments of {@link ProductAnalytics}. */
export interface ProductAnalyticsArgs extends ProductAnalyticsSettings {
    /** Servers to flow through; Flink among them, unless `rawOnly`. */
    platform: Platform;
    /** Refuse to delete or replace what holds data. */
    deletionProtection: boolean;
}

/**
 * Clickstream of a web shop: generator → topic `raw-events` → Pinot table `raw_events`, and from the same topic through
 * one Flink job to a table of products, one of minutes, one of sessions, and one of messages that are no event.
 */
export class ProductAnalytics extends pulumi.ComponentResource {
    /** `dashboard.url`, where there is a dashboard. */
    readonly endpoints: Record<string, pulumi.Output<string>> = {};

    constructor(
        name: string,
        private readonly args: ProductAnalyticsArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("millrace:index:ProductAnalytics", name, {}, opts);
        const { platform, rawOnly } = args;
        refuseMisfits(name, declarations(args));

        const raw = this.topic(rawEventsTopic(args), rawEvents);
        const ledger = this.topic({ topic: LEDGER_TOPIC, partitions: 1, config: LEDGER_TOPIC_CONFIG });
        new Generator(
            "clickstream",
            {
                host: platform.host,
                kind: "clickstream",
                bootstrapServers: platform.kafka.bootstrapServers.inNetwork,
                topic: raw.topicName,
                ledgerTopic: ledger.topicName,
                eventsPerSecond: args.eventsPerSecond,
                seed: args.seed,
                users: args.users,
                rateShape: args.rateShape,
                ratePeriodSeconds: args.ratePeriodSeconds,
                rateAmplitude: args.rateAmplitude,
                duplicateRate: args.duplicateRate,
                lateRate: args.lateRate,
                malformedRate: args.malformedRate,
                memoryMegabytes: SIZES[platform.size].generator.limit,
            },
            { parent: this },
        );
        this.rawTable(raw);
        if (!rawOnly) {
            this.analytics(raw, neededFlink(platform.flink));
            if (args.dashboard.enabled) this.endpoints["dashboard.url"] = this.dashboard().url.onHost;
        }
        this.registerOutputs({ endpoints: this.endpoints });
    }

    /** The page that shows all of it. */
    private dashboard(): Dashboard {
        const { platform, dashboard } = this.args;
        return new Dashboard(
            "dashboard",
            {
                host: platform.host,
                pinot: platform.pinot,
                refreshSeconds: dashboard.refreshSeconds,
                memory: SIZES[platform.size].dashboard,
            },
            { parent: this },
        );
    }

    /** One row a message. */
    private rawTable(raw: Topic): void {
        const { platform, rawRetentionDays } = this.args;
        const schema = new PinotSchema(
            rawEvents.name,
            { ...this.onPinot, schema: pinotSchema(rawEvents) },
            this.withPinot,
        );
        new PinotTable(
            rawEvents.name,
            {
                ...this.onPinot,
                schema: schema.schema,
                table: realtimeTable({
                    name: rawEvents.name,
                    timeColumn: rawEvents.timeColumn,
                    stream: pinotStream({
                        topic: raw.topicName,
                        brokers: platform.kafka.bootstrapServers.inNetwork,
                        size: platform.size,
                    }),
                    retentionDays: rawRetentionDays,
                    ...pinotIndexes(rawEvents),
                }),
            },
            this.withPinot,
        );
    }

    /** From the raw events through Flink to a table of products, of minutes, of sessions and of rejected messages. */
    private analytics(raw: Topic, flink: FlinkCluster): void {
        const { platform, deletionProtection, stateTtlSeconds } = this.args;
        const brokers = platform.kafka.bootstrapServers.inNetwork;
        const contracts = new Map(UPSERT_TABLES.map(({ topic, table }) => [topic, table]));
        const topics = new Map(
            analyticsTopics(this.args).map((shape) => [shape.topic, this.topic(shape, contracts.get(shape.topic))]),
        );
        const sql = brokers.apply(analyticsSql);
        new FlinkSqlJob(
            ANALYTICS_JOB,
            {
                server: flinkServer(flink),
                name: ANALYTICS_JOB,
                setup: sql.setup,
                statement: sql.statement,
                stateTtlSeconds,
                // Ids of an hour can be more than a heap holds.
                stateBackend: "rocksdb",
                configuration: ANALYTICS_JOB_CONFIGURATION,
                onExists: "adoptIfEqual",
                deletionProtection,
            },
            { parent: this, deletedWith: flink.storage, dependsOn: [raw, ...topics.values()] },
        );
        for (const upsert of UPSERT_TABLES) {
            const topic = topics.get(upsert.topic);
            if (topic === undefined) throw new Error(`table ${upsert.table.name}: nobody declares its topic`);
            const retentionDays = retentionDaysOf(upsert.topic, this.args);
            new PinotTableConfigs(
                upsert.table.name,
                {
                    ...this.onPinot,
                    ...upsertTableConfigs(upsert, {
                        topic: topic.topicName,
                        brokers,
                        size: platform.size,
                        ...(retentionDays === undefined ? {} : { retentionDays }),
                    }),
                },
                this.withPinot,
            );
        }
    }

    /** @param contract of its messages. */
    private topic({ topic, partitions, config }: TopicShape, contract?: Table): Topic {
        const { platform, deletionProtection } = this.args;
        const { provider, storage } = platform.kafka;
        const messages = contract === undefined ? {} : { messages: messagesOf(contract) };
        return new Topic(
            topic,
            { topic, partitions, config: { ...config }, deletionProtection, ...messages },
            // What Kafka and Pinot hold goes with their volumes: destroying the platform need not delete it piece by piece.
            { parent: this, provider, deletedWith: storage },
        );
    }

    /** A run that was killed between creating and recording finds its own table again: equal, so adopted. */
    private get onPinot() {
        const { platform, deletionProtection } = this.args;
        const server = { controllerUrl: platform.pinot.controllerUrl };
        return { server, onExists: "adoptIfEqual" as const, deletionProtection };
    }

    private get withPinot(): pulumi.CustomResourceOptions {
        return { parent: this, deletedWith: this.args.platform.pinot.storage };
    }
}

function neededFlink(flink: FlinkCluster | undefined): FlinkCluster {
    if (flink !== undefined) return flink;
    throw new Error("the platform has no Flink, which product analytics needs: add it to its servers, or set rawOnly");
}

/** What has to fit together, across servers. */
function declarations(args: ProductAnalyticsArgs): Declared {
    const raw = { name: RAW_EVENTS_TOPIC, fields: rawEvents.columns, messageKey: rawEvents.messageKey };
    const rawTable = declaredPinotTable(RAW_EVENTS_TOPIC, pinotSchema(rawEvents));
    if (args.rawOnly) return { topics: [raw], tables: [rawTable] };
    const shapes = new Set(analyticsTopics(args).map(({ topic }) => topic));
    const written = UPSERT_TABLES.filter(({ topic }) => shapes.has(topic));
    return {
        topics: [
            raw,
            ...written.map(({ topic, table }) => ({
                name: topic,
                fields: table.columns,
                // Keys of several columns are decided by all of them.
                messageKey: table.primaryKey[0],
            })),
        ],
        tables: [
            rawTable,
            ...UPSERT_TABLES.map(({ topic, table }) => declaredPinotTable(topic, pinotSchema(table), true)),
        ],
        jobs: [
            {
                title: `FlinkSqlJob "${ANALYTICS_JOB}"`,
                reads: [RAW_EVENTS_TOPIC],
                writes: UPSERT_TABLES.map(({ topic }) => topic),
            },
        ],
    };
}
