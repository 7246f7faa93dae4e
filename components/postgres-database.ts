import type * as pulumi from "@pulumi/pulumi";
import type { Address } from "../lib/address";

/** A user of a database server. */
export interface PostgresLogin {
    readonly user: string;
    /** Secret. */
    readonly password: pulumi.Output<string>;
}

/** One database, as those see it that keep something in it or read from it: ours, or one that exists elsewhere. */
export interface PostgresDatabase {
    readonly name: string;
    /** `host:port` of its server. */
    readonly server: Address;
    /** Owns everything in it, and can reach no other database. */
    readonly owner: PostgresLogin;
    /** Reads every table and streams changes, as Debezium does; there where the database was declared with it. */
    readonly changeCapture?: PostgresLogin;
    /** `jdbc:postgresql://host:port/name`, without credentials. */
    readonly jdbcUrl: Address;
    /** `postgresql://owner:password@host:port/name`, as libpq, `pg` and SQLAlchemy take it. Secret. */
    readonly url: Address;
    /** What holds the data: objects in the database need no deletion of their own when it goes. */
    readonly storage: pulumi.Resource;
}

/** Any PostgreSQL server, as pipelines see it. */
export interface PostgresServer {
    /** `host:port` */
    readonly address: Address;
    /** May do everything. */
    readonly administrator: PostgresLogin;
    /** @throws Error for a database that was not declared. */
    database(name: string): PostgresDatabase;
    /** What holds all databases. */
    readonly storage: pulumi.Resource;
}
