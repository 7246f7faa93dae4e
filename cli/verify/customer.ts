import { TRINO_USER } from "../../components/trino-spec";
import { systemClock } from "../../lib/clock";
import { readLedgers } from "../../lib/ledger/read";
import { customerLedgerChecks, customerRowChecks } from "../../pipelines/customer-cdc/checks";
import { CUSTOMER_LEDGER_TOPIC } from "../../pipelines/customer-cdc/contract";
import { CustomerTopics } from "./customer-topics";
import { type Endpoints, endpoint, pinotAddresses } from "./endpoints";
import { pinotStore } from "./pinot-store";
import { postgresStore } from "./postgres-store";
import { trinoStore } from "./trino-store";
import type { Report } from "./verify";

/** How the customer pipeline's stores are asked, beside the stack's endpoints. */
export interface CustomerAccess {
    /** Owner of the source's tables. */
    readonly source: { readonly user: string; readonly password: string };
    /** How far the view of orders looks back, in days. */
    readonly windowDays: number;
}

/** How {@link withCustomerChecks} reads topics. */
export interface TopicAccess {
    readonly brokers: readonly string[];
    readonly timeoutMillis: number;
    /** Is told now and then how far long work is. */
    tell(line: string): void;
}

/**
 * A report with the customer pipeline's checks added: every row of PostgreSQL, of its topics, Pinot and the views, and
 * the ledgers of runs that have ended.
 * @throws StoreError, LedgerError or EndpointError when something cannot be asked.
 */
export async function withCustomerChecks(
    report: Report,
    endpoints: Endpoints,
    { source, windowDays }: CustomerAccess,
    { brokers, timeoutMillis, tell }: TopicAccess,
): Promise<Report> {
    const began = Date.now();
    const stores = {
        source: postgresStore({ address: endpoint(endpoints, "postgres.address"), database: "source", ...source }),
        pinot: pinotStore(pinotAddresses(endpoints)),
        trino: trinoStore({ url: endpoint(endpoints, "trino.url"), user: TRINO_USER }),
    };
    const ledgers = await readLedgers({ brokers: [...brokers], topic: CUSTOMER_LEDGER_TOPIC, timeoutMillis });
    const topics = new CustomerTopics({ brokers, timeoutMillis, tell });
    try {
        // The whole of the topics may take long; what is compared has to be of one moment.
        await topics.caughtUp();
        const results = [
            ...(await customerRowChecks({ ...stores, topics, windowDays, timeoutMillis, clock: systemClock })),
            ...(await customerLedgerChecks(ledgers, stores)),
        ];
        return {
            ...report,
            checks: [...report.checks, ...results],
            differences: report.differences + results.filter(({ verdict }) => verdict === "different").length,
            millis: report.millis + Date.now() - began,
        };
    } finally {
        await topics.close();
    }
}
