import type * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import { secretAccess, type TrinoAccess } from "./access";
import type { PropertyValue } from "./properties";

const CODE: ProviderCode = { folder: __dirname, module: "schema-provider", exportName: "schemaProvider" };

/** Arguments of {@link TrinoSchema}. */
export interface TrinoSchemaArgs {
    /** Which server; `trinoAccess(trino)` for one of ours. An address, no identity: when it changes, the schema is looked for there. */
    server: TrinoAccess;
    /** Its catalog; that of a `TrinoCatalog`, so that it waits for it. */
    catalog: pulumi.Input<string>;
    /** Its name, in small letters. */
    schema: pulumi.Input<string>;
    /** Properties of the connector, such as `location` of Hive, Iceberg and Delta. Trino changes none of them later. @default the connector's */
    properties?: pulumi.Input<Record<string, pulumi.Input<PropertyValue>>>;
    /** Drop it with every table and view in it. @default false */
    forceDestroy?: pulumi.Input<boolean>;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to delete the schema, or to replace it under another name. @default true */
    deletionProtection?: pulumi.Input<boolean>;
}

/** A schema in a catalog whose connector takes them. It is deleted when it is empty, unless `forceDestroy` was set by an earlier `up`. */
export class TrinoSchema extends ManagedResource {
    /** Catalog that holds it. */
    declare readonly catalog: pulumi.Output<string>;
    /** Its name; what views take, so that they wait for it. */
    declare readonly schema: pulumi.Output<string>;
    /** What the connector added to or rewrote in the declaration: path → value. */
    declare readonly observed: pulumi.Output<Observed>;

    constructor(name: string, args: TrinoSchemaArgs, opts?: pulumi.CustomResourceOptions) {
        super(CODE, "trino:Schema", name, { ...args, server: secretAccess(args.server), observed: undefined }, opts);
    }
}
