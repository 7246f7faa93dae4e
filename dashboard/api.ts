/** What the dashboard's server answers: the types that server and page share. Times are epoch milliseconds. */

/** Ranges that end now, by name, in milliseconds. */
export const PRESETS = { "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 } as const;

/** A name in {@link PRESETS}. */
export type Preset = keyof typeof PRESETS;

/** Which events are counted: those from `from` on and before `to`. */
export interface Range {
    readonly from: number;
    readonly to: number;
}

/** How often a page may ask, in seconds. */
export interface RefreshBounds {
    readonly least: number;
    readonly most: number;
    readonly step: number;
    readonly standard: number;
}

/** What the page is told when it is loaded. */
export interface PageSettings {
    readonly refresh: RefreshBounds;
    /** Categories in the order of their colours. */
    readonly categories: readonly string[];
}

/** An answer: what was asked for, over which range, and when Pinot said so. */
export interface Answer<T> {
    readonly range: Range;
    /** When the server began to ask Pinot. */
    readonly asked: number;
    readonly data: T;
}

/** Why there is no answer. */
export interface Failure {
    readonly error: string;
    /** What to do about it. */
    readonly wayOut?: string;
}

/** Events by type, over the range. */
export interface KeyMetrics {
    readonly pageViews: number;
    readonly productViews: number;
    readonly cartAdds: number;
    readonly purchases: number;
    readonly revenueCents: number;
    /** All events, of whatever type. */
    readonly events: number;
}

/** What happened to one product. */
export interface ProductRow {
    readonly id: string;
    readonly name: string;
    readonly category: string;
    readonly views: number;
    readonly cartAdds: number;
    readonly purchases: number;
    readonly revenueCents: number;
}

/** Which events product figures count: those of the range, or all that Flink has ever counted. */
export type ProductScope = "range" | "all";

/** Products, those with most revenue first. */
export interface Products {
    readonly scope: ProductScope;
    readonly products: readonly ProductRow[];
    /** There are more products than the answer may hold. */
    readonly cut: boolean;
}

/** One bucket of the trend. */
export interface TrendPoint {
    readonly start: number;
    /** Events of any type. */
    readonly records: number;
    readonly purchases: number;
    readonly revenueCents: number;
}

/** Purchases of one category. */
export interface CategoryRow {
    readonly category: string;
    readonly purchases: number;
    readonly revenueCents: number;
}

/** Revenue over time and by category. */
export interface Revenue {
    readonly bucketMillis: number;
    /** From the first bucket with an event to the last, without gaps. */
    readonly trend: readonly TrendPoint[];
    readonly categories: readonly CategoryRow[];
}

/** A step of the funnel. */
export interface FunnelStep {
    readonly step: "page_view" | "product_view" | "add_to_cart" | "purchase";
    /** Sessions that took this step and all before it. */
    readonly sessions: number;
    /** Part of the sessions of the step before; undefined when that had none. */
    readonly ofPrevious?: number;
    /** Part of the sessions of the first step; undefined when that had none. */
    readonly ofFirst?: number;
}

/** Distinct users in the closed minutes of a bucket. */
export interface ActiveUsersPoint {
    readonly start: number;
    readonly average: number;
    readonly most: number;
}

/** How far sessions got, and how many users were active. */
export interface Conversion {
    readonly funnel: readonly FunnelStep[];
    readonly bucketMillis: number;
    readonly activeUsers: readonly ActiveUsersPoint[];
}

/** One session so far. */
export interface SessionRow {
    readonly id: string;
    readonly user: string;
    readonly start: number;
    readonly end: number;
    readonly pageViews: number;
    readonly productViews: number;
    readonly cartAdds: number;
    readonly purchases: number;
    readonly spentCents: number;
}

/** Sessions that began in the range. */
export interface Sessions {
    readonly sessions: number;
    readonly withPurchase: number;
    readonly purchases: number;
    readonly spentCents: number;
    /** From first to last event, on average; 0 without a session. */
    readonly averageMillis: number;
    readonly newest: readonly SessionRow[];
}

/** How new a table's newest row is. */
export interface TableFreshness {
    readonly table: string;
    readonly rows: number;
    /** Time that the newest row stands for; undefined for an empty table. */
    readonly newest?: number;
    /** Messages that Kafka holds and Pinot has not read yet; undefined when the controller does not say. */
    readonly waiting?: number;
    /** Why nothing is known of the table. */
    readonly problem?: string;
}

/** How new the numbers are. */
export interface Freshness {
    readonly tables: readonly TableFreshness[];
}
