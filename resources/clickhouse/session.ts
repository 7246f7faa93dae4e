import * as pulumi from "@pulumi/pulumi";
import type { Address, HostAddress } from "../../lib/address";

/** Which ClickHouse server holds an object, and who asks it. */
export interface ClickHouseAccess {
    /** URL of its HTTP interface, as the machine running Pulumi reaches it; see `hostAddress` for servers that exist already. */
    url: pulumi.Input<HostAddress>;
    /** A user who may create and change what is declared. */
    username: pulumi.Input<string>;
    /** Kept secret. */
    password: pulumi.Input<string>;
}

/** A server, such as a `ClickHouse`, as that of a resource. */
export function clickHouseServer(server: {
    readonly url: Address;
    readonly username: string;
    readonly password: pulumi.Output<string>;
}): ClickHouseAccess {
    return { url: server.url.onHost, username: server.username, password: server.password };
}

/** The server as an input of a resource, with its password marked secret. */
export function secretServer(server: ClickHouseAccess): ClickHouseAccess {
    return { ...server, password: pulumi.secret(server.password) };
}

/** The input `secrets` of a resource, each of them marked secret. */
export function secretTexts(secrets: Readonly<Record<string, pulumi.Input<string>>> | undefined): {
    secrets?: Record<string, pulumi.Output<string>>;
} {
    if (secrets === undefined) return {};
    return {
        secrets: Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, pulumi.secret(value)])),
    };
}
