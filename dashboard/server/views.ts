import type {
    Answer,
    Conversion,
    Freshness,
    KeyMetrics,
    ProductScope,
    Products,
    Range,
    Revenue,
    Sessions,
    TableFreshness,
    TrendPoint,
} from "../api";
import { funnelOf } from "./funnel";
import type { Pinot } from "./pinot";
import {
    activeUsersQuery,
    categoriesQuery,
    FRESHNESS_COLUMNS,
    freshnessQuery,
    keyMetricsQuery,
    MOST_PRODUCTS,
    newestSessionsQuery,
    productsInRangeQuery,
    productsOfAllTimeQuery,
    sessionTotalsQuery,
    trendQuery,
} from "./queries";
import { type Asked, bucketOf, rangeAt } from "./range";

/** One of the dashboard's answers. */
export type View<T> = (pinot: Pinot, asked: Asked, now: number) => Promise<Answer<T>>;

/** Everything that the server answers, by the last part of its path. */
export const VIEWS = {
    metrics: over(metrics),
    products: over((pinot, range, { scope }) => products(pinot, range, scope)),
    revenue: over(revenue),
    conversion: over(conversion),
    sessions: over(sessions),
    freshness: over(freshness),
} satisfies Readonly<Record<string, View<unknown>>>;

/** Name of a view. */
export type ViewName = keyof typeof VIEWS;

function over<T>(body: (pinot: Pinot, range: Range, asked: Asked) => Promise<T>): View<T> {
    return async (pinot, asked, now) => {
        const range = rangeAt(asked.range, now);
        return { range, asked: now, data: await body(pinot, range, asked) };
    };
}

/** Pinot as far as a range goes: of an empty one there is nothing to ask, and Pinot would ask no server. */
function within(pinot: Pinot, { from, to }: Range): Pick<Pinot, "rows"> {
    return from < to ? pinot : { rows: async () => [] };
}

async function metrics(pinot: Pinot, range: Range): Promise<KeyMetrics> {
    const rows = await within(pinot, range).rows(keyMetricsQuery(range));
    const of = (type: string) => numberOf(rows.find((row) => row.event_type === type)?.events);
    return {
        pageViews: of("page_view"),
        productViews: of("product_view"),
        cartAdds: of("add_to_cart"),
        purchases: of("purchase"),
        revenueCents: rows.reduce((sum, { cents }) => sum + numberOf(cents), 0),
        events: rows.reduce((sum, { events }) => sum + numberOf(events), 0),
    };
}

async function products(pinot: Pinot, range: Range, scope: ProductScope): Promise<Products> {
    const rows =
        scope === "all"
            ? await pinot.rows(productsOfAllTimeQuery())
            : await within(pinot, range).rows(productsInRangeQuery(range));
    return {
        scope,
        cut: rows.length > MOST_PRODUCTS,
        products: rows.slice(0, MOST_PRODUCTS).map((row) => ({
            id: String(row.product_id),
            name: String(row.product_name),
            category: String(row.product_category),
            views: numberOf(row.views),
            cartAdds: numberOf(row.carts),
            purchases: numberOf(row.bought),
            revenueCents: numberOf(row.cents),
        })),
    };
}

async function revenue(pinot: Pinot, range: Range): Promise<Revenue> {
    const bucket = bucketOf(range);
    const [trend, categories] = await Promise.all([
        within(pinot, range).rows(trendQuery(range, bucket)),
        within(pinot, range).rows(categoriesQuery(range)),
    ]);
    const points = trend.map((row) => ({
        start: numberOf(row.bucket),
        records: numberOf(row.records),
        purchases: numberOf(row.bought),
        revenueCents: numberOf(row.cents),
    }));
    return {
        bucketMillis: bucket.millis,
        trend: withoutGaps(points, bucket.millis),
        categories: categories.map((row) => ({
            category: String(row.product_category),
            purchases: numberOf(row.bought),
            revenueCents: numberOf(row.cents),
        })),
    };
}

/** A bucket without events has no row in Pinot; in a chart it is a zero, not a line from neighbour to neighbour. */
export function withoutGaps(points: readonly TrendPoint[], bucketMillis: number): TrendPoint[] {
    const first = points[0];
    const last = points.at(-1);
    if (first === undefined || last === undefined) return [];
    const known = new Map(points.map((point) => [point.start, point]));
    return Array.from({ length: Math.round((last.start - first.start) / bucketMillis) + 1 }, (_, index) => {
        const start = first.start + index * bucketMillis;
        return known.get(start) ?? { start, records: 0, purchases: 0, revenueCents: 0 };
    });
}

async function conversion(pinot: Pinot, range: Range): Promise<Conversion> {
    const bucket = bucketOf(range);
    const [[totals], users] = await Promise.all([
        within(pinot, range).rows(sessionTotalsQuery(range)),
        within(pinot, range).rows(activeUsersQuery(range, bucket)),
    ]);
    return {
        funnel: funnelOf([totals?.step1, totals?.step2, totals?.step3, totals?.step4].map(numberOf)),
        bucketMillis: bucket.millis,
        activeUsers: users.map((row) => ({
            start: numberOf(row.bucket),
            average: numberOf(row.average),
            most: numberOf(row.most),
        })),
    };
}

async function sessions(pinot: Pinot, range: Range): Promise<Sessions> {
    const [[totals], newest] = await Promise.all([
        within(pinot, range).rows(sessionTotalsQuery(range)),
        within(pinot, range).rows(newestSessionsQuery(range)),
    ]);
    const count = numberOf(totals?.sessions);
    return {
        sessions: count,
        withPurchase: numberOf(totals?.buyers),
        purchases: numberOf(totals?.bought),
        spentCents: numberOf(totals?.cents),
        averageMillis: count === 0 ? 0 : numberOf(totals?.millis) / count,
        newest: newest.map((row) => ({
            id: String(row.session_id),
            user: String(row.user_id),
            start: numberOf(row.session_start),
            end: numberOf(row.session_end),
            pageViews: numberOf(row.page_views),
            productViews: numberOf(row.product_views),
            cartAdds: numberOf(row.cart_adds),
            purchases: numberOf(row.purchases),
            spentCents: numberOf(row.total_spent_cents),
        })),
    };
}

/** One table's trouble does not hide the others; a Pinot that answers for none of them is an error. */
async function freshness(pinot: Pinot): Promise<Freshness> {
    const names = Object.keys(FRESHNESS_COLUMNS);
    const asked = await Promise.allSettled(names.map((table) => tableFreshness(pinot, table)));
    const failures = asked.filter((result) => result.status === "rejected");
    if (failures[0] !== undefined && failures.length === names.length) throw failures[0].reason;
    return {
        tables: asked.map((result, index) =>
            result.status === "fulfilled"
                ? result.value
                : { table: names[index] ?? "", rows: 0, problem: String((result.reason as Error).message) },
        ),
    };
}

async function tableFreshness(pinot: Pinot, table: string): Promise<TableFreshness> {
    const [[row], waiting] = await Promise.all([
        pinot.rows(freshnessQuery(table)),
        // The controller may be away or of a version that does not say: the broker's part is known all the same.
        pinot.waiting(table).catch(() => undefined),
    ]);
    const rows = numberOf(row?.records);
    return {
        table,
        rows,
        // The greatest of no rows is Pinot's least number, not a time.
        ...(rows > 0 && { newest: numberOf(row?.newest) }),
        ...(waiting !== undefined && { waiting }),
    };
}

/**
 * A number of an answer; sums and greatest values over no rows are null, infinite or left out, and count as 0.
 * @throws Error for what is no number at all: it would be shown as one.
 */
export function numberOf(value: unknown): number {
    if (value === null || value === undefined || value === "-Infinity" || value === "Infinity" || value === "NaN")
        return 0;
    const number =
        typeof value === "number" || (typeof value === "string" && value !== "") ? Number(value) : Number.NaN;
    if (Number.isNaN(number)) throw new Error(`Pinot answered ${JSON.stringify(value)} where a number should be`);
    return Number.isFinite(number) ? number : 0;
}
