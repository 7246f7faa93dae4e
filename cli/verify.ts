import { systemClock } from "../lib/clock";
import { LEDGER_TOPIC, StoreError } from "../lib/ledger";
import { LedgerError, readLedgers } from "../lib/ledger/read";
import { analyticsChecks } from "../pipelines/product-analytics/analytics-checks";
import { productAnalyticsChecks } from "../pipelines/product-analytics/checks";
import { withCustomerChecks } from "./verify/customer";
import { EndpointError, type Endpoints, endpoint, pinotAddresses } from "./verify/endpoints";
import { pinotStore } from "./verify/pinot-store";
import { reportText } from "./verify/report";
import type { Scope } from "./verify/scope";
import { type Report, verify } from "./verify/verify";

/** Flags of `millrace verify`. */
export interface VerifyFlags extends Scope {
    /** Print the report as JSON. @default false */
    readonly json?: boolean;
    /** How long ledger and stores may take to agree. @default 20 */
    readonly timeoutSeconds?: number;
    /** Topic of the ledgers. @default "millrace.ledger" */
    readonly ledgerTopic?: string;
}

/** A stream that text is written to. */
export interface Output {
    write(text: string): unknown;
    /** A person looks at it: colours are welcome. */
    readonly isTTY?: boolean;
}

const TIMEOUT_SECONDS = 20;

/**
 * Compares every store of a stack with the ledgers of its generators.
 * @param endpoints the stack output of that name.
 * @param tell is told now and then how far long work is.
 * @throws EndpointError, LedgerError or StoreError when something cannot be asked.
 */
export async function verifyStack(
    endpoints: Endpoints,
    flags: VerifyFlags = {},
    tell: (line: string) => void = () => {},
): Promise<Report> {
    const brokers = endpoint(endpoints, "kafka.bootstrapServers").split(",");
    const stores = { pinot: pinotStore(pinotAddresses(endpoints)) };
    const timeoutMillis = (flags.timeoutSeconds ?? TIMEOUT_SECONDS) * 1_000;
    const { clickstream = true, rawOnly = false } = flags;
    const report = await verify({
        checkSets: clickstream ? [productAnalyticsChecks] : [],
        stateSets: clickstream && !rawOnly ? [analyticsChecks] : [],
        stores,
        readLedgers: () => readLedgers({ brokers, topic: flags.ledgerTopic ?? LEDGER_TOPIC, timeoutMillis }),
        timeoutMillis,
        clock: systemClock,
    });
    return flags.customer === undefined
        ? report
        : withCustomerChecks(report, endpoints, flags.customer, { brokers, timeoutMillis, tell });
}

/**
 * `millrace verify`: prints one line a check.
 * @returns 0 when all are equal, 1 on any difference, 2 when something cannot be asked.
 */
export async function verifyCommand(
    endpoints: Endpoints,
    flags: VerifyFlags,
    out: Output = process.stdout,
    err: Output = process.stderr,
): Promise<number> {
    try {
        const report = await verifyStack(endpoints, flags, (line) => err.write(`${line}\n`));
        out.write(flags.json ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report, out.isTTY === true));
        return report.differences === 0 ? 0 : 1;
    } catch (error) {
        if (!(error instanceof StoreError || error instanceof LedgerError || error instanceof EndpointError))
            throw error;
        err.write(`error: ${error.message.replaceAll("\n", "\n  ")}\n`);
        return 2;
    }
}
