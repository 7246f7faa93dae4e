import type { LedgerGroups } from "../../lib/ledger/snapshot";
import {
    CLICKSTREAM_GROUPS,
    CLICKSTREAM_TOTALS,
    type ClickstreamTotal,
    LEDGER_MINUTES,
    type RawEvent,
} from "../../pipelines/product-analytics/contract";
import { MinuteRing, minuteOf } from "../minute-ring";
import type { Made } from "../source";
import type { MalformedKind } from "./faults";
import type { Product } from "./shop";

const { products: OF_PRODUCTS, active_users: OF_MINUTES, session_starts: OF_SESSIONS } = CLICKSTREAM_GROUPS;
const SESSIONS = OF_SESSIONS.indexOf("sessions");
const OVER = OF_SESSIONS.indexOf("over");
const SPENT = OF_SESSIONS.indexOf("spent_cents");
/** Where an event counts, by its type: among a product's numbers (never for a page), and among a session's. */
const PLACES = {
    page_view: { product: -1, session: OF_SESSIONS.indexOf("page_views") },
    product_view: { product: OF_PRODUCTS.indexOf("view_count"), session: OF_SESSIONS.indexOf("product_views") },
    add_to_cart: { product: OF_PRODUCTS.indexOf("cart_adds"), session: OF_SESSIONS.indexOf("cart_adds") },
    purchase: { product: OF_PRODUCTS.indexOf("purchases"), session: OF_SESSIONS.indexOf("purchases") },
} as const;
const REVENUE = OF_PRODUCTS.indexOf("revenue_cents");

/** What a session has contributed so far, and to which minute. */
export class SessionTally {
    /** Numbers in the order of the group `session_starts`. */
    readonly numbers = new Float64Array(OF_SESSIONS.length);
    /** In which the session began: the minute of its first event by event time. */
    minute = Number.POSITIVE_INFINITY;
}

/** What is counted of an event beside its own fields. */
export interface Counted {
    readonly event: RawEvent;
    /** Place of its product in the catalogue. */
    readonly product: number;
    readonly user: number;
    readonly session: SessionTally;
    /** The event is the session's last. */
    readonly last: boolean;
    /** Time of the run's clock; a late event's own time is before it. */
    readonly now: number;
}

/** Counts what a clickstream run has made: totals, and the groups of its ledger. */
export class ClickstreamTally {
    private readonly totals = Object.fromEntries(CLICKSTREAM_TOTALS.map((name) => [name, 0])) as Record<
        ClickstreamTotal,
        number
    >;
    private readonly ofProducts: Float64Array;
    private readonly ofMinutes = MinuteRing.of(OF_MINUTES, LEDGER_MINUTES);
    private readonly ofSessions = MinuteRing.of(OF_SESSIONS, LEDGER_MINUTES);
    private readonly lastMinutes: Int32Array;
    private readonly seen: Uint8Array;

    constructor(
        private readonly catalogue: readonly Product[],
        users: number,
    ) {
        this.ofProducts = new Float64Array(catalogue.length * OF_PRODUCTS.length);
        this.lastMinutes = new Int32Array(users).fill(-1);
        this.seen = new Uint8Array(users);
    }

    /** Adds to a total that is not about a single event. */
    add(name: ClickstreamTotal, amount: number): void {
        this.totals[name] += amount;
    }

    /** Counts an event that was sent, once. */
    count(counted: Counted): void {
        const { event, now } = counted;
        this.add("messages", 1);
        this.addFields(event, "");
        if (event.event_timestamp < now) this.add("late_events", 1);
        this.countProduct(counted);
        this.countUser(counted);
        this.countSession(counted);
    }

    /** Counts an event that was sent again. */
    countDuplicate(event: RawEvent): void {
        this.add("messages", 1);
        this.addFields(event, "duplicate_");
    }

    /** Counts a message that is no event. */
    countMalformed(kind: MalformedKind): void {
        this.add("messages", 1);
        this.add("malformed", 1);
        this.add(`malformed_${kind}`, 1);
    }

    /** All numbers as they are now; the groups are written out only when they are asked for. */
    made(sequence: number, time: number): Made {
        const { catalogue } = this;
        const ofProducts = this.ofProducts.slice();
        const ofMinutes = this.ofMinutes.copy();
        const ofSessions = this.ofSessions.copy();
        return {
            sequence,
            time,
            totals: { ...this.totals },
            groups: (): LedgerGroups => ({
                products: readProducts(catalogue, ofProducts),
                active_users: ofMinutes.read(),
                session_starts: ofSessions.read(),
            }),
        };
    }

    private addFields(event: RawEvent, prefix: "" | "duplicate_"): void {
        this.add(`${prefix}events`, 1);
        this.add(`${prefix}${event.event_type}`, 1);
        if (event.event_type === "add_to_cart") this.add(`${prefix}cart_quantity`, event.quantity);
        if (event.event_type === "purchase") {
            this.add(`${prefix}purchase_quantity`, event.quantity);
            this.add(`${prefix}revenue_cents`, event.total_amount_cents);
        }
    }

    private countProduct({ event, product }: Counted): void {
        const place = PLACES[event.event_type].product;
        if (place === -1) return;
        this.addToProduct(product, place, 1);
        if (event.event_type === "purchase") this.addToProduct(product, REVENUE, event.total_amount_cents);
    }

    private addToProduct(product: number, place: number, amount: number): void {
        const at = product * OF_PRODUCTS.length + place;
        this.ofProducts[at] = (this.ofProducts[at] ?? 0) + amount;
    }

    private countUser({ event, user, now }: Counted): void {
        if (this.seen[user] === 0) {
            this.seen[user] = 1;
            this.add("users", 1);
        }
        const minute = minuteOf(now);
        this.ofMinutes.advance(minute);
        // Windows drop what comes after their watermark: a late event makes nobody active, neither then nor now.
        if (event.event_timestamp < now || this.lastMinutes[user] === minute) return;
        this.lastMinutes[user] = minute;
        this.ofMinutes.add(minute, 0, 1);
    }

    private countSession({ event, session, last, now }: Counted): void {
        const ring = this.ofSessions;
        ring.advance(minuteOf(now));
        const { numbers } = session;
        const minute = minuteOf(event.event_timestamp);
        if (minute < session.minute) {
            // A late event is now the session's first by event time: all that is known of it belongs to that minute.
            const before = session.minute;
            session.minute = minute;
            for (const [name, number] of numbers.entries()) {
                if (number === 0) continue;
                ring.add(before, name, -number);
                ring.add(minute, name, number);
            }
        }
        const add = (name: number, amount: number) => {
            numbers[name] = (numbers[name] ?? 0) + amount;
            ring.add(session.minute, name, amount);
        };
        if (numbers[SESSIONS] === 0) add(SESSIONS, 1);
        add(PLACES[event.event_type].session, 1);
        if (event.event_type === "purchase") add(SPENT, event.total_amount_cents);
        if (last) add(OVER, 1);
    }
}

function readProducts(catalogue: readonly Product[], numbers: Float64Array) {
    const entries = catalogue.flatMap(({ id }, product) => {
        const first = product * OF_PRODUCTS.length;
        const own = numbers.subarray(first, first + OF_PRODUCTS.length);
        // A store has no row of a product before something happens to it.
        if (own.every((number) => number === 0)) return [];
        return [[id, Object.fromEntries(OF_PRODUCTS.map((name, index) => [name, own[index] ?? 0]))] as const];
    });
    return Object.fromEntries(entries);
}
