import * as pulumi from "@pulumi/pulumi";
import type { Address, HostAddress } from "../../lib/address";

/** How a coordinator is reached, and as whom. */
export interface TrinoAccess {
    /** `http(s)://host:port`, as the machine running Pulumi reaches it; see `hostAddress` for servers that exist already. */
    url: pulumi.Input<HostAddress>;
    /** Whom statements are run as. */
    user: pulumi.Input<string>;
    /** Password of the user; Trino takes it over https only. Kept secret. @default none */
    password?: pulumi.Input<string>;
    /** Certificate to trust, in PEM. @default those that Node.js trusts */
    certificate?: pulumi.Input<string>;
}

/** A coordinator as components offer it, such as a `Trino`. */
export interface TrinoEndpoint {
    readonly url: Address;
    readonly user: string;
    readonly password?: pulumi.Output<string>;
    readonly certificate?: pulumi.Output<string>;
}

/** An endpoint, such as a `Trino`, as the server of a resource. */
export function trinoAccess({ url, user, password, certificate }: TrinoEndpoint): TrinoAccess {
    return {
        url: url.onHost,
        user,
        ...(password !== undefined && { password }),
        ...(certificate !== undefined && { certificate }),
    };
}

/** The server as an input of a resource, with its password marked secret. */
export function secretAccess(server: TrinoAccess): TrinoAccess {
    return { ...server, ...(server.password !== undefined && { password: pulumi.secret(server.password) }) };
}
