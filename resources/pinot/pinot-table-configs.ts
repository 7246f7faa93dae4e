import * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import type { Deep } from "./builders";
import type { SchemaDocument, TableDocument } from "./documents";
import { type PinotServer, secretServer } from "./session";

const CODE: ProviderCode = {
    folder: __dirname,
    module: "table-configs-provider",
    exportName: "pinotTableConfigsProvider",
};

/** Arguments of {@link PinotTableConfigs}. */
export interface PinotTableConfigsArgs {
    /** Which controller. An address, no identity: when it changes, the table is looked for at the new one. */
    server: PinotServer;
    /** The table's schema, which is created before it and deleted after it. Its name is the table's. */
    schema: Deep<SchemaDocument>;
    /** The half that reads a stream; see `realtimeTable`. @default none */
    realtime?: Deep<TableDocument>;
    /** The half that takes whole segments. Together with `realtime`: a hybrid table. @default none */
    offline?: Deep<TableDocument>;
    /** Send changes of the schema that break written segments, and let the server decide. @default false */
    force?: boolean;
    /** Reload segments when a change shows only then, and wait for it. @default "whenNeeded" */
    reload?: "whenNeeded" | "never";
    /** Whether the realtime half takes in rows. @default "running" */
    consumption?: pulumi.Input<"running" | "paused">;
    /** How long Pinot keeps the segments of a deleted half, such as "0d" or "7d". @default the server's own setting (7d) */
    retentionOnDelete?: string;
    /** Wait until a deleted half has left the cluster, so that its name is free again. @default true */
    waitForDeletion?: boolean;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to delete or replace the table, or one half of it. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** @default ready 180 s, reload 600 s, delete 180 s */
    timeouts?: Timeouts;
}

/**
 * A whole table as one unit: its schema and one or both of its halves, which Pinot calls table configs.
 *
 * Every part behaves as a `PinotSchema` or `PinotTable` of its own does, with half as many resources: the form for many
 * tables, and for hybrid ones. A half can be added in place; it is taken away only when `deletionProtection` is off.
 */
export class PinotTableConfigs extends ManagedResource {
    /** Name in queries. */
    declare readonly tableName: pulumi.Output<string>;
    /** What the server added to, dropped from or rewrote in each part: path → value. */
    declare readonly observed: pulumi.Output<Readonly<Partial<Record<"schema" | "realtime" | "offline", Observed>>>>;

    constructor(name: string, args: PinotTableConfigsArgs, opts?: pulumi.CustomResourceOptions) {
        const server = secretServer(args.server, (value) => pulumi.secret(value));
        super(CODE, "pinot:TableConfigs", name, { ...args, server, tableName: undefined, observed: undefined }, opts);
    }
}
