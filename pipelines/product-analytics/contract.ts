import { dimension, metric, type RowOf, time, union } from "../../lib/contract";

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

/** What the ledger of a clickstream run counts: events in all and by type, pieces, money, distinct users and sessions. */
export const CLICKSTREAM_TOTALS = [
    "events",
    ...(Object.keys(EVENT_SHARES) as EventType[]),
    "cart_quantity",
    "purchase_quantity",
    "revenue_cents",
    "users",
    "sessions",
] as const;

/** A name in {@link CLICKSTREAM_TOTALS}. */
export type ClickstreamTotal = (typeof CLICKSTREAM_TOTALS)[number];
