import type * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import { type ClickHouseAccess, secretServer, secretTexts } from "./session";

const CODE: ProviderCode = { folder: __dirname, module: "database-provider", exportName: "databaseProvider" };

/** Arguments of {@link ClickHouseDatabase}. */
export interface ClickHouseDatabaseArgs {
    /** Which server; `clickHouseServer(clickhouse)` for one of ours. */
    server: ClickHouseAccess;
    /** Its name. */
    database: pulumi.Input<string>;
    /** With its arguments, as in `PostgreSQL('host:5432', 'shop', 'reader', '${password}')`. Cannot change. @default the server's: Atomic */
    engine?: pulumi.Input<string>;
    /** Changed in place. @default none */
    comment?: pulumi.Input<string>;
    /** What `engine` names as `${name}`. */
    secrets?: Record<string, pulumi.Input<string>>;
    /** Drop the database with everything in it. @default false */
    forceDestroy?: pulumi.Input<boolean>;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to drop the database, or to replace it under another name. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** `delete` bounds the removal. */
    timeouts?: Timeouts;
}

/**
 * A database on a ClickHouse server.
 *
 * It is dropped when it is empty; otherwise that is refused, with the names of its tables and their rows, unless
 * `forceDestroy` was set by an earlier `up`.
 */
export class ClickHouseDatabase extends ManagedResource {
    /** Name on the server. Taken from here, it makes tables wait for their database. */
    declare readonly database: pulumi.Output<string>;
    /** What the server added to, dropped from or rewrote in the declaration: path → text. */
    declare readonly observed: pulumi.Output<Observed>;

    constructor(name: string, args: ClickHouseDatabaseArgs, opts?: pulumi.CustomResourceOptions) {
        const inputs = {
            ...args,
            server: secretServer(args.server),
            ...secretTexts(args.secrets),
            observed: undefined,
        };
        super(CODE, "clickhouse:Database", name, inputs, opts);
    }
}
