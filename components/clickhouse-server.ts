import type * as pulumi from "@pulumi/pulumi";
import type { Address } from "../lib/address";

/** Who may enter a ClickHouse server. */
export interface ClickHouseLogin {
    readonly username: string;
    /** Secret. */
    readonly password: pulumi.Output<string>;
}

/** Any ClickHouse server, as pipelines see it. */
export interface ClickHouseServer extends ClickHouseLogin {
    /** Its HTTP interface. */
    readonly url: Address;
    /** What holds databases and tables: they need no deletion of their own when it goes. */
    readonly storage: pulumi.Resource;
}
