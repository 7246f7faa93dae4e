import type * as pulumi from "@pulumi/pulumi";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import { type PostgresAccess, secretAccess } from "./session";

const CODE: ProviderCode = { folder: __dirname, module: "slot-provider", exportName: "slotProvider" };

/** Arguments of {@link PostgresReplicationSlot}. */
export interface PostgresReplicationSlotArgs {
    /** Which database, as somebody with REPLICATION; `postgresAccess(database, "changeCapture")` for one of ours. */
    server: PostgresAccess;
    /** Its name on the server: small letters, digits and underscores. */
    slot: pulumi.Input<string>;
    /** What writes changes out for the reader. @default "pgoutput" */
    plugin?: pulumi.Input<string>;
    /** Drop it though it is being read or holds unread changes, and make a lost one anew. @default false */
    forceDestroy?: pulumi.Input<boolean>;
    /** `adopt` as `adoptIfEqual`: a slot cannot be changed. @default "fail" */
    onExists?: OnExists;
    /** Refuse to delete the slot, or to replace it under another name. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** Bounds on waiting: `ready` for running transactions to end, `delete` for its reader to go; 60 each. */
    timeouts?: Timeouts;
}

/**
 * A logical replication slot: a reader's position in the log of a PostgreSQL database. The server keeps all log behind
 * it, so one that nobody reads fills the disk up to `max_slot_wal_keep_size`; every `up` that touches it and every
 * `refresh` prints how much that is.
 *
 * It is dropped when nobody reads it and nothing in it is unread; otherwise deletion is refused with the number of
 * changes, unless `forceDestroy` was set by an earlier `up`.
 */
export class PostgresReplicationSlot extends ManagedResource {
    /** Its name; what a connector takes, so that it waits for it. */
    declare readonly slot: pulumi.Output<string>;
    /** False when a refresh found that the server threw away log that its reader needed. */
    declare readonly usable: pulumi.Output<boolean>;

    constructor(name: string, args: PostgresReplicationSlotArgs, opts?: pulumi.CustomResourceOptions) {
        const inputs = { ...args, server: secretAccess(args.server), usable: undefined };
        super(CODE, "postgres:ReplicationSlot", name, inputs, opts);
    }
}
