import { Clickstream, type ClickstreamArgs } from "../../../generators/clickstream/clickstream";
import { type FaultRates, LATE_MILLIS } from "../../../generators/clickstream/faults";
import { rateShape } from "../../../generators/rate-shape";
import { type Message, simulatedClock } from "../../../generators/source";
import { problemsOf } from "../../../lib/contract";
import { CLICKSTREAM_MALFORMED, type RawEvent, rawEvents } from "../../../pipelines/product-analytics/contract";

const words = {
    productNames: Array.from({ length: 100 }, (_, index) => `Product ${index}`),
    cities: ["Aachen", "Bremen", "Celle"],
};
const RATES = { duplicateRate: 0.05, lateRate: 0.04, malformedRate: 0.03 } as const;

function stream(faults: FaultRates, overrides: Partial<ClickstreamArgs> = {}): Clickstream {
    const clock = simulatedClock(Date.UTC(2026, 0, 1), 100, rateShape({ shape: "burst" }));
    return new Clickstream({ run: "r", seed: 42, users: 500, openSessions: 100, clock, words, faults, ...overrides });
}

function take(source: Clickstream, count: number): { events: RawEvent[]; messages: Message[] } {
    const messages: Message[] = [];
    const events = Array.from({ length: count }, () => source.next(3, messages));
    return { events, messages };
}

function parsed(text: string): Record<string, unknown> | undefined {
    try {
        return JSON.parse(text) as Record<string, unknown>;
    } catch {
        return undefined;
    }
}

/** The first thing that is wrong with a message, found without knowing what was injected. */
function fault(text: string): string | undefined {
    if (text.length > 65_536) return "too_large";
    const message = parsed(text);
    if (message === undefined) return "not_json";
    if (!["page_view", "product_view", "add_to_cart", "purchase"].includes(String(message.event_type))) {
        return "unknown_event_type";
    }
    if (message.user_id === undefined) return "missing_user";
    if (Number(message.price) < 0) return "negative_price";
    return undefined;
}

describe("a clickstream with faults", () => {
    const source = stream(RATES);
    const { events, messages } = take(source, 20_000);
    const { totals, groups } = source.made();
    const valid = messages.filter(({ value }) => fault(value) === undefined);

    it("has the same events as one without, but for the time of the late ones", () => {
        const clean = take(stream({ duplicateRate: 0, lateRate: 0, malformedRate: 0 }), 20_000).events;
        const onTime = events.map((event) => ({ ...event, event_timestamp: event.produced_at }));
        expect(onTime).toEqual(clean);
    });

    it("injects about as much as it is told", () => {
        for (const [name, rate] of [
            ["duplicate_events", RATES.duplicateRate],
            ["late_events", RATES.lateRate],
            ["malformed", RATES.malformedRate],
        ] as const) {
            expect(Math.abs((totals[name] ?? 0) / 20_000 - rate)).toBeLessThan(0.006);
        }
    });

    it("says how many messages it sent, and how many of them are what", () => {
        expect(totals.messages).toBe(messages.length);
        expect(totals.events).toBe(20_000);
        expect(valid).toHaveLength((totals.events ?? 0) + (totals.duplicate_events ?? 0));
        expect(messages.length - valid.length).toBe(totals.malformed);
        expect(totals.late_events).toBe(
            events.filter(({ event_timestamp, produced_at }) => event_timestamp === produced_at - LATE_MILLIS).length,
        );
    });

    it("counts what is no event by what is wrong with it, and sends all of it", () => {
        for (const kind of CLICKSTREAM_MALFORMED) {
            const sent = messages.filter(({ value }) => fault(value) === kind).length;
            expect({ kind, sent }).toEqual({ kind, sent: totals[`malformed_${kind}`] });
            expect(sent).toBeGreaterThan(5);
        }
    });

    it("gives no sequence to what is no event, and the run's id where it can be read", () => {
        for (const { value } of messages) {
            if (fault(value) === undefined) continue;
            expect(value).not.toContain('"sequence"');
            expect(value).toContain('"run_id":"r"');
        }
    });

    it("sends a duplicate right behind its event, and counts again what it says", () => {
        const sums = { events: 0, purchase: 0, cart_quantity: 0, revenue_cents: 0 };
        const seen = new Set<string>();
        let before = "";
        for (const { value } of valid) {
            const event = JSON.parse(value) as RawEvent;
            if (seen.has(event.event_id)) {
                expect(value).toBe(before);
                sums.events++;
                if (event.event_type === "add_to_cart") sums.cart_quantity += event.quantity;
                if (event.event_type === "purchase") {
                    sums.purchase++;
                    sums.revenue_cents += event.total_amount_cents;
                }
            }
            seen.add(event.event_id);
            before = value;
        }
        expect(sums).toEqual({
            events: totals.duplicate_events,
            purchase: totals.duplicate_purchase,
            cart_quantity: totals.duplicate_cart_quantity,
            revenue_cents: totals.duplicate_revenue_cents,
        });
        expect(seen.size).toBe(20_000);
    });

    it("sends late events that keep their contract", () => {
        for (const event of events.slice(0, 2_000)) expect(problemsOf(rawEvents, event)).toEqual([]);
    });

    it("fits a message of a megabyte into a request of a broker's standard size", () => {
        const most = Math.max(...messages.map(({ value }) => Buffer.byteLength(value)));
        expect(most).toBeGreaterThan(1_000_000);
        expect(most).toBeLessThan(1_048_588 - 1_000);
    });

    it("keeps the key where there is a user, and the partition of the user's events", () => {
        for (const { key, value } of messages) {
            const kind = fault(value);
            if (kind === "not_json" || kind === "missing_user") expect(key).toBeNull();
            else expect(value).toContain(`"user_id":"${key}"`);
        }
    });

    it("makes nobody active by a late event, yet counts what was done with its product and session", () => {
        const { products = {}, active_users: active = {}, session_starts: starts = {} } = groups?.() ?? {};
        const onTime = events.filter((event) => event.event_timestamp === event.produced_at);
        for (const [minute, { users }] of Object.entries(active)) {
            const own = onTime.filter(({ event_timestamp: at }) => at - (at % 60_000) === Number(minute));
            expect(users).toBe(new Set(own.map(({ user_id }) => user_id)).size);
        }
        const purchases = Object.values(products).reduce((sum, each) => sum + (each.purchases ?? 0), 0);
        expect(purchases).toBe(totals.purchase);
        // A session with a late event began a day ago, and the ledger does not look back so far.
        const late = new Set(
            events.flatMap((event) => (event.event_timestamp < event.produced_at ? [event.session_id] : [])),
        );
        const punctual = new Set(events.map(({ session_id }) => session_id)).size - late.size;
        expect(Object.values(starts).reduce((sum, { sessions }) => sum + (sessions ?? 0), 0)).toBe(punctual);
        const pages = events.filter((event) => event.event_type === "page_view" && !late.has(event.session_id)).length;
        expect(Object.values(starts).reduce((sum, { page_views }) => sum + (page_views ?? 0), 0)).toBe(pages);
    });

    it("is the same when it is made again, byte for byte, and so is its ledger", () => {
        const again = stream(RATES);
        expect(take(again, 20_000).messages).toEqual(messages);
        const made = again.made();
        expect(made.totals).toEqual(totals);
        expect(made.groups?.()).toEqual(groups?.());
    });
});
