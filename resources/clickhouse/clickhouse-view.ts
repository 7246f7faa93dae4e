import type * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import { type ClickHouseAccess, secretServer } from "./session";

const CODE: ProviderCode = { folder: __dirname, module: "view-provider", exportName: "viewProvider" };

/** Arguments of {@link ClickHouseView}. */
export interface ClickHouseViewArgs {
    /** Which server; `clickHouseServer(clickhouse)` for one of ours. */
    server: ClickHouseAccess;
    /** Where it is, and where names without a database are looked for. @default "default" */
    database?: pulumi.Input<string>;
    /** Its name. */
    view: pulumi.Input<string>;
    /** The SELECT. */
    query: pulumi.Input<string>;
    /** Makes it a materialised view: the table, such as a `ClickHouseTable`, that holds its rows. @default a plain view */
    to?: pulumi.Input<string>;
    /** Of a materialised view: computed from time to time, as in `EVERY 1 HOUR`. @default with each INSERT */
    refresh?: pulumi.Input<string>;
    /** Says that the view is materialised; `to` says it too. @default whether `to` is there */
    materialized?: boolean;
    /** @default none */
    comment?: pulumi.Input<string>;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to drop the view, or to replace it under another name. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** `ready` bounds the first refresh. */
    timeouts?: Timeouts;
}

/**
 * A view on a ClickHouse server, plain or materialised.
 *
 * Its query changes in one step. A materialised view writes to a table that is declared on its own, and which stays as it
 * is whatever happens to the view; one that keeps its rows in a hidden table of its own is refused.
 */
export class ClickHouseView extends ManagedResource {
    /** Database it is in. */
    declare readonly database: pulumi.Output<string | undefined>;
    /** Name of the view. */
    declare readonly view: pulumi.Output<string>;
    /** What the server rewrote in the declaration: path → text. */
    declare readonly observed: pulumi.Output<Observed>;

    constructor(name: string, args: ClickHouseViewArgs, opts?: pulumi.CustomResourceOptions) {
        super(CODE, "clickhouse:View", name, { ...args, server: secretServer(args.server), observed: undefined }, opts);
    }
}
