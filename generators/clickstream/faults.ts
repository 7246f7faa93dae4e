import type { CLICKSTREAM_MALFORMED, RawEvent } from "../../pipelines/product-analytics/contract";
import { type Random, randomOf } from "../random";

/** How often faults are injected; each from 0 (never) to 1. */
export interface FaultRates {
    /** Part of the events that are sent again. */
    readonly duplicateRate: number;
    /** Part of the events whose `event_timestamp` is a day before they happened. */
    readonly lateRate: number;
    /** Messages that are no event, beside each event. */
    readonly malformedRate: number;
}

/** No faults. */
export const FAULTLESS: FaultRates = { duplicateRate: 0, lateRate: 0, malformedRate: 0 };

/** One of {@link CLICKSTREAM_MALFORMED}. */
export type MalformedKind = (typeof CLICKSTREAM_MALFORMED)[number];

/** A message that is no event. */
export interface Malformed {
    readonly kind: MalformedKind;
    /** Null where the user is what is missing. */
    readonly key: string | null;
    readonly value: string;
}

/** How much later than it happened a late event arrives, in milliseconds. */
export const LATE_MILLIS = 86_400_000;

/** Characters of the page of an event that is too large: with all else it is just below the megabyte that brokers take by default. */
const LARGE_CHARACTERS = 1_000_000;

// Repeated values are weights: a megabyte is rare, or it would be all that a broker does.
const MIX: readonly MalformedKind[] = Object.entries({
    not_json: 6,
    unknown_event_type: 5,
    missing_user: 4,
    negative_price: 4,
    too_large: 1,
} satisfies Record<MalformedKind, number>).flatMap(([kind, weight]) =>
    Array.from({ length: weight }, () => kind as MalformedKind),
);

/**
 * Decides which events are late, which are sent twice, and what is sent that is no event. It draws from a stream of its
 * own: a run has the same events with faults and without.
 */
export class Faults {
    private readonly random: Random;

    constructor(
        seed: string,
        private readonly rates: FaultRates,
    ) {
        this.random = randomOf(`${seed}/faults`);
    }

    /** How much earlier than now the next event says that it happened, in milliseconds. */
    lateness(): number {
        return this.happens(this.rates.lateRate) ? LATE_MILLIS : 0;
    }

    /** The event just made is sent again. */
    isDuplicated(): boolean {
        return this.happens(this.rates.duplicateRate);
    }

    /** What is sent after an event that is no event, if anything: as a broken client of the same user would send it. */
    malformed(event: RawEvent): Malformed | undefined {
        if (!this.happens(this.rates.malformedRate)) return undefined;
        const kind = this.random.pick(MIX);
        const base = baseOf(event, this.random);
        return { kind, key: keyOf(kind, event), value: VALUES[kind](base, this.random) };
    }

    private happens(rate: number): boolean {
        return rate > 0 && this.random.fraction() < rate;
    }
}

type Base = ReturnType<typeof baseOf>;

/** What is right about a malformed message. It has no sequence: a ledger counts sequences, and it is none of them. */
function baseOf(event: RawEvent, random: Random) {
    const { run_id, user_id, session_id, device_type, os, browser, location, produced_at } = event;
    const common = { event_id: random.uuid(), run_id, user_id, session_id, device_type, os, browser, location };
    return { ...common, event_timestamp: produced_at, produced_at };
}

function pageOf(base: Base, url: string) {
    return { ...base, event_type: "page_view", page_url: url, referrer_url: null, time_spent: 10 };
}

const HOME = "https://shop.example/";

const VALUES: Readonly<Record<MalformedKind, (base: Base, random: Random) => string>> = {
    // A write that broke off: it begins like an event.
    not_json: (base) => {
        const text = JSON.stringify(pageOf(base, HOME));
        return text.slice(0, Math.floor(text.length * 0.6));
    },
    unknown_event_type: (base) => JSON.stringify({ ...pageOf(base, HOME), event_type: "wishlist_add" }),
    missing_user: ({ user_id: _user, ...rest }) =>
        JSON.stringify({ ...rest, event_type: "page_view", page_url: HOME, referrer_url: null, time_spent: 10 }),
    // A purchase, because that is where it would do harm.
    negative_price: (base, random) => {
        const cents = -(1_000 + random.below(99_001));
        return JSON.stringify({
            ...base,
            event_type: "purchase",
            product_id: random.uuid(),
            product_name: "Refund by mistake",
            product_category: "Books",
            price: cents / 100,
            quantity: 1,
            order_id: random.uuid(),
            total_amount: cents / 100,
            total_amount_cents: cents,
        });
    },
    too_large: (base) => JSON.stringify(pageOf(base, `${HOME}?q=${"x".repeat(LARGE_CHARACTERS)}`)),
};

function keyOf(kind: MalformedKind, { user_id }: RawEvent): string | null {
    return kind === "missing_user" || kind === "not_json" ? null : user_id;
}
