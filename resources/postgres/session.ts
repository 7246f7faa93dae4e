import * as pulumi from "@pulumi/pulumi";
import type { Address, HostAddress } from "../../lib/address";

/** Which database holds an object, and who asks it. */
export interface PostgresAccess {
    /** `host:port` as the machine running Pulumi reaches it; see `hostAddress` for servers that exist already. */
    address: pulumi.Input<HostAddress>;
    /** Its name on the server. */
    database: pulumi.Input<string>;
    /** Who asks: the owner of the tables for publications, somebody with REPLICATION for slots. */
    user: pulumi.Input<string>;
    /** Kept secret. */
    password: pulumi.Input<string>;
    /** Encrypt the connection, and check whom it is with. @default false */
    tls?: pulumi.Input<boolean>;
    /** Certificate to trust, in PEM; with `tls`. @default those that Node.js trusts */
    certificate?: pulumi.Input<string>;
}

/** A database as components offer it, such as `postgres.database("source")`. */
export interface PostgresEndpoint {
    readonly name: string;
    readonly server: Address;
    readonly owner: PostgresUser;
    readonly changeCapture?: PostgresUser;
}

interface PostgresUser {
    readonly user: string;
    readonly password: pulumi.Output<string>;
}

/**
 * An endpoint as the server of a resource.
 * @param as its owner, who has the tables; or the user for change capture, who has the slots.
 * @throws Error for a database without a user for change capture.
 */
export function postgresAccess(database: PostgresEndpoint, as: "owner" | "changeCapture"): PostgresAccess {
    const login = database[as];
    if (login === undefined) {
        throw new Error(
            `database "${database.name}" has no user for change capture: declare it with changeCapture: true`,
        );
    }
    return { address: database.server.onHost, database: database.name, user: login.user, password: login.password };
}

/** The server as an input of a resource, with its password marked secret. */
export function secretAccess(server: PostgresAccess): PostgresAccess {
    return { ...server, password: pulumi.secret(server.password) };
}
