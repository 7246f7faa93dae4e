import * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import type { Deep } from "./builders";
import type { SchemaDocument, TableDocument } from "./documents";
import { type PinotServer, secretServer } from "./session";

const CODE: ProviderCode = { folder: __dirname, module: "table-provider", exportName: "pinotTableProvider" };

/** Arguments of {@link PinotTable}. */
export interface PinotTableArgs {
    /** Which controller. An address, no identity: when it changes, the table is looked for at the new one. */
    server: PinotServer;
    /** The table config in the words of Pinot 1.5, whatever the server's generation; see `realtimeTable`. */
    table: Deep<TableDocument>;
    /**
     * Schema of the table, for checks of its columns at preview. Hand over `schema` of a `PinotSchema`, and the order
     * of creation and deletion is right as well. @default columns are checked by the server only
     */
    schema?: pulumi.Input<SchemaDocument>;
    /** Reload segments when a change shows only then, and wait for it. @default "whenNeeded" */
    reload?: "whenNeeded" | "never";
    /** Whether a realtime table takes in rows. @default "running" */
    consumption?: pulumi.Input<"running" | "paused">;
    /** How long Pinot keeps the segments of a deleted table, such as "0d" or "7d". @default the server's own setting (7d) */
    retentionOnDelete?: string;
    /** Wait until a deleted table has left the cluster, so that its name is free again. @default true */
    waitForDeletion?: boolean;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to delete or replace the table. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** @default ready 180 s, reload 600 s, delete 180 s */
    timeouts?: Timeouts;
}

/**
 * One table (one half of a hybrid one) on a Pinot controller.
 *
 * A change is judged at preview: in place, in place with a reload, a replacement, or refused with the reason and the
 * way out, since neither generation of Pinot guards everything that would mix up or lose rows. Create and update return
 * when the table works: segments are loaded and a running realtime table consumes.
 */
export class PinotTable extends ManagedResource {
    /** Name in queries. */
    declare readonly tableName: pulumi.Output<string>;
    /** Name in Pinot's management: with `_REALTIME` or `_OFFLINE`. */
    declare readonly tableNameWithType: pulumi.Output<string>;
    /** What the server added to, dropped from or rewrote in the config: path → value. */
    declare readonly observed: pulumi.Output<Observed>;

    constructor(name: string, args: PinotTableArgs, opts?: pulumi.CustomResourceOptions) {
        const server = secretServer(args.server, (value) => pulumi.secret(value));
        super(
            CODE,
            "pinot:Table",
            name,
            { ...args, server, tableName: undefined, tableNameWithType: undefined, observed: undefined },
            opts,
        );
    }
}
