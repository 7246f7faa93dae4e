import * as pulumi from "@pulumi/pulumi";
import type { ConnectCluster } from "../../components/connect-cluster";
import type { KafkaCluster } from "../../components/kafka-cluster";
import type { PinotCluster } from "../../components/pinot";
import type { PostgresDatabase } from "../../components/postgres-database";
import type { Host } from "../../hosts/host";
import { messagesOf } from "../../lib/contract";
import { declaredPinotTable, refuseMisfits } from "../../lib/cross-checks";
import {
    connectServer,
    KafkaConnector,
    PinotTableConfigs,
    PostgresPublication,
    PostgresReplicationSlot,
    postgresAccess,
    Topic,
    type TopicMessages,
} from "../../resources";
import { captureConfig } from "./connector";
import { CAPTURE_NAME, CAPTURED, cdcMark, HEARTBEAT_TOPIC, topicOf } from "./contract";
import { capturedSchema, capturedTable } from "./pinot";
import { sourceTablesJob } from "./source-tables";

/** Arguments of {@link CustomerCdc}. */
export interface CustomerCdcArgs {
    /** Where the job runs that makes the source's tables. */
    host: Host;
    /** What is captured: a database declared with `changeCapture`. */
    database: PostgresDatabase;
    kafka: KafkaCluster;
    connect: ConnectCluster;
    /** What the workers call the password of the user for change capture. */
    captureSecret: string;
    pinot: PinotCluster;
    /** `removed` takes connector, slot and publication away, and leaves topics and tables. @default "running" */
    capture?: "running" | "paused" | "stopped" | "removed";
    /**
     * What becomes of the connector's position, the slot and the publication when they are removed: all of them stay, or
     * all go. With one and not the other, changes would be lost in silence. @default "keep"
     */
    onRemove?: "keep" | "drop";
    /** Partitions of the topics of persons and orders; can grow, never shrink. @default 2 */
    partitions?: number;
    /** Let Pinot hide deleted rows itself: 1.0 and later. @default false */
    deleteRecords?: boolean;
    /** Let a query see all segments of a table as they were in one moment: 1.2 and later. @default false */
    consistentReads?: boolean;
    /** Rows until a consuming segment of Pinot is closed. @default Pinot's own */
    flushRows?: number;
    /** How long the connector sleeps when nothing was to be read, which is what a change may wait for. @default 50 */
    pollMillis?: number;
    /** Refuse to delete or replace what holds data. @default true */
    deletionProtection?: boolean;
}

/**
 * The newest change of each key stays for ever, so that a table can be filled anew from its topic; older ones can go
 * after an hour, so that this stays quick. The segment that is written to is never compacted.
 */
const CHANGES_CONFIG = { "cleanup.policy": "compact", "segment.ms": "3600000" };

/** Persons and orders of a customer service, as they are now: PostgreSQL → Debezium → topics → Pinot tables. */
export class CustomerCdc extends pulumi.ComponentResource {
    /** Tables of Pinot that hold what is captured. */
    readonly tables: readonly PinotTableConfigs[];

    constructor(name: string, args: CustomerCdcArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:CustomerCdc", name, {}, opts);
        const { host, database, kafka, pinot, capture = "running", deletionProtection = true } = args;
        const schemas = CAPTURED.map((table) => ({ table, schema: capturedSchema(table), topic: topicOf(table) }));
        refuseMisfits(name, {
            topics: schemas.map(({ table, topic }) => ({
                name: topic,
                fields: table.columns,
                messageKey: table.messageKey,
            })),
            tables: schemas.map(({ topic, schema }) => declaredPinotTable(topic, schema, true)),
            connectors: [{ title: `KafkaConnector "${CAPTURE_NAME}"`, topics: schemas.map(({ topic }) => topic) }],
        });

        const job = host.job(`${name}-source-tables`, sourceTablesJob(database), { parent: this });

        // What servers hold goes with their volumes: destroying the platform need not delete it piece by piece.
        const onKafka = { parent: this, provider: kafka.provider, deletedWith: kafka.storage };
        const topicNamed = (
            topic: string,
            partitions: number,
            config: Record<string, string>,
            messages?: TopicMessages,
        ): Topic => {
            const args = { topic, partitions, config, deletionProtection, ...(messages && { messages }) };
            return new Topic(topic, args, onKafka);
        };
        const topics = schemas.map(({ table, topic }) =>
            topicNamed(topic, table === cdcMark ? 1 : (args.partitions ?? 2), CHANGES_CONFIG, messagesOf(table)),
        );
        const heartbeats = topicNamed(HEARTBEAT_TOPIC, 1, { "cleanup.policy": "delete" });

        this.tables = schemas.map(({ table, schema }, index) => {
            const { deleteRecords, consistentReads, flushRows } = args;
            const topic = topics[index]?.topicName ?? topicOf(table);
            return new PinotTableConfigs(
                table.name,
                {
                    server: {
                        controllerUrl: pinot.controllerUrl,
                        ...(pinot.credentials && { authorization: pinot.credentials.authorization }),
                    },
                    schema,
                    realtime: capturedTable(table, {
                        topic,
                        brokers: kafka.bootstrapServers.inNetwork,
                        ...(deleteRecords !== undefined && { deleteRecords }),
                        ...(consistentReads !== undefined && { consistentReads }),
                        ...(flushRows !== undefined && { flushRows }),
                    }),
                    onExists: "adoptIfEqual",
                    deletionProtection,
                },
                { parent: this, deletedWith: pinot.storage },
            );
        });
        if (capture !== "removed") {
            this.capture(args, capture, deletionProtection, [job.resource, heartbeats, ...topics]);
        }
        this.registerOutputs({});
    }

    /** Publication, slot, and the connector that reads from them: it is made last and removed first. */
    private capture(
        args: CustomerCdcArgs,
        state: "running" | "paused" | "stopped",
        deletionProtection: boolean,
        dependsOn: pulumi.Resource[],
    ): void {
        const { database, connect, onRemove = "keep" } = args;
        const onPostgres = {
            parent: this,
            deletedWith: database.storage,
            retainOnDelete: onRemove === "keep",
            dependsOn,
        };
        // A publication or slot that was kept is found again.
        const common = { onExists: "adoptIfEqual" as const, deletionProtection };
        const publication = new PostgresPublication(
            `${CAPTURE_NAME}-publication`,
            {
                ...common,
                server: postgresAccess(database, "owner"),
                publication: CAPTURE_NAME,
                tables: CAPTURED.map((table) => `public.${table.name}`),
                // TRUNCATE names no rows; the source's tables refuse it.
                operations: ["insert", "update", "delete"],
            },
            onPostgres,
        );
        // A slot tells nothing of publications that are younger than what it reads.
        const slot = new PostgresReplicationSlot(
            `${CAPTURE_NAME}-slot`,
            {
                ...common,
                server: postgresAccess(database, "changeCapture"),
                slot: CAPTURE_NAME,
                forceDestroy: onRemove === "drop",
            },
            { ...onPostgres, dependsOn: [...dependsOn, publication] },
        );
        new KafkaConnector(
            CAPTURE_NAME,
            {
                ...common,
                server: connectServer(connect),
                name: CAPTURE_NAME,
                config: pulumi.all([publication.publication, slot.slot]).apply(([publicationName, slotName]) =>
                    captureConfig({
                        database,
                        password: connect.secretReference(args.captureSecret),
                        slot: slotName,
                        publication: publicationName,
                        ...(args.pollMillis !== undefined && { pollMillis: args.pollMillis }),
                    }),
                ) as pulumi.Input<Record<string, pulumi.Input<string | number | boolean>>>,
                state,
                onDelete: { offsets: onRemove },
            },
            { parent: this, deletedWith: connect.storage, dependsOn: [publication, slot] },
        );
    }
}
