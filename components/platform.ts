import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { Address } from "../lib/address";
import type { S3Endpoint } from "../lib/s3-endpoint";
import type { ServerName } from "../lib/servers";
import type { BrokerKind, PinotTopology } from "../lib/settings";
import { SIZES, type Size } from "../lib/sizes";
import { BrokerConsole } from "./broker-console";
import { ClickHouse, type ClickHouseServer } from "./clickhouse";
import type { ConnectCluster } from "./connect-cluster";
import { Flink, type FlinkCluster } from "./flink";
import { HiveMetastore, type HiveMetastoreServer } from "./hive-metastore";
import { Kafka } from "./kafka";
import type { KafkaCluster } from "./kafka-cluster";
import { KafkaConnect } from "./kafka-connect";
import { ObjectStore } from "./object-store";
import { Pinot, type PinotCluster } from "./pinot";
import { Postgres } from "./postgres";
import type { PostgresServer } from "./postgres-database";
import { Redpanda } from "./redpanda";
import { Trino } from "./trino";
import type { TrinoServer } from "./trino-server";

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
    /** What runs beside the broker and Pinot, with everything that it needs: see `resolveServers`. @default none */
    servers?: readonly ServerName[];
    /** Rules of Trino's file-based access control, as JSON; see `Trino`. @default everybody may do everything */
    trinoAccessRules?: string;
}

/** Databases of the platform's Postgres. */
const DATABASES = {
    /** What change data capture reads from. */
    source: { changeCapture: true },
    /** The Hive metastore's own. */
    metastore: {},
};

/** Where tables of the Hive metastore lie that say no location. */
const WAREHOUSE = "s3a://warehouse/";

/**
 * The servers of a stack.
 *
 * All of them start at the same time but where one cannot start without the other's answer: Kafka Connect and the
 * broker, the Hive metastore and its database.
 */
export class Platform extends pulumi.ComponentResource {
    readonly kafka: KafkaCluster;
    readonly pinot: PinotCluster;
    readonly clickhouse?: ClickHouseServer;
    readonly flink?: FlinkCluster;
    readonly hiveMetastore?: HiveMetastoreServer;
    readonly kafkaConnect?: ConnectCluster;
    readonly objectStore?: S3Endpoint;
    readonly postgres?: PostgresServer;
    readonly trino?: TrinoServer;
    /** Where generators and jobs of the pipelines run. */
    readonly host: Host;
    readonly size: Size;
    /** Addresses on the host, under fixed keys. */
    readonly endpoints: Readonly<Record<string, pulumi.Output<string>>>;
    /** Users and passwords by server. Secret. */
    readonly credentials: pulumi.Output<Readonly<Record<string, Readonly<Record<string, string>>>>>;

    constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:Platform", name, {}, opts);
        const child = { parent: this };
        const { host, size = "small", servers = [] } = args;
        const memory = SIZES[size];
        this.host = host;
        this.size = size;
        const endpoints: Record<string, pulumi.Output<string>> = {};
        const credentials: Record<string, Record<string, pulumi.Input<string>>> = {};
        const wanted = (server: ServerName): boolean => servers.includes(server);

        // The service is called "kafka" whichever broker runs: addresses and clients stay the same.
        this.kafka =
            args.broker === "redpanda"
                ? new Redpanda("kafka", { host, memory: memory.redpanda }, child)
                : new Kafka(
                      "kafka",
                      { host, memory: memory.kafka, retentionHours: args.kafkaRetentionHours ?? 168 },
                      child,
                  );
        this.pinot = new Pinot("pinot", { host, topology: args.pinotTopology ?? "compact", memory }, child);
        endpoints["kafka.bootstrapServers"] = this.kafka.bootstrapServers.onHost;
        endpoints["pinot.controllerUrl"] = this.pinot.controllerUrl;
        endpoints["pinot.brokerUrl"] = this.pinot.brokerUrl;

        /** What catalogs and connectors may refer to without containing it, by the names that they use. */
        const secrets: Record<string, pulumi.Output<string>> = {};

        if (wanted("postgres")) {
            const postgres = new Postgres("postgres", { host, databases: DATABASES, memory: memory.postgres }, child);
            this.postgres = postgres;
            endpoints["postgres.address"] = postgres.address.onHost;
            const source = postgres.database("source");
            credentials.postgres = { ...postgres.administrator };
            credentials["postgres.source"] = { ...source.owner };
            secrets.POSTGRES_SOURCE_PASSWORD = source.owner.password;
            if (source.changeCapture) secrets.POSTGRES_CAPTURE_PASSWORD = source.changeCapture.password;
        }
        if (wanted("objectStore")) {
            const store = new ObjectStore("object-store", { host, memory: memory.objectStore }, child);
            this.objectStore = store;
            endpoints["s3.endpoint"] = store.url.onHost;
            if (store.consoleUrl) endpoints["s3.consoleUrl"] = store.consoleUrl;
            credentials.s3 = { accessKey: store.accessKey, secretKey: store.secretKey };
            secrets.OBJECT_STORE_ACCESS_KEY = store.accessKey;
            secrets.OBJECT_STORE_SECRET_KEY = store.secretKey;
        }
        if (wanted("clickhouse")) {
            const clickhouse = new ClickHouse("clickhouse", { host, memory: memory.clickhouse }, child);
            this.clickhouse = clickhouse;
            endpoints["clickhouse.url"] = clickhouse.url.onHost;
            credentials.clickhouse = { user: clickhouse.username, password: clickhouse.password };
            secrets.CLICKHOUSE_PASSWORD = clickhouse.password;
        }
        if (wanted("hiveMetastore")) {
            this.hiveMetastore = new HiveMetastore(
                "hive-metastore",
                {
                    host,
                    database: neededBy("hiveMetastore", "postgres", this.postgres).database("metastore"),
                    objectStore: neededBy("hiveMetastore", "objectStore", this.objectStore),
                    warehouse: WAREHOUSE,
                    memory: memory.hiveMetastore,
                },
                child,
            );
        }
        if (wanted("kafkaConnect")) {
            this.kafkaConnect = new KafkaConnect(
                "kafka-connect",
                { host, kafka: this.kafka, memory: memory.kafkaConnect, secrets },
                child,
            );
            endpoints["connect.url"] = this.kafkaConnect.restUrl.onHost;
        }
        if (wanted("flink")) {
            const { zooKeeper } = this.pinot;
            // With it jobs outlive their JobManager, and so a restart of the machine.
            this.flink = new Flink("flink", { host, memory, ...(zooKeeper !== undefined && { zooKeeper }) }, child);
            endpoints["flink.restUrl"] = this.flink.restUrl.onHost;
            endpoints["flink.sqlGatewayUrl"] = this.flink.sqlGatewayUrl.onHost;
        }
        if (wanted("trino")) {
            const { trinoAccessRules: accessControlRules } = args;
            this.trino = new Trino(
                "trino",
                {
                    host,
                    memory: memory.trino,
                    secrets,
                    ...(accessControlRules !== undefined && { accessControlRules }),
                },
                child,
            );
            endpoints["trino.url"] = this.trino.url.onHost;
        }
        if (wanted("brokerConsole")) {
            const connect: Record<string, { restUrl: Address }> =
                this.kafkaConnect === undefined ? {} : { "kafka-connect": this.kafkaConnect };
            const console = new BrokerConsole(
                "broker-console",
                { host, kafka: this.kafka, connect, memory: memory.brokerConsole },
                child,
            );
            endpoints["brokerConsole.url"] = console.url.onHost;
        }

        this.endpoints = endpoints;
        this.credentials = pulumi.secret(credentials);
        this.registerOutputs({ endpoints });
    }
}

function neededBy<T>(server: ServerName, need: ServerName, found: T | undefined): T {
    if (found === undefined)
        throw new Error(`servers has ${server}, which needs ${need}: add it, or use resolveServers`);
    return found;
}
