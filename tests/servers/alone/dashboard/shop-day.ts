import { Clickstream } from "../../../../generators/clickstream/clickstream";
import type { Clock } from "../../../../generators/source";
import type { RowOf } from "../../../../lib/contract";
import type {
    activeUsers,
    EventType,
    productAnalytics,
    RawEvent,
    userSessions,
} from "../../../../pipelines/product-analytics/contract";

const SEED = 7;
const USERS = 2_500;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const MANNERS = ["Classic", "Light", "Nordic", "Travel"];
const THINGS = [
    ["Headphones", "Speaker", "Camera", "Tablet", "Monitor"],
    ["Jacket", "Sweater", "Sneakers", "Raincoat", "Scarf"],
    ["Cookbook", "Atlas", "Novel", "Notebook", "Crosswords"],
    ["Armchair", "Desk Lamp", "Herb Planter", "Kettle", "Rug"],
    ["Racket", "Yoga Mat", "Rowing Machine", "Tent", "Bike Helmet"],
];
/** The shop's names; those of the generator come from a library that the test runner cannot load. */
const WORDS = {
    productNames: THINGS.flatMap((things) => things.flatMap((thing) => MANNERS.map((manner) => `${manner} ${thing}`))),
    cities: ["Bern", "Lyon", "Porto", "Gdańsk", "Turku"],
};

type ProductRow = RowOf<typeof productAnalytics>;
type SessionRow = RowOf<typeof userSessions>;
type ActiveUsersRow = RowOf<typeof activeUsers>;

/** Events of a shop, and what follows from them: what Flink would write, by a test's own arithmetic. */
export class ShopDay {
    constructor(readonly events: readonly RawEvent[]) {}

    /** The events of a range. */
    within(from: number, to: number): ShopDay {
        return new ShopDay(this.events.filter((event) => event.event_timestamp >= from && event.event_timestamp < to));
    }

    count(type: EventType): number {
        return this.events.filter((event) => event.event_type === type).length;
    }

    get revenueCents(): number {
        return this.events.reduce((sum, event) => sum + centsOf(event), 0);
    }

    /** One row a product, as it is after all events. */
    get products(): ProductRow[] {
        const rows = new Map<string, ProductRow>();
        for (const event of this.events) {
            if (event.event_type === "page_view") continue;
            const { product_id, product_name, product_category } = event;
            const row = rows.get(product_id) ?? {
                ...{ product_id, product_name, product_category, view_count: 0, cart_adds: 0, purchases: 0 },
                ...{ revenue: 0, revenue_cents: 0, update_time: 0 },
            };
            const cents = row.revenue_cents + centsOf(event);
            rows.set(product_id, {
                ...row,
                view_count: row.view_count + (event.event_type === "product_view" ? 1 : 0),
                cart_adds: row.cart_adds + (event.event_type === "add_to_cart" ? 1 : 0),
                purchases: row.purchases + (event.event_type === "purchase" ? 1 : 0),
                revenue: cents / 100,
                revenue_cents: cents,
                update_time: Math.max(row.update_time, event.event_timestamp),
            });
        }
        return [...rows.values()].sort((one, other) => other.revenue_cents - one.revenue_cents);
    }

    /** One row a session, as it is after all events. */
    get sessions(): SessionRow[] {
        const rows = new Map<string, SessionRow>();
        for (const event of this.events) {
            const { session_id, user_id, event_timestamp: at } = event;
            const row = rows.get(session_id) ?? {
                ...{ session_id, user_id, session_start: at, session_end: at, page_views: 0, product_views: 0 },
                ...{ cart_adds: 0, purchases: 0, total_spent: 0, total_spent_cents: 0 },
            };
            const cents = row.total_spent_cents + centsOf(event);
            rows.set(session_id, {
                ...row,
                session_end: Math.max(row.session_end, at),
                page_views: row.page_views + (event.event_type === "page_view" ? 1 : 0),
                product_views: row.product_views + (event.event_type === "product_view" ? 1 : 0),
                cart_adds: row.cart_adds + (event.event_type === "add_to_cart" ? 1 : 0),
                purchases: row.purchases + (event.event_type === "purchase" ? 1 : 0),
                total_spent: cents / 100,
                total_spent_cents: cents,
            });
        }
        return [...rows.values()];
    }

    /** One row a minute that has events. */
    get activeUsers(): ActiveUsersRow[] {
        const users = new Map<number, Set<string>>();
        for (const { event_timestamp, user_id } of this.events) {
            const start = Math.floor(event_timestamp / MINUTE) * MINUTE;
            const minute = users.get(start) ?? new Set();
            users.set(start, minute.add(user_id));
        }
        return [...users].map(([start, { size }]) => ({
            window_start: start,
            window_end: start + MINUTE,
            active_users: size,
        }));
    }

    /** How many sessions took each step and all before it. */
    get funnel(): number[] {
        const types = ["page_view", "product_view", "add_to_cart", "purchase"] as const;
        const taken = new Map<string, Set<EventType>>();
        for (const { session_id, event_type } of this.events) {
            const steps = taken.get(session_id) ?? new Set<EventType>();
            taken.set(session_id, steps.add(event_type));
        }
        return types.map(
            (_, step) =>
                [...taken.values()].filter((steps) => types.slice(0, step + 1).every((each) => steps.has(each))).length,
        );
    }
}

/**
 * Twenty hours of a shop that end at a moment, with a quiet night and a busy evening, and a little of it 3, 20 and 40
 * days before.
 */
export function shopUntil(end: number): ShopDay {
    const day = eventsOf("day", 24_000, dayClock(end - 20 * HOUR, end, 24_000));
    const before = [3, 20, 40].flatMap((days) =>
        eventsOf(`${days} days ago`, 300, { start: end, at: (sequence) => end - days * 24 * HOUR + sequence * 1_000 }),
    );
    return new ShopDay([...before, ...day]);
}

/** Some events that happen now, one after the other. */
export function eventsOf(run: string, count: number, clock: Clock): RawEvent[] {
    const shop = new Clickstream({ run, seed: SEED, users: USERS, openSessions: 60, clock, words: WORDS });
    return Array.from({ length: count }, () => shop.next(1, []));
}

/** A clock on which events come thickly in the evening and thinly at night, by the hours of the range itself. */
function dayClock(start: number, end: number, events: number): Clock {
    const minutes = Math.round((end - start) / MINUTE);
    const weights = Array.from(
        { length: minutes },
        (_, minute) => 1.15 - Math.cos((minute / minutes) * 2 * Math.PI - 0.9),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const times: number[] = [];
    let due = 0;
    weights.forEach((weight, minute) => {
        const before = times.length;
        due += (weight / total) * events;
        const many = Math.round(due) - before;
        for (let each = 0; each < many; each++) times.push(start + (minute + each / many) * MINUTE);
    });
    return { start, at: (sequence) => Math.floor(times[Math.min(sequence, times.length) - 1] ?? end) };
}

function centsOf(event: RawEvent): number {
    return event.event_type === "purchase" ? event.total_amount_cents : 0;
}
