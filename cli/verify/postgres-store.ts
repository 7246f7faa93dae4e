import { Client, type ClientConfig } from "pg";
import { type SqlStore, StoreError } from "../../lib/ledger";
import { scrub } from "../../resources/http";

/** How a database is asked. */
export interface PostgresLogin {
    /** `host:port` */
    readonly address: string;
    readonly database: string;
    readonly user: string;
    readonly password: string;
}

const WAY_OUT = "Way out: make status shows whether Postgres runs; make up repairs what the stack declares.";

/** A PostgreSQL database as a store: a connection a question, so that one that was lost does not matter. */
export function postgresStore(login: PostgresLogin): SqlStore {
    const { address, database, password } = login;
    return {
        async query(sql) {
            const client = postgresClient(login, { connectionTimeoutMillis: 5_000, statement_timeout: 60_000 });
            try {
                await client.connect();
                return (await client.query(sql)).rows;
            } catch (error) {
                const said = scrub((error as Error).message, [password]);
                throw new StoreError(`Postgres at ${address}/${database} cannot be asked: ${said}\n${WAY_OUT}`);
            } finally {
                await client.end().catch(() => undefined);
            }
        },
    };
}

/** A client of a database, not yet connected. */
export function postgresClient({ address, ...login }: PostgresLogin, more: ClientConfig = {}): Client {
    const separator = address.lastIndexOf(":");
    const host = address.slice(0, separator);
    const client = new Client({ ...login, host, port: Number(address.slice(separator + 1)), ...more });
    // Without a listener the loss of an idle connection would end the process.
    client.on("error", () => undefined);
    return client;
}
