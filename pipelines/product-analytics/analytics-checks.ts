import type {
    LedgerSnapshot,
    StateCheckSet,
    StateComparison,
    StateFindings,
    StateLine,
    StateSources,
} from "../../lib/ledger";
import { activeUsers, productAnalytics, userSessions } from "./contract";
import { MinuteComparison } from "./minute-comparison";
import { ProductComparison } from "./product-comparison";
import { RejectedComparison } from "./rejected-comparison";
import { rowsByKey } from "./row-count";

/**
 * Compares the tables that Flink fills with the ledgers of the clickstream generator: products, windows, sessions and
 * rejected messages.
 */
export const analyticsChecks: StateCheckSet = { begin: () => new AnalyticsComparison() };

class AnalyticsComparison implements StateComparison {
    private readonly parts = [new ProductComparison(), new MinuteComparison(), new RejectedComparison()];

    async attempt(sources: StateSources): Promise<StateFindings> {
        const own: StateSources = { ...sources, readLedgers: () => clickstreamLedgers(sources) };
        const found: StateFindings[] = [];
        for (const part of this.parts) found.push(await part.attempt(own));
        const keys: StateLine[] = [];
        for (const table of [productAnalytics, activeUsers, userSessions]) {
            keys.push(await rowsByKey(table, sources.stores.pinot));
        }
        return {
            lines: [...found.flatMap(({ lines }) => lines), ...keys],
            notes: found.flatMap(({ notes }) => notes),
        };
    }
}

async function clickstreamLedgers({ readLedgers }: StateSources): Promise<LedgerSnapshot[]> {
    return (await readLedgers()).filter(({ generator }) => generator === "clickstream");
}
