import type * as pulumi from "@pulumi/pulumi";

declare const side: unique symbol;

/** `host:port` or URL that only containers on the platform's own network can reach. */
export type InNetworkAddress = string & { readonly [side]: "network" };

/** `host:port` or URL that the machine running Pulumi, tests and people can reach. */
export type HostAddress = string & { readonly [side]: "host" };

/** One place, seen from both sides. The brands make handing the wrong view to the wrong side a type error. */
export interface Address {
    /** What containers of the same platform use. */
    readonly inNetwork: pulumi.Output<InNetworkAddress>;
    /** What the Pulumi process, tests and people use. */
    readonly onHost: pulumi.Output<HostAddress>;
}
