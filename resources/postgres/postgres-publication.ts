import type * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import type { PublishedOperation } from "./documents";
import { type PostgresAccess, secretAccess } from "./session";

const CODE: ProviderCode = { folder: __dirname, module: "publication-provider", exportName: "publicationProvider" };

/** Arguments of {@link PostgresPublication}. */
export interface PostgresPublicationArgs {
    /** Which database, as the owner of the tables; `postgresAccess(database, "owner")` for one of ours. An address, no identity. */
    server: PostgresAccess;
    /** Its name in the database. */
    publication: pulumi.Input<string>;
    /** Whose changes are told: `schema.table`, or a table of `public`. They have to be there. */
    tables?: pulumi.Input<pulumi.Input<string>[]>;
    /** Instead of `tables`: every table, also those to come. Needs a superuser. @default false */
    allTables?: pulumi.Input<boolean>;
    /** Which changes are told. @default insert, update, delete and truncate */
    operations?: pulumi.Input<pulumi.Input<PublishedOperation>[]>;
    /** Changes of partitions are told as changes of their partitioned table. @default false */
    viaRoot?: pulumi.Input<boolean>;
    /** Role that owns it. @default `server.user`, when it is made here */
    owner?: pulumi.Input<string>;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to delete the publication, or to replace it under another name. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** Bounds on waiting: `ready` for a statement, `delete` for its removal. */
    timeouts?: Timeouts;
}

/**
 * A publication: which changes of which tables readers of a PostgreSQL database are told. Its tables, operations and
 * owner change in place, in one ALTER each; from some tables to all there is no way, nor back.
 */
export class PostgresPublication extends ManagedResource {
    /** Its name; what a connector takes, so that it waits for it. */
    declare readonly publication: pulumi.Output<string>;
    /** What the server added to or rewrote in the declaration: path → value. */
    declare readonly observed: pulumi.Output<Observed>;

    constructor(name: string, args: PostgresPublicationArgs, opts?: pulumi.CustomResourceOptions) {
        const inputs = { ...args, server: secretAccess(args.server), observed: undefined };
        super(CODE, "postgres:Publication", name, inputs, opts);
    }
}
