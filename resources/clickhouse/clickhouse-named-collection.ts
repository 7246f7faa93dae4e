import * as pulumi from "@pulumi/pulumi";
import type { OnExists } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import { type ClickHouseAccess, secretServer } from "./session";

const CODE: ProviderCode = {
    folder: __dirname,
    module: "named-collection-provider",
    exportName: "namedCollectionProvider",
};

/** Arguments of {@link ClickHouseNamedCollection}. */
export interface ClickHouseNamedCollectionArgs {
    /** Which server; `clickHouseServer(clickhouse)` for one of ours. Its user needs `named_collection_control`. */
    server: ClickHouseAccess;
    /** Its name. */
    collection: pulumi.Input<string>;
    /** What it holds: address, user, password. Kept secret, all of it; the server shows none of it either. */
    values: pulumi.Input<Record<string, pulumi.Input<string>>>;
    /** Whether a query that names the collection may give another value. @default the server's setting */
    overridable?: pulumi.Input<Record<string, boolean>>;
    /** `adoptIfEqual` cannot be: nobody can see whether it is equal. @default "fail" */
    onExists?: OnExists;
    /** Refuse to drop the collection, or to replace it under another name. @default true */
    deletionProtection?: pulumi.Input<boolean>;
}

/**
 * Addresses and credentials that engines and table functions take by one name: `s3(lake)`, `ENGINE = PostgreSQL(shop)`. So
 * no password stands in a table.
 */
export class ClickHouseNamedCollection extends ManagedResource {
    /** Name on the server. */
    declare readonly collection: pulumi.Output<string>;

    constructor(name: string, args: ClickHouseNamedCollectionArgs, opts?: pulumi.CustomResourceOptions) {
        const { server, values } = args;
        const inputs = { ...args, server: secretServer(server), values: pulumi.secret(values), observed: undefined };
        super(CODE, "clickhouse:NamedCollection", name, inputs, opts);
    }
}
