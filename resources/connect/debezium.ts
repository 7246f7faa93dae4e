import type * as pulumi from "@pulumi/pulumi";
import type { Address } from "../../lib/address";

/** Arguments of {@link debeziumPostgres}. */
export interface DebeziumPostgresArgs {
    /** What is captured, with a user who may: `postgres.database(name)` of a database declared with `changeCapture`. */
    database: {
        readonly name: string;
        readonly server: Address;
        readonly changeCapture?: { readonly user: string };
    };
    /** The user's password as workers read it: `connect.secretReference(key)`. */
    password: pulumi.Input<string>;
    /** Beginning of the topics' names, `<prefix>.<schema>.<table>`; the position is kept under it. */
    topicPrefix: string;
    /** Which tables. It has to be there, as part of the database. */
    publication: string;
    /** Of the publication only these, as in `public.person`. @default all */
    tables?: readonly string[];
    /** Replication slot; each connector needs its own. @default named after the prefix */
    slot?: string;
    /** Further keys, and others than what stands here by itself. @default none */
    settings?: Readonly<Record<string, pulumi.Input<string | number | boolean>>>;
}

/**
 * Configuration of Debezium's source for PostgreSQL, with the defaults that suit a database declared as code: the output
 * plugin that PostgreSQL has, a slot of its own, and a publication that belongs to the database and not to the connector.
 * @throws Error for a database without a user for change capture.
 */
export function debeziumPostgres(args: DebeziumPostgresArgs): Record<string, pulumi.Input<string | number | boolean>> {
    const { database, password, topicPrefix, publication, tables, settings } = args;
    if (database.changeCapture === undefined) {
        throw new Error(
            `database "${database.name}" has no user for change capture: declare it with changeCapture: true`,
        );
    }
    const part = (pattern: RegExp): pulumi.Output<string> =>
        database.server.inNetwork.apply((address) => pattern.exec(address)?.[0] ?? address);
    return {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "tasks.max": 1,
        "plugin.name": "pgoutput",
        "database.hostname": part(/^.*(?=:\d+$)/),
        "database.port": part(/\d+$/),
        "database.user": database.changeCapture.user,
        "database.password": password,
        "database.dbname": database.name,
        "topic.prefix": topicPrefix,
        "slot.name": args.slot ?? topicPrefix.toLowerCase().replace(/[^a-z0-9_]/g, "_"),
        "publication.name": publication,
        // A connector that made or changed it would fight whoever declares it.
        "publication.autocreate.mode": "disabled",
        ...(tables === undefined ? {} : { "table.include.list": tables.join(",") }),
        ...settings,
    };
}
