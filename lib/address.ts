import * as pulumi from "@pulumi/pulumi";

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

/**
 * A place as a URL, from both sides.
 * @param scheme such as `http`.
 * @param after what else has to be there before the URL is of use. @default nothing
 */
export function urlOf(scheme: string, address: Address, after: readonly pulumi.Output<unknown>[] = []): Address {
    const url = <T extends string>(place: pulumi.Output<T>): pulumi.Output<T> =>
        pulumi.all([place, ...after]).apply(([hostAndPort]) => `${scheme}://${hostAndPort}` as T);
    return { inNetwork: url(address.inNetwork), onHost: url(address.onHost) };
}
