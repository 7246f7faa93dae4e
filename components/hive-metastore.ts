import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { InNetworkAddress } from "../lib/address";
import type { S3Endpoint } from "../lib/s3-endpoint";
import { type JvmMemory, SIZES } from "../lib/sizes";
import { hiveMetastoreSpec } from "./hive-metastore-spec";
import type { PostgresDatabase } from "./postgres-database";

/** Any Hive metastore, as those see it that look tables up in it. */
export interface HiveMetastoreServer {
    /** `thrift://host:port`, for servers on the platform's network. */
    readonly uri: pulumi.Output<InNetworkAddress>;
    /** Where tables lie that say no location: `s3a://bucket/path`. */
    readonly warehouse: string;
    /** What holds its tables: objects in it need no deletion of their own when it goes. */
    readonly storage: pulumi.Resource;
}

/** Arguments of {@link HiveMetastore}. */
export interface HiveMetastoreArgs {
    /** Where it runs. */
    host: Host;
    /** Where it keeps what it knows. A database of its own: its tables lie in the schema `public`. */
    database: PostgresDatabase;
    /** Where the tables' data lies. */
    objectStore: S3Endpoint;
    /** `s3a://bucket/path`; the bucket has to be there when the first schema is created, not before. */
    warehouse: string;
    /** Heap and limit. @default those of size small */
    memory?: JvmMemory;
}

/**
 * A Hive metastore: which tables there are, and where in an object store they lie. Trino's Hive, Delta Lake and Iceberg
 * catalogs share it.
 *
 * It keeps nothing itself. Its tables are made at the first start and upgraded when the image brings a newer version.
 * @throws Error for a warehouse that is no place in an object store.
 */
export class HiveMetastore extends pulumi.ComponentResource implements HiveMetastoreServer {
    readonly uri: pulumi.Output<InNetworkAddress>;
    readonly warehouse: string;
    readonly storage: pulumi.Resource;

    constructor(name: string, args: HiveMetastoreArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:HiveMetastore", name, {}, opts);
        const { host, database, objectStore, warehouse, memory = SIZES.small.hiveMetastore } = args;
        const server = host.service(name, hiveMetastoreSpec(name, { database, objectStore, warehouse, memory }), {
            parent: this,
        });
        this.uri = server.address("thrift").inNetwork.apply((address) => `thrift://${address}` as InNetworkAddress);
        this.warehouse = warehouse;
        this.storage = database.storage;
        this.registerOutputs({ uri: this.uri });
    }
}
