import type * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import { secretAccess, type TrinoAccess } from "./access";
import type { PropertyValue } from "./properties";

const CODE: ProviderCode = { folder: __dirname, module: "view-provider", exportName: "materializedViewProvider" };

/** Arguments of {@link TrinoMaterializedView}. */
export interface TrinoMaterializedViewArgs {
    /** Which server; `trinoAccess(trino)` for one of ours. An address, no identity: when it changes, the view is looked for there. */
    server: TrinoAccess;
    /** Catalog that keeps it, of connector `iceberg`; that of a `TrinoCatalog`, so that it waits for it. */
    catalog: pulumi.Input<string>;
    /** Its schema; that of a `TrinoSchema`, so that it waits for it. */
    schema: pulumi.Input<string>;
    /** Its name, in small letters. */
    view: pulumi.Input<string>;
    /** The query alone: what stands behind `AS`, with every column named. */
    sql: pulumi.Input<string>;
    /** What people see beside its name. @default none */
    comment?: pulumi.Input<string>;
    /** Of the table that keeps its rows, such as `format` and `partitioning`. What is not declared is not looked at. @default the connector's */
    properties?: pulumi.Input<Record<string, pulumi.Input<PropertyValue | PropertyValue[]>>>;
    /** Compute its rows when it was made or changed; later is somebody else's to do. @default true */
    refresh?: pulumi.Input<boolean>;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to delete the view, or to replace it under another name. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** `reload`: until its rows are computed. @default 600 */
    timeouts?: pulumi.Input<Timeouts>;
}

/**
 * A view that keeps its rows. Every change, also of its comment, makes it anew in its place, without rows until they are
 * computed; until then, readers get them from the query itself.
 */
export class TrinoMaterializedView extends ManagedResource {
    /** Catalog that keeps it. */
    declare readonly catalog: pulumi.Output<string>;
    /** Schema that keeps it. */
    declare readonly schema: pulumi.Output<string>;
    /** Its name. */
    declare readonly view: pulumi.Output<string>;
    /** What the server made of the declaration: path → value. */
    declare readonly observed: pulumi.Output<Observed>;
    /** False when it was made, and could not be read or its rows not be computed: the next `up` sees to it. */
    declare readonly usable: pulumi.Output<boolean>;

    constructor(name: string, args: TrinoMaterializedViewArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            CODE,
            "trino:MaterializedView",
            name,
            { ...args, server: secretAccess(args.server), observed: undefined, usable: undefined },
            opts,
        );
    }
}
