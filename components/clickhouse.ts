import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { Address, HostAddress, InNetworkAddress } from "../lib/address";
import { type ClickHouseMemory, SIZES } from "../lib/sizes";
import { GeneratedSecret } from "../resources/secret/generated-secret";
import type { ClickHouseLogin, ClickHouseServer } from "./clickhouse-server";
import { ADMINISTRATOR, type ClickHouseSettings, clickHouseSpec, clickHouseUsers } from "./clickhouse-spec";

export type { ClickHouseLogin, ClickHouseServer } from "./clickhouse-server";

/** Arguments of {@link ClickHouse}. */
export interface ClickHouseArgs {
    /** Where the server runs. */
    host: Host;
    /** Memory of queries, and limit. @default those of size small */
    memory?: ClickHouseMemory;
    /** Names of users that may only read, beside the administrator. @default none */
    readers?: readonly string[];
    /** Queries at a time; further ones wait, then fail. @default 32 */
    maxConcurrentQueries?: number;
    /** How long the log of queries is kept, in days, where the server has one. @default 3 */
    queryLogDays?: number;
}

const DEFAULTS: Omit<ClickHouseSettings, "memory"> = { readers: [], maxConcurrentQueries: 32, queryLogDays: 3 };

/**
 * One ClickHouse server with an HTTP interface.
 *
 * From a registry it is the server itself; built, its engine behind an HTTP front of our own, which lacks the native
 * protocol, users made by SQL, replication, BACKUP and `system.query_log`. Passwords are random and belong to the stack.
 * @throws Error for names in `readers` that cannot be used.
 */
export class ClickHouse extends pulumi.ComponentResource implements ClickHouseServer {
    readonly url: Address;
    readonly username = ADMINISTRATOR;
    readonly password: pulumi.Output<string>;
    readonly storage: pulumi.Resource;
    private readonly passwords: Readonly<Record<string, pulumi.Output<string>>>;

    constructor(name: string, args: ClickHouseArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:ClickHouse", name, {}, opts);
        const { host, memory = SIZES.small.clickhouse, ...rest } = args;
        const settings = { ...DEFAULTS, ...rest, memory };
        const child = { parent: this };
        this.passwords = Object.fromEntries(
            clickHouseUsers(settings.readers).map((user) => [
                user,
                new GeneratedSecret(`${name}-${user}`, {}, child).value,
            ]),
        );
        const server = host.service(name, clickHouseSpec(settings, this.passwords), child);
        const { inNetwork, onHost } = server.address("http");
        this.url = {
            inNetwork: inNetwork.apply((address) => `http://${address}` as InNetworkAddress),
            onHost: onHost.apply((address) => `http://${address}` as HostAddress),
        };
        this.password = this.reader(ADMINISTRATOR).password;
        this.storage = server.volume("data");
        this.registerOutputs({ url: this.url.onHost });
    }

    /** The login of a user that may only read. @throws Error for one that is not in `readers`. */
    reader(username: string): ClickHouseLogin {
        const password = this.passwords[username];
        if (password === undefined) throw new Error(`ClickHouse has no user "${username}"; add it to readers`);
        return { username, password };
    }
}
