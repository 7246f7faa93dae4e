import { Client, escapeLiteral } from "pg";
import type { Log } from "../log";
import { pause } from "../pause";
import { markName, transactionSql } from "./statements";
import type { Transaction } from "./workload";

/** How patient a {@link Source} is. */
export interface SourceArgs {
    /** How long the database and its tables may take to be there. */
    readonly waitSeconds: number;
    /** How long the database may be away later. */
    readonly awaySeconds: number;
    readonly log: Log;
}

/** The database whose rows are changed: one transaction after the other, each exactly once, whatever happens to connections. */
export class Source {
    private client: Client | undefined;

    constructor(
        private readonly url: string,
        private readonly run: string,
        private readonly args: SourceArgs,
    ) {}

    /** Waits until the tables are there, and makes the run's mark. @throws Error that says what was waited for. */
    async begin(signal: AbortSignal): Promise<void> {
        const mark = `INSERT INTO cdc_mark (name, value) VALUES (${escapeLiteral(markName(this.run))}, 0) ON CONFLICT DO NOTHING`;
        await this.patiently(this.args.waitSeconds, signal, async (client) => {
            await client.query("SELECT FROM person, orders LIMIT 0");
            await client.query(mark);
        });
    }

    /** Returns when the database has the transaction for good. @throws Error when it is away for too long, or refuses it. */
    async carryOut(transaction: Transaction): Promise<void> {
        const sql = transactionSql(transaction, this.run);
        let again = false;
        await this.patiently(this.args.awaySeconds, undefined, async (client) => {
            // The answer may have been lost, not the transaction.
            if (again && (await this.reached(client)) >= transaction.sequence) return;
            again = true;
            await client.query(sql);
        });
    }

    async end(): Promise<void> {
        await this.client?.end().catch(() => undefined);
    }

    private async reached(client: Client): Promise<number> {
        const { rows } = await client.query("SELECT value FROM cdc_mark WHERE name = $1", [markName(this.run)]);
        return Number(rows[0]?.value ?? 0);
    }

    /** Does something on a connection; on another one when that is lost, until the time is over. */
    private async patiently(
        seconds: number,
        signal: AbortSignal | undefined,
        work: (client: Client) => Promise<void>,
    ): Promise<void> {
        const deadline = Date.now() + seconds * 1_000;
        for (;;) {
            try {
                this.client ??= await this.connect();
                return await work(this.client);
            } catch (error) {
                const { code, message } = error as { code?: string; message: string };
                const lost = this.client;
                this.client = undefined;
                await lost?.end().catch(() => undefined);
                const what = `the source: ${message.replaceAll(new URL(this.url).password || "\0", "…")}`;
                if (signal?.aborted || Date.now() > deadline || !isPassing(code)) throw new Error(what);
                this.args.log("debug", "waiting for the source", { because: message });
                await pause(500, signal);
            }
        }
    }

    private async connect(): Promise<Client> {
        const client = new Client({
            connectionString: this.url,
            connectionTimeoutMillis: 5_000,
            application_name: "customer-cdc",
        });
        // Without a listener the loss of an idle connection would end the process.
        client.on("error", () => undefined);
        await client.connect();
        return client;
    }
}

/** Whether an error is one of a database that is away, starting, or whose tables are still to come. */
function isPassing(code: string | undefined): boolean {
    // SQLSTATEs have five letters and digits; everything else is the network's.
    if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) return true;
    return code.startsWith("57P") || code.startsWith("08") || ["53300", "42P01", "3D000"].includes(code);
}
