import type { LedgerSnapshot } from "../../lib/ledger";
import { CLICKSTREAM_GROUPS, type EventType } from "./contract";

const COLUMNS = CLICKSTREAM_GROUPS.products;

/** A column of `product_analytics` that is a number of the ledger. */
export type ProductColumn = (typeof COLUMNS)[number];

/** A product's numbers. */
export type ProductNumbers = Readonly<Record<ProductColumn, number>>;

/** An event about a product that a ledger does not contain yet. */
export interface LaterEvent {
    readonly product: string;
    readonly type: EventType;
    /** What was paid; 0 unless it is a purchase. */
    readonly cents: number;
}

/** A product to which nothing has happened. */
export const NOTHING: ProductNumbers = { view_count: 0, cart_adds: 0, purchases: 0, revenue_cents: 0 };

const COUNTED: Readonly<Partial<Record<EventType, ProductColumn>>> = {
    product_view: "view_count",
    add_to_cart: "cart_adds",
    purchase: "purchases",
};

/** What the ledgers of all runs say of each product, up to their watermarks. */
export function productsOf(runs: readonly LedgerSnapshot[]): Map<string, ProductNumbers> {
    const products = new Map<string, ProductNumbers>();
    for (const { groups } of runs) {
        for (const [product, numbers] of Object.entries(groups?.products ?? {})) {
            products.set(product, plus(products.get(product) ?? NOTHING, numbers));
        }
    }
    return products;
}

/** A product's numbers once an event has happened to it. */
export function after(numbers: ProductNumbers, { type, cents }: LaterEvent): ProductNumbers {
    const column = COUNTED[type];
    if (column === undefined) return numbers;
    return { ...numbers, [column]: numbers[column] + 1, revenue_cents: numbers.revenue_cents + cents };
}

/**
 * Whether a row shows the product at some moment since the ledgers: their numbers, and after them a beginning of its
 * own later events.
 */
export function isMomentOf(row: ProductNumbers, ledgers: ProductNumbers, later: readonly LaterEvent[]): boolean {
    let state = ledgers;
    if (same(row, state)) return true;
    return later.some((event) => {
        state = after(state, event);
        return same(row, state);
    });
}

function same(a: ProductNumbers, b: ProductNumbers): boolean {
    return COLUMNS.every((column) => a[column] === b[column]);
}

function plus(a: ProductNumbers, b: Readonly<Partial<ProductNumbers>>): ProductNumbers {
    return Object.fromEntries(COLUMNS.map((column) => [column, a[column] + (b[column] ?? 0)])) as ProductNumbers;
}
