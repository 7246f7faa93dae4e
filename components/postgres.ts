import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { Address, HostAddress, InNetworkAddress } from "../lib/address";
import { type PostgresMemory, SIZES } from "../lib/sizes";
import { GeneratedSecret } from "../resources/secret/generated-secret";
import type { PostgresDatabase, PostgresLogin, PostgresServer } from "./postgres-database";
import {
    ADMINISTRATOR,
    captureUser,
    checkDatabases,
    type PostgresDatabaseArgs,
    type PostgresSettings,
    postgresSpec,
    postgresUsers,
} from "./postgres-spec";

/** Arguments of {@link Postgres}. */
export interface PostgresArgs extends Partial<PostgresSettings> {
    /** Where the server runs. */
    host: Host;
    /**
     * Databases by name. One that is added later appears at the next up; one that is taken out stays on the server,
     * because nothing here deletes data.
     */
    databases: Readonly<Record<string, PostgresDatabaseArgs>>;
    /** Buffers and limit. @default those of size small */
    memory?: PostgresMemory;
}

/**
 * One PostgreSQL server with several databases, each with an owner of its own, ready for logical replication.
 *
 * Passwords are random and belong to the stack. They are set anew at every start, so that state and server agree
 * whatever happened between. A forgotten replication slot cannot fill the disk: it is cut off at
 * `maxSlotWalKeepMegabytes`.
 * @throws Error that lists every unusable name in `databases`.
 */
export class Postgres extends pulumi.ComponentResource implements PostgresServer {
    readonly address: Address;
    readonly administrator: PostgresLogin;
    readonly storage: pulumi.Resource;
    private readonly databases: PostgresArgs["databases"];
    private readonly passwords: Readonly<Record<string, pulumi.Output<string>>>;

    constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:Postgres", name, {}, opts);
        const { host, databases, memory = SIZES.small.postgres, ...settings } = args;
        checkDatabases(name, databases);
        const child = { parent: this };
        this.databases = databases;
        this.passwords = Object.fromEntries(
            postgresUsers(databases).map((user) => [user, new GeneratedSecret(`${name}-${user}`, {}, child).value]),
        );
        const server = host.service(name, postgresSpec({ databases, memory, settings }, this.passwords), child);
        this.address = server.address("client");
        this.administrator = this.login(ADMINISTRATOR);
        this.storage = server.volume("data");
        this.registerOutputs({ address: this.address.onHost });
    }

    database(name: string): PostgresDatabase {
        const declared = this.databases[name];
        if (declared === undefined) {
            throw new Error(
                `Postgres has no database "${name}", only ${Object.keys(this.databases).join(", ")}; declare it in databases`,
            );
        }
        const owner = this.login(declared.owner ?? name);
        const credentials = owner.password.apply((password) => `${owner.user}:${password}@`);
        return {
            name,
            server: this.address,
            owner,
            ...(declared.changeCapture && { changeCapture: this.login(captureUser(name)) }),
            jdbcUrl: urlOf("jdbc:postgresql://", "", this.address, name),
            url: urlOf("postgresql://", credentials, this.address, name),
            storage: this.storage,
        };
    }

    private login(user: string): PostgresLogin {
        return { user, password: pulumi.secret(this.passwords[user] ?? "") };
    }
}

function urlOf(scheme: string, credentials: pulumi.Input<string>, address: Address, database: string): Address {
    const url = (view: pulumi.Output<string>): pulumi.Output<string> =>
        pulumi.interpolate`${scheme}${credentials}${view}/${database}`;
    return {
        inNetwork: url(address.inNetwork) as pulumi.Output<InNetworkAddress>,
        onHost: url(address.onHost) as pulumi.Output<HostAddress>,
    };
}
