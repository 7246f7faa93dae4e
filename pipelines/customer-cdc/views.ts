import * as pulumi from "@pulumi/pulumi";
import type { HiveMetastoreServer } from "../../components/hive-metastore";
import type { PinotCluster } from "../../components/pinot";
import type { TrinoServer } from "../../components/trino-server";
import type { S3Endpoint } from "../../lib/s3-endpoint";
import {
    Bucket,
    s3Server,
    TrinoCatalog,
    TrinoMaterializedView,
    TrinoSchema,
    TrinoView,
    trinoAccess,
} from "../../resources";
import { DATASETS } from "./access-rules";
import { MOST_ROWS, ordersByStatusSql, ordersSql, personSql } from "./view-sql";

/** Bucket in which schemas and materialised views lie. */
export const VIEWS_BUCKET = "customer-views";

/** Arguments of {@link CustomerViews}. */
export interface CustomerViewsArgs {
    trino: TrinoServer;
    pinot: PinotCluster;
    /** Keeps the views. */
    hiveMetastore: HiveMetastoreServer;
    /** Where schemas and materialised views lie; with `storage`, the bucket goes with its server's volume. */
    objectStore: S3Endpoint & { readonly storage?: pulumi.Resource };
    /** What the server calls the object store's keys. */
    secrets: { readonly accessKey: string; readonly secretKey: string };
    /** How far `orders_last_year` looks back. */
    windowDays: number;
    deletionProtection: boolean;
    /** Tables that have to be there. */
    dependsOn: readonly pulumi.Resource[];
}

/**
 * What analysts see: `hive.views.person`, `hive.views.orders_last_year` and the materialised `iceberg.reports.orders_by_status`.
 *
 * Views are answered by Pinot's broker. The catalog refuses everything else: Trino would read segments one by one, and
 * while rows move between them it would find some twice and others not at all (trinodb/trino#10164).
 */
export class CustomerViews extends pulumi.ComponentResource {
    constructor(name: string, args: CustomerViewsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:CustomerViews", name, {}, opts);
        const { trino, pinot, hiveMetastore, objectStore, windowDays, deletionProtection } = args;
        const server = trinoAccess(trino);
        // A catalog cannot be compared with what is there, as Trino gives no properties back: it is made as declared.
        const onTrino = { parent: this, deletedWith: trino.storage };
        const common = { server, deletionProtection };
        // The first question to a connector loads its classes: on a busy machine that takes its time.
        const adopting = { ...common, onExists: "adopt" as const, timeouts: { ready: 180 } };

        const pinotCatalog = new TrinoCatalog(
            `${name}-pinot`,
            {
                ...adopting,
                catalog: "pinot",
                connector: "pinot",
                properties: {
                    "pinot.controller-urls": pinot.controller.inNetwork.apply((url) => url.replace(/^https?:\/\//, "")),
                    "pinot.forbid-segment-queries": true,
                    "pinot.max-rows-for-broker-queries": MOST_ROWS,
                    // A table that was just made would not be seen for two minutes.
                    "pinot.metadata-expiry": "5s",
                },
            },
            { ...onTrino, dependsOn: [...args.dependsOn] },
        );
        const bucket = new Bucket(
            `${name}-bucket`,
            {
                server: s3Server(objectStore),
                bucket: VIEWS_BUCKET,
                onExists: "adoptIfEqual",
                deletionProtection,
                forceDestroy: !deletionProtection,
            },
            { parent: this, ...(objectStore.storage && { deletedWith: objectStore.storage }) },
        );
        const files = {
            "hive.metastore.uri": hiveMetastore.uri,
            "fs.native-s3.enabled": true,
            "s3.endpoint": objectStore.url.inNetwork,
            "s3.region": objectStore.region,
            "s3.path-style-access": objectStore.pathStyle,
            "s3.aws-access-key": trino.secretReference(args.secrets.accessKey),
            "s3.aws-secret-key": trino.secretReference(args.secrets.secretKey),
        };
        const onBucket = { ...onTrino, dependsOn: [bucket] };
        const hive = new TrinoCatalog(
            `${name}-hive`,
            {
                ...adopting,
                catalog: "hive",
                connector: "hive",
                properties: {
                    ...files,
                    "hive.recursive-directories": true,
                    "hive.storage-format": "PARQUET",
                    "hive.insert-existing-partitions-behavior": "APPEND",
                },
            },
            onBucket,
        );
        const iceberg = new TrinoCatalog(
            `${name}-iceberg`,
            {
                ...adopting,
                catalog: "iceberg",
                connector: "iceberg",
                properties: { ...files, "iceberg.catalog.type": "hive_metastore" },
            },
            onBucket,
        );
        const schema = (catalog: TrinoCatalog, schemaName: string) =>
            new TrinoSchema(
                `${name}-${schemaName}`,
                {
                    ...common,
                    catalog: catalog.catalog,
                    schema: schemaName,
                    properties: { location: `s3a://${VIEWS_BUCKET}/${schemaName}` },
                    onExists: "adoptIfEqual",
                },
                onTrino,
            );
        const views = schema(hive, "views");
        const view = (viewName: string, sql: string, comment: string) =>
            new TrinoView(
                `${name}-view-${viewName}`,
                {
                    ...common,
                    catalog: views.catalog,
                    schema: views.schema,
                    view: viewName,
                    sql,
                    comment,
                    onExists: "adoptIfEqual",
                },
                { ...onTrino, dependsOn: [pinotCatalog] },
            );
        view("person", personSql(), "Persons as the customer service has them now");
        const lastYear = view("orders_last_year", ordersSql(windowDays), `Orders of the last ${windowDays} days`);
        const reports = schema(iceberg, "reports");
        schema(iceberg, DATASETS.schema);
        new TrinoMaterializedView(
            `${name}-orders-by-status`,
            {
                ...common,
                catalog: reports.catalog,
                schema: reports.schema,
                view: "orders_by_status",
                sql: ordersByStatusSql(),
                onExists: "adoptIfEqual",
            },
            { ...onTrino, dependsOn: [lastYear] },
        );
        this.registerOutputs({});
    }
}
