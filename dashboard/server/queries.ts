import { activeUsers, productAnalytics, rawEvents, userSessions } from "../../pipelines/product-analytics/contract";
import type { Range } from "../api";
import { type Bucket, MOST_BUCKETS } from "./range";

/** Most products of an answer. */
export const MOST_PRODUCTS = 1_000;

/** Sessions that are listed. */
export const NEWEST_SESSIONS = 50;

/*
 * Every query is one of these texts. Nothing but whole numbers and buckets of a list is put in, each has a LIMIT above
 * what it can return, and all of it is what Pinot 0.11's only engine understands: no join, no subquery.
 */

/** Events and revenue by type of event. */
export function keyMetricsQuery(range: Range): string {
    return (
        `SELECT event_type, COUNT(*) AS events, SUM(total_amount_cents) AS cents FROM ${rawEvents.name} ` +
        `${within("event_timestamp", range)} GROUP BY event_type LIMIT 100`
    );
}

/** What happened to each product in a range. */
export function productsInRangeQuery(range: Range): string {
    return (
        `SELECT product_id, product_name, product_category, ${countOf("product_view")} AS views, ` +
        `${countOf("add_to_cart")} AS carts, ${countOf("purchase")} AS bought, SUM(total_amount_cents) AS cents ` +
        `FROM ${rawEvents.name} ${within("event_timestamp", range)} ` +
        "AND event_type IN ('product_view', 'add_to_cart', 'purchase') " +
        "GROUP BY product_id, product_name, product_category " +
        `ORDER BY SUM(total_amount_cents) DESC, product_id LIMIT ${MOST_PRODUCTS + 1}`
    );
}

/** What has ever happened to each product. */
export function productsOfAllTimeQuery(): string {
    return (
        "SELECT product_id, product_name, product_category, view_count AS views, cart_adds AS carts, " +
        `purchases AS bought, revenue_cents AS cents FROM ${productAnalytics.name} ` +
        `ORDER BY revenue_cents DESC, product_id LIMIT ${MOST_PRODUCTS + 1}`
    );
}

/** Records, purchases and revenue by bucket of event time. */
export function trendQuery(range: Range, bucket: Bucket): string {
    const start = bucketStart("event_timestamp", bucket);
    return (
        `SELECT ${start} AS bucket, COUNT(*) AS records, ${countOf("purchase")} AS bought, ` +
        `SUM(total_amount_cents) AS cents FROM ${rawEvents.name} ${within("event_timestamp", range)} ` +
        `GROUP BY ${start} ORDER BY ${start} LIMIT ${MOST_BUCKETS + 1}`
    );
}

/** Purchases and revenue by category. */
export function categoriesQuery(range: Range): string {
    return (
        `SELECT product_category, COUNT(*) AS bought, SUM(total_amount_cents) AS cents FROM ${rawEvents.name} ` +
        `${within("event_timestamp", range)} AND event_type = 'purchase' ` +
        "GROUP BY product_category ORDER BY SUM(total_amount_cents) DESC, product_category LIMIT 1000"
    );
}

/**
 * How many sessions that began in a range took each step and all before it, and their totals.
 *
 * Counted from one row a session: over events it would be the intersection of sets of sessions, which Pinot 0.11 only
 * estimates, or holds in memory.
 */
export function sessionTotalsQuery(range: Range): string {
    const steps = ["page_views", "product_views", "cart_adds", "purchases"].map((column) => `${column} > 0`);
    const reached = (count: number) => `SUM(CASE WHEN ${steps.slice(0, count).join(" AND ")} THEN 1 ELSE 0 END)`;
    return (
        `SELECT COUNT(*) AS sessions, ${reached(1)} AS step1, ${reached(2)} AS step2, ${reached(3)} AS step3, ` +
        `${reached(4)} AS step4, SUM(CASE WHEN purchases > 0 THEN 1 ELSE 0 END) AS buyers, ` +
        "SUM(purchases) AS bought, SUM(total_spent_cents) AS cents, SUM(session_end - session_start) AS millis " +
        `FROM ${userSessions.name} ${within("session_start", range)} LIMIT 1`
    );
}

/** The sessions that began last. */
export function newestSessionsQuery(range: Range): string {
    return (
        "SELECT session_id, user_id, session_start, session_end, page_views, product_views, cart_adds, purchases, " +
        `total_spent_cents FROM ${userSessions.name} ${within("session_start", range)} ` +
        `ORDER BY session_start DESC, session_id LIMIT ${NEWEST_SESSIONS}`
    );
}

/** Active users of the closed minutes of each bucket. */
export function activeUsersQuery(range: Range, bucket: Bucket): string {
    const start = bucketStart("window_start", bucket);
    return (
        `SELECT ${start} AS bucket, AVG(active_users) AS average, MAX(active_users) AS most ` +
        `FROM ${activeUsers.name} ${within("window_start", range)} ` +
        `GROUP BY ${start} ORDER BY ${start} LIMIT ${MOST_BUCKETS + 1}`
    );
}

/** Tables of the dashboard, each with the column by which its newest row is known. */
export const FRESHNESS_COLUMNS = {
    [rawEvents.name]: "produced_at",
    [productAnalytics.name]: "update_time",
    [activeUsers.name]: "window_end",
    [userSessions.name]: "session_end",
} as const satisfies Readonly<Record<string, string>>;

/** Number of rows and newest time of a table of {@link FRESHNESS_COLUMNS}. */
export function freshnessQuery(table: string): string {
    const column = FRESHNESS_COLUMNS[table];
    if (column === undefined) throw new Error(`the dashboard knows no table ${JSON.stringify(table)}`);
    return `SELECT COUNT(*) AS records, MAX(${column}) AS newest FROM ${table} LIMIT 1`;
}

function within(column: string, { from, to }: Range): string {
    return `WHERE ${column} >= ${wholeNumber(from)} AND ${column} < ${wholeNumber(to)}`;
}

function countOf(type: "product_view" | "add_to_cart" | "purchase"): string {
    return `SUM(CASE WHEN event_type = '${type}' THEN 1 ELSE 0 END)`;
}

function bucketStart(column: string, { granularity }: Bucket): string {
    return `DATETIMECONVERT(${column}, '1:MILLISECONDS:EPOCH', '1:MILLISECONDS:EPOCH', '${granularity}')`;
}

/** The last gate before SQL: whatever types say, only digits pass. */
function wholeNumber(value: number): string {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`not a moment: ${JSON.stringify(value)}`);
    return String(value);
}
