import type {
    CheckUnit,
    LedgerSnapshot,
    StateComparison,
    StateFindings,
    StateLine,
    StateSources,
} from "../../lib/ledger";
import { StoreError } from "../../lib/ledger";
import { CLICKSTREAM_GROUPS, type EventType, productAnalytics, rawEvents } from "./contract";
import {
    after,
    isMomentOf,
    type LaterEvent,
    NOTHING,
    type ProductColumn,
    type ProductNumbers,
    productsOf,
} from "./expected-products";

const COLUMNS = CLICKSTREAM_GROUPS.products;
const LABELS: Readonly<Record<ProductColumn, string>> = {
    view_count: "views",
    cart_adds: "cart adds",
    purchases: "purchases",
    revenue_cents: "revenue",
};
const MOST_PRODUCTS = 100_000;
const MOST_EVENTS = 200_000;

/** A row of `product_analytics`. */
interface ProductRow extends ProductNumbers {
    readonly name: string;
    /** The floating-point column, as cents. */
    readonly rounded: number;
}

/** A product that was compared: what it should be, and what it is. */
interface Compared {
    readonly truth: ProductNumbers;
    readonly row: ProductRow;
}

/**
 * Compares every product with the sum of all runs' ledgers and with the events that came after them.
 *
 * Rows are read before those events: what a row contains is then among them, unless a partition is behind, which is asked
 * again. A product that was equal at one moment is not looked at again.
 */
export class ProductComparison implements StateComparison {
    private readonly settled = new Map<string, Compared>();

    async attempt({ readLedgers, stores: { pinot } }: StateSources): Promise<StateFindings> {
        const runs = await readLedgers();
        const kept = (await pinot.retentionMillis(rawEvents.name)) ?? Number.POSITIVE_INFINITY;
        const left = leftOut(runs, Date.now() - kept);
        if (left !== undefined) return { lines: [], notes: [`${productAnalytics.name}: ${left}`] };

        const rows = await productRows(pinot);
        const later = await laterEvents(pinot, runs);
        const ledgers = productsOf(runs);
        const open = new Map<string, Compared>();
        for (const product of new Set([...ledgers.keys(), ...rows.keys(), ...later.keys()])) {
            if (this.settled.has(product)) continue;
            const events = later.get(product) ?? [];
            const base = ledgers.get(product) ?? NOTHING;
            const row = rows.get(product) ?? { ...NOTHING, name: "not there", rounded: 0 };
            if (isMomentOf(row, base, events)) this.settled.set(product, { truth: row, row });
            else open.set(product, { truth: events.reduce(after, base), row });
        }
        return { lines: linesOf(this.settled, open), notes: [] };
    }
}

/** Why products cannot be compared at all; undefined when they can. @param horizon before it events are forgotten. */
export function leftOut(runs: readonly LedgerSnapshot[], horizon: number): string | undefined {
    const old = runs.find(({ groups, watermark }) => groups === undefined && watermark > 0);
    if (old !== undefined) return `run ${old.run} has a ledger without products, by an older generator`;
    const cut = runs.find(({ final, watermarkTime }) => !final && watermarkTime < horizon);
    if (cut === undefined) return undefined;
    return `run ${cut.run} was killed, and what it sent after its last ledger is forgotten by ${rawEvents.name}`;
}

function linesOf(settled: ReadonlyMap<string, Compared>, open: ReadonlyMap<string, Compared>): StateLine[] {
    const all = [...settled.values(), ...open.values()];
    const line = (
        label: string,
        unit: CheckUnit,
        expected: (compared: Compared) => number,
        actual: (compared: Compared) => number,
    ): StateLine => {
        const wrong = [...open].filter(([, compared]) => expected(compared) !== actual(compared));
        const hints = wrong.slice(0, 3).map(([product, compared]) => {
            return `${product} (${compared.row.name}): ${actual(compared)} instead of ${expected(compared)}`;
        });
        const more = wrong.length > hints.length ? ` and ${wrong.length - hints.length} more products` : "";
        return {
            check: `${productAnalytics.name}: ${label}`,
            unit,
            expected: all.reduce((sum, compared) => sum + expected(compared), 0),
            actual: all.reduce((sum, compared) => sum + actual(compared), 0),
            equal: wrong.length === 0,
            ...(wrong.length === 0 ? {} : { hint: hints.join("; ") + more }),
        };
    };
    const isThere = (numbers: ProductNumbers) => (COLUMNS.some((column) => numbers[column] > 0) ? 1 : 0);
    return [
        line(
            "products",
            "count",
            ({ truth }) => isThere(truth),
            ({ row }) => isThere(row),
        ),
        ...COLUMNS.map((column) => {
            const unit = column === "revenue_cents" ? "cents" : "count";
            return line(
                LABELS[column],
                unit,
                ({ truth }) => truth[column],
                ({ row }) => row[column],
            );
        }),
        line(
            "revenue as floating point",
            "cents",
            ({ row }) => row.revenue_cents,
            ({ row }) => row.rounded,
        ),
    ];
}

async function productRows(pinot: StateSources["stores"]["pinot"]): Promise<Map<string, ProductRow>> {
    const rows = await pinot.query(
        `SELECT product_id, product_name, ${COLUMNS.join(", ")}, revenue FROM ${productAnalytics.name} LIMIT ${MOST_PRODUCTS}`,
    );
    return new Map(
        rows.map((row) => {
            const numbers = Object.fromEntries(COLUMNS.map((column) => [column, Number(row[column])]));
            const rounded = Math.round(Number(row.revenue) * 100);
            return [
                String(row.product_id),
                { ...(numbers as ProductNumbers), name: String(row.product_name), rounded },
            ];
        }),
    );
}

/** Events about products that the ledgers do not contain, each once, in the order in which they were made. */
async function laterEvents(
    pinot: StateSources["stores"]["pinot"],
    runs: readonly LedgerSnapshot[],
): Promise<Map<string, LaterEvent[]>> {
    const found = new Map<string, { readonly at: number; readonly event: LaterEvent }>();
    for (const { run, watermark, final } of runs) {
        if (final) continue;
        const rows = await pinot.query(
            `SELECT sequence, event_type, product_id, total_amount_cents, produced_at FROM ${rawEvents.name} ` +
                `WHERE run_id = '${run}' AND sequence > ${watermark} AND event_type <> 'page_view' LIMIT ${MOST_EVENTS}`,
        );
        if (rows.length === MOST_EVENTS) {
            throw new StoreError(
                `run ${run} has more than ${MOST_EVENTS} events after its last ledger\n` +
                    "Way out: make logs S=clickstream shows why it publishes none; ask again when it does.",
            );
        }
        for (const row of rows) {
            const cents = row.event_type === "purchase" ? Number(row.total_amount_cents) : 0;
            const event = { product: String(row.product_id), type: row.event_type as EventType, cents };
            found.set(`${run}/${row.sequence}`, { at: Number(row.produced_at), event });
        }
    }
    const byProduct = new Map<string, LaterEvent[]>();
    const inOrder = [...found].sort(([, a], [, b]) => a.at - b.at);
    for (const [, { event }] of inOrder) byProduct.set(event.product, [...(byProduct.get(event.product) ?? []), event]);
    return byProduct;
}
