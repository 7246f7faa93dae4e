import { join } from "node:path";
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { providerText } from "../../resources/managed-resource";
import { type ProviderProcess, StackResource } from "../support/provider-process";

/** A ClickHouse server that a matrix runs against. */
export interface ClickHouseUnderTest {
    readonly url: string;
    readonly username: string;
    readonly password: string;
    readonly process: ProviderProcess;
    /** A database that is there, for everything but the matrix of databases. */
    readonly database: string;
}

/** Where a provider of this server's kinds stands. */
export function clickHouseCode(kind: "table" | "view" | "database" | "named-collection") {
    const exportName = `${kind.replace(/-(.)/, (_, letter: string) => letter.toUpperCase())}Provider`;
    return {
        folder: join(__dirname, "..", "..", "resources", "clickhouse"),
        module: `${kind}-provider`,
        exportName,
    };
}

/** One object under test, and an ordinary client to play everybody else with. */
export class ObjectUnderTest {
    readonly resource: StackResource;
    readonly client: ClickHouseClient;

    constructor(
        readonly under: ClickHouseUnderTest,
        kind: Parameters<typeof clickHouseCode>[0],
        readonly name: string,
    ) {
        this.resource = new StackResource(under.process, providerText(clickHouseCode(kind)));
        const { url, username, password } = under;
        this.client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
    }

    get server() {
        const { url, username, password } = this.under;
        return { url, username, password };
    }

    /** `database.name`. */
    get path(): string {
        return `${this.under.database}.${this.name}`;
    }

    async command(...statements: readonly string[]): Promise<void> {
        for (const query of statements) await this.client.command({ query });
    }

    async rows<Row>(query: string): Promise<Row[]> {
        return (await this.client.query({ query, format: "JSONEachRow" })).json<Row>();
    }

    /** What the server says the object is; undefined where there is none. */
    async held(): Promise<string | undefined> {
        const [row] = await this.rows<{ create: string }>(
            "SELECT create_table_query AS create FROM system.tables " +
                `WHERE database = '${this.under.database}' AND name = '${this.name}'`,
        );
        return row?.create;
    }

    async close(): Promise<void> {
        await this.client.close();
    }
}
