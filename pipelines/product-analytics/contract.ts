import { dimension, key, metric, type RowOf, table, time, union } from "../../lib/contract";

/** What a shopper does, with its share of all events. */
export const EVENT_SHARES = { page_view: 0.4, product_view: 0.3, add_to_cart: 0.2, purchase: 0.1 } as const;

/** One of the four things that a shopper does. */
export type EventType = keyof typeof EVENT_SHARES;

/** Product categories of the catalogue. */
export const CATEGORIES = ["Electronics", "Clothing", "Books", "Home & Garden", "Sports"] as const;

const product = {
    product_id: dimension.string({ format: "uuid" }),
    product_name: dimension.string(),
    product_category: dimension.string({ oneOf: CATEGORIES }),
    price: metric.double({ unit: "EUR", min: 10, max: 1_000 }),
};

const cart = { ...product, quantity: metric.long({ min: 1, max: 5 }) };

/** Events of a web shop: several users, each with sessions of several events. */
export const rawEvents = union(
    "raw_events",
    {
        by: "event_type",
        common: {
            event_id: dimension.string({ format: "uuid", use: "unique" }),
            /** The generator run that made the event; a restarted generator is a new run. */
            run_id: dimension.string({ use: "equality" }),
            /** Position in the run, 1, 2, 3 …; with `run_id` it says exactly which events a ledger speaks of. */
            sequence: dimension.long({ min: 1, use: "range" }),
            user_id: dimension.string({ format: "uuid" }),
            session_id: dimension.string({ format: "uuid" }),
            device_type: dimension.string({ oneOf: ["desktop", "mobile", "tablet"] }),
            os: dimension.string({ oneOf: ["Windows", "MacOS", "iOS", "Android", "Linux"] }),
            browser: dimension.string({ oneOf: ["Chrome", "Firefox", "Safari", "Edge"] }),
            location: dimension.string(),
            /** When it happened. */
            event_timestamp: time.epochMillis(),
            /** When the generator handed it to the broker: freshness is measured from here. */
            produced_at: time.epochMillis(),
        },
        variants: {
            page_view: {
                page_url: dimension.string(),
                referrer_url: dimension.string({ nullable: true }),
                time_spent: metric.double({ unit: "s", min: 5, max: 300 }),
            },
            product_view: product,
            add_to_cart: cart,
            purchase: {
                ...cart,
                order_id: dimension.string({ format: "uuid" }),
                total_amount: metric.double({ unit: "EUR" }),
                /** The same amount as a whole number, so that its sum can be compared exactly. */
                total_amount_cents: metric.long({ unit: "cent", min: 1_000 }),
            },
        },
    },
    { timeColumn: "event_timestamp", messageKey: "user_id" },
);

/** One event of {@link rawEvents}. */
export type RawEvent = RowOf<typeof rawEvents>;

/** Topic of the events, keyed by user: a user's events stay in order. */
export const RAW_EVENTS_TOPIC = "raw-events";

/** Messages that a clickstream generator sends on purpose although they are no event, by what is wrong with them. */
export const CLICKSTREAM_MALFORMED = [
    "not_json",
    "unknown_event_type",
    "missing_user",
    "negative_price",
    /** About a megabyte. */
    "too_large",
] as const;

const COUNTED = [
    "events",
    ...(Object.keys(EVENT_SHARES) as EventType[]),
    "cart_quantity",
    "purchase_quantity",
    "revenue_cents",
] as const;

/**
 * What the ledger of a clickstream run counts.
 *
 * - Of distinct events: events in all and by type, pieces, money, distinct users and sessions, and `late_events`, the
 *   events among them whose `event_timestamp` is a day before `produced_at`.
 * - `duplicate_…`: the same once more for each copy of an event that was sent again, under the same `event_id` and
 *   `sequence`. A store that keeps every message has `x + duplicate_x` of a run, one that tells events apart has `x`.
 *   An event's copy goes with it: copies of all sequences up to a watermark are there with it.
 * - `malformed`, in all and by kind: messages that are no event. They carry the run's id where they are JSON, and no
 *   `sequence`: a store that keeps them tells them from events by `sequence >= 1`.
 * - `messages`: all that was sent: events, duplicates and malformed.
 */
export const CLICKSTREAM_TOTALS = [
    ...COUNTED,
    "users",
    "sessions",
    "late_events",
    ...COUNTED.map((name) => `duplicate_${name}` as const),
    "malformed",
    ...CLICKSTREAM_MALFORMED.map((kind) => `malformed_${kind}` as const),
    "messages",
] as const;

/** A name in {@link CLICKSTREAM_TOTALS}. */
export type ClickstreamTotal = (typeof CLICKSTREAM_TOTALS)[number];

/** What shoppers did with each product, over all events: one row a product, replaced whenever something happens to it. */
export const productAnalytics = table(
    "product_analytics",
    {
        product_id: key.string({ format: "uuid" }),
        product_name: dimension.string(),
        product_category: dimension.string({ oneOf: CATEGORIES }),
        view_count: metric.long({ min: 0 }),
        cart_adds: metric.long({ min: 0 }),
        purchases: metric.long({ min: 0 }),
        revenue: metric.double({ unit: "EUR", min: 0 }),
        /** The same revenue as a whole number, so that it compares exactly. */
        revenue_cents: metric.long({ unit: "cent", min: 0 }),
        /** Event time of the newest event that the row contains. */
        update_time: time.epochMillis(),
    },
    { timeColumn: "update_time" },
);

/** How many distinct users did something in a minute of event time; one row a closed minute. */
export const activeUsers = table(
    "active_users",
    {
        window_start: time.epochMillis(),
        window_end: time.epochMillis(),
        active_users: metric.long({ min: 1 }),
    },
    { timeColumn: "window_start", primaryKey: ["window_start", "window_end"] },
);

/** What happened in each session so far; one row a session, replaced with each of its events. */
export const userSessions = table(
    "user_sessions",
    {
        session_id: key.string({ format: "uuid" }),
        user_id: dimension.string({ format: "uuid" }),
        session_start: time.epochMillis(),
        session_end: time.epochMillis(),
        page_views: metric.long({ min: 0 }),
        product_views: metric.long({ min: 0 }),
        cart_adds: metric.long({ min: 0 }),
        purchases: metric.long({ min: 0 }),
        total_spent: metric.double({ unit: "EUR", min: 0 }),
        /** The same amount as a whole number, so that it compares exactly. */
        total_spent_cents: metric.long({ unit: "cent", min: 0 }),
    },
    { timeColumn: "session_start" },
);

/** Compacted topics of the tables above, keyed by their primary keys. */
export const ANALYTICS_TOPICS = {
    productAnalytics: "product-analytics",
    activeUsers: "active-users-per-minute",
    userSessions: "user-session-analytics",
} as const;

/** Topic of messages that are no event of {@link rawEvents}, each with the reason. */
export const RAW_EVENTS_DLQ_TOPIC = "raw-events.dlq";

/** Why a message is no event, in the order in which it is judged; the first that holds is the reason. */
export const REJECTION_REASONS = {
    too_large: "too large",
    not_json: "not JSON",
    unknown_event_type: "unknown event type",
    missing_event_id: "missing event id",
    missing_user: "missing user",
    missing_session: "missing session",
    no_believable_time: "no believable time",
    negative_price: "negative price",
    missing_product: "missing product",
    missing_amount: "missing amount",
} as const;

/** One of {@link REJECTION_REASONS}. */
export type RejectionReason = (typeof REJECTION_REASONS)[keyof typeof REJECTION_REASONS];

/** Messages longer than this are no events, in characters; an event has about 500. */
export const LARGEST_MESSAGE = 65_536;

/** A minute closes once an event of so many seconds later has come: until then events of the minute may be late. */
export const WATERMARK_SECONDS = 5;

/** Messages that are no event; one row a position in {@link RAW_EVENTS_TOPIC}, however often a job comes past it. */
export const rejectedMessages = table(
    "rejected_messages",
    {
        reason: dimension.string({ oneOf: Object.values(REJECTION_REASONS) }),
        source_partition: key.long({ min: 0 }),
        source_offset: key.long({ min: 0 }),
        /** The generator run that sent it, where that can be read. */
        run_id: dimension.string({ nullable: true, use: "equality" }),
        /** When the broker took it. */
        received_at: time.epochMillis(),
        /** Its first characters; all of it stands in its topic. */
        message: dimension.string({ nullable: true }),
    },
    { timeColumn: "received_at" },
);

/**
 * Groups of a clickstream ledger, and what each of their members counts: distinct events, also late ones. Only
 * `active_users` leaves those out, as windows that are closed drop them.
 */
export const CLICKSTREAM_GROUPS = {
    /** By product id, over the whole run. */
    products: ["view_count", "cart_adds", "purchases", "revenue_cents"],
    /** By minute of event time in epoch milliseconds: distinct users; the newest {@link LEDGER_MINUTES} minutes. */
    active_users: ["users"],
    /**
     * By minute in which sessions began: how many, how many of them are over, and what happened in all of them so far.
     * Once the minute is past and `sessions` = `over`, nothing of it changes any more. A session begins with its first
     * event by event time: one with a late event began a day ago, where the ledger does not look.
     */
    session_starts: ["sessions", "over", "page_views", "product_views", "cart_adds", "purchases", "spent_cents"],
} as const;

/** How many minutes a clickstream ledger looks back: a snapshot must stay a small message. */
export const LEDGER_MINUTES = 180;
