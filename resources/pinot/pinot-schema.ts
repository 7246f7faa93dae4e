import * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import type { Deep } from "./builders";
import type { SchemaDocument } from "./documents";
import { type PinotServer, secretServer } from "./session";

const CODE: ProviderCode = { folder: __dirname, module: "schema-provider", exportName: "pinotSchemaProvider" };

/** Arguments of {@link PinotSchema}. */
export interface PinotSchemaArgs {
    /** Which controller. An address, no identity: when it changes, the schema is looked for at the new one. */
    server: PinotServer;
    /** The schema in Pinot's own words. Fields that this package does not know pass through. */
    schema: Deep<SchemaDocument>;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to delete the schema, or to replace it under another name. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** Send changes that break written segments, and let the server decide. Columns may then read as null. @default false */
    force?: boolean;
    /** Reload the segments of the schema's tables when a change shows only then, and wait for it. @default "whenNeeded" */
    reload?: "whenNeeded" | "never";
    /** @default ready 180 s, reload 600 s, delete 180 s */
    timeouts?: Timeouts;
}

/**
 * A schema on a Pinot controller.
 *
 * A change is judged at preview: new columns and new defaults are in place (and reloaded), what would break written
 * segments is refused with the column, the reason and the way out. Create the table after it by handing it
 * `schema: thisSchema.schema`.
 */
export class PinotSchema extends ManagedResource {
    /** Name on the server. */
    declare readonly schemaName: pulumi.Output<string>;
    /** The document as declared. */
    declare readonly schema: pulumi.Output<SchemaDocument>;
    /** What the server added to, dropped from or rewrote in the document: path → value. */
    declare readonly observed: pulumi.Output<Observed>;

    constructor(name: string, args: PinotSchemaArgs, opts?: pulumi.CustomResourceOptions) {
        const server = secretServer(args.server, (value) => pulumi.secret(value));
        super(CODE, "pinot:Schema", name, { ...args, server, schemaName: undefined, observed: undefined }, opts);
    }
}
