import type * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import { secretAccess, type TrinoAccess } from "./access";
import type { ViewSecurity } from "./view-rules";

const CODE: ProviderCode = { folder: __dirname, module: "view-provider", exportName: "viewProvider" };

/** Arguments of {@link TrinoView}. */
export interface TrinoViewArgs {
    /** Which server; `trinoAccess(trino)` for one of ours. An address, no identity: when it changes, the view is looked for there. */
    server: TrinoAccess;
    /** Catalog that keeps it; that of a `TrinoCatalog`, so that it waits for it. */
    catalog: pulumi.Input<string>;
    /** Its schema; that of a `TrinoSchema`, so that it waits for it. */
    schema: pulumi.Input<string>;
    /** Its name, in small letters. */
    view: pulumi.Input<string>;
    /** The query alone: what stands behind `AS`, with every column named. */
    sql: pulumi.Input<string>;
    /** Whose rights it reads with: those of who made it, or of who asks. @default "DEFINER" */
    security?: pulumi.Input<ViewSecurity>;
    /** What people see beside its name. @default none */
    comment?: pulumi.Input<string>;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to delete the view, or to replace it under another name. @default true */
    deletionProtection?: pulumi.Input<boolean>;
}

/**
 * A view. Changed by CREATE OR REPLACE, so that readers never miss it; a comment alone by COMMENT. Compared in the
 * server's own form of the query, had by PREPARE: how a query is written makes no difference.
 */
export class TrinoView extends ManagedResource {
    /** Catalog that keeps it. */
    declare readonly catalog: pulumi.Output<string>;
    /** Schema that keeps it. */
    declare readonly schema: pulumi.Output<string>;
    /** Its name. */
    declare readonly view: pulumi.Output<string>;
    /** What the server made of the declaration: path → value. */
    declare readonly observed: pulumi.Output<Observed>;
    /** False when it was made and could not be read: the next `up` sees to it. */
    declare readonly usable: pulumi.Output<boolean>;

    constructor(name: string, args: TrinoViewArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            CODE,
            "trino:View",
            name,
            { ...args, server: secretAccess(args.server), observed: undefined, usable: undefined },
            opts,
        );
    }
}
