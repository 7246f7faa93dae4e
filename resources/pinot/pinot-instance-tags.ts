import * as pulumi from "@pulumi/pulumi";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import { type PinotServer, secretServer } from "./session";

const CODE: ProviderCode = {
    folder: __dirname,
    module: "instance-tags-provider",
    exportName: "pinotInstanceTagsProvider",
};

/** Arguments of {@link PinotInstanceTags}. */
export interface PinotInstanceTagsArgs {
    /** Which controller. An address, no identity: when it changes, the instance is looked for at the new one. */
    server: PinotServer;
    /** As Pinot calls it: `Server_<host>_<port>`, `Broker_…` or `Minion_…`; `GET /instances` lists them. */
    instance: pulumi.Input<string>;
    /**
     * All that it carries: `<tenant>_OFFLINE` and `<tenant>_REALTIME` of a server, `<tenant>_BROKER` of a broker. What is not
     * named is taken off, `DefaultTenant_…` too.
     */
    tags: pulumi.Input<pulumi.Input<string>[]>;
    /** What to do when somebody has tagged it already; Pinot's own first tags are nobody's. @default "fail" */
    onExists?: OnExists;
    /** Refuse to give the former tags back, or to go to another instance. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** Bounds on waiting: `ready` until the instance has registered. @default 180 s */
    timeouts?: Timeouts;
}

/**
 * Which tenants and storage tiers a server or broker of Pinot works for.
 *
 * The last instance of a tag that a table goes by cannot lose it: that is refused at preview, with the tables. Segments that
 * are there already move at the next rebalance of their table. Removed, it gives the instance back what it carried before.
 */
export class PinotInstanceTags extends ManagedResource {
    /** The instance that was given. */
    declare readonly instance: pulumi.Output<string>;
    /** What it carries: tables that go by them take it from here, so that they wait. */
    declare readonly tags: pulumi.Output<string[]>;
    /** What it carried before. */
    declare readonly before: pulumi.Output<string[]>;

    constructor(name: string, args: PinotInstanceTagsArgs, opts?: pulumi.CustomResourceOptions) {
        const server = secretServer(args.server, (value) => pulumi.secret(value));
        super(CODE, "pinot:InstanceTags", name, { ...args, server, before: undefined }, opts);
    }
}
