import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../../components";
import { ChangeGenerator } from "../../components/change-generator";
import { LEDGER_TOPIC_CONFIG } from "../../lib/ledger";
import type { CustomerCdcSettings } from "../../lib/settings";
import { CONSUMING_ROWS, SIZES } from "../../lib/sizes";
import { Topic } from "../../resources";
import { CUSTOMER_LEDGER_TOPIC } from "./contract";
import { CustomerCdc } from "./index";
import { CustomerViews } from "./views";

/** Arguments of {@link CustomerPipeline}. */
export interface CustomerPipelineArgs extends CustomerCdcSettings {
    /** Servers to flow through: those of `CUSTOMER_CDC_SERVERS` have to be among them. */
    platform: Platform;
    /** Refuse to delete or replace what holds data. */
    deletionProtection: boolean;
    /** Let Pinot hide deleted rows itself: 1.0 and later. */
    deleteRecords: boolean;
    /** Let a query see all segments of a table as they were in one moment: 1.2 and later. */
    consistentReads: boolean;
}

/** The whole of the customer pipeline on a platform: its generator, the captured tables, and the views on them. */
export class CustomerPipeline extends pulumi.ComponentResource {
    /** @throws Error for a platform without one of the servers that it needs. */
    constructor(name: string, args: CustomerPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:CustomerPipeline", name, {}, opts);
        const { platform, deletionProtection } = args;
        const { host, kafka, pinot } = platform;
        const database = needed("postgres", platform.postgres).database("source");
        const child = { parent: this };
        const cdc = new CustomerCdc(
            name,
            {
                host,
                database,
                kafka,
                connect: needed("kafkaConnect", platform.kafkaConnect),
                captureSecret: "POSTGRES_CAPTURE_PASSWORD",
                pinot,
                partitions: args.partitions,
                flushRows: CONSUMING_ROWS[platform.size],
                onRemove: args.onRemove,
                deleteRecords: args.deleteRecords,
                consistentReads: args.consistentReads,
                deletionProtection,
            },
            child,
        );
        const ledger = new Topic(
            CUSTOMER_LEDGER_TOPIC,
            { topic: CUSTOMER_LEDGER_TOPIC, partitions: 1, config: LEDGER_TOPIC_CONFIG, deletionProtection },
            { parent: this, provider: kafka.provider, deletedWith: kafka.storage },
        );
        new ChangeGenerator(
            `${name}-generator`,
            {
                host,
                database,
                bootstrapServers: kafka.bootstrapServers.inNetwork,
                ledgerTopic: ledger.topicName,
                changesPerSecond: args.changesPerSecond,
                seed: args.seed,
                persons: args.persons,
                memoryMegabytes: SIZES[platform.size].generator.limit,
            },
            child,
        );
        new CustomerViews(
            `${name}-views`,
            {
                trino: needed("trino", platform.trino),
                pinot,
                hiveMetastore: needed("hiveMetastore", platform.hiveMetastore),
                objectStore: needed("objectStore", platform.objectStore),
                secrets: { accessKey: "OBJECT_STORE_ACCESS_KEY", secretKey: "OBJECT_STORE_SECRET_KEY" },
                windowDays: args.windowDays,
                deletionProtection,
                dependsOn: [...cdc.tables],
            },
            child,
        );
        this.registerOutputs({});
    }
}

function needed<T>(server: string, found: T | undefined): T {
    if (found === undefined) throw new Error(`the customer pipeline needs ${server}: add it to millrace:servers`);
    return found;
}
