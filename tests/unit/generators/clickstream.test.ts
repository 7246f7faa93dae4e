import { Clickstream, type ClickstreamArgs, openSessionsAt } from "../../../generators/clickstream/clickstream";
import { catalogue, userAt } from "../../../generators/clickstream/shop";
import { type Message, simulatedClock } from "../../../generators/source";
import { problemsOf } from "../../../lib/contract";
import {
    CATEGORIES,
    CLICKSTREAM_TOTALS,
    EVENT_SHARES,
    type RawEvent,
    rawEvents,
} from "../../../pipelines/product-analytics/contract";

const words = {
    productNames: Array.from({ length: 100 }, (_, index) => `Product ${index}`),
    cities: ["Aachen", "Bremen", "Celle"],
};

function stream(overrides: Partial<ClickstreamArgs> = {}): Clickstream {
    const clock = simulatedClock(1_700_000_000_000, 100);
    return new Clickstream({ run: "run-1", seed: 42, users: 500, openSessions: 100, clock, words, ...overrides });
}

function take(source: Clickstream, count: number): RawEvent[] {
    return Array.from({ length: count }, () => source.next(3, []));
}

function messages(source: Clickstream, count: number, partitions = 3): Message[] {
    const made: Message[] = [];
    for (let each = 0; each < count; each++) source.make(partitions, made);
    return made;
}

/** What a ledger would be made of. */
function written(source: Clickstream) {
    const { groups, ...rest } = source.made();
    return { ...rest, groups: groups?.() };
}

function groups(events: readonly RawEvent[], key: (event: RawEvent) => string): Map<string, RawEvent[]> {
    const found = new Map<string, RawEvent[]>();
    for (const event of events) found.set(key(event), [...(found.get(key(event)) ?? []), event]);
    return found;
}

describe("a clickstream", () => {
    const events = take(stream(), 40_000);
    const share = (type: string) => events.filter((event) => event.event_type === type).length / events.length;

    it("keeps its contract in every event", () => {
        for (const event of events.slice(0, 3_000)) expect(problemsOf(rawEvents, event)).toEqual([]);
    });

    it("has the shares of the contract in the aggregate", () => {
        for (const [type, wanted] of Object.entries(EVENT_SHARES)) {
            expect({ type, off: Math.abs(share(type) - wanted) < 0.01 }).toEqual({ type, off: true });
        }
    });

    it("has nearly the same shares in a short run", () => {
        const short = take(stream({ run: "short", openSessions: 500 }), 2_000);
        const pages = short.filter(({ event_type }) => event_type === "page_view").length / short.length;
        expect(pages).toBeGreaterThan(0.35);
        expect(pages).toBeLessThan(0.55);
    });

    it("spreads devices, referrers, time on page and quantities as the brief says", () => {
        const pages = events.filter((event) => event.event_type === "page_view");
        const without = pages.filter(({ referrer_url }) => referrer_url === null).length / pages.length;
        expect(Math.abs(without - 0.3)).toBeLessThan(0.02);
        const mean = pages.reduce((sum, page) => sum + page.time_spent, 0) / pages.length;
        expect(Math.abs(mean - 152.5)).toBeLessThan(4);
        const quantities = events.flatMap((event) => (event.event_type === "add_to_cart" ? [event.quantity] : []));
        for (const quantity of [1, 2, 3, 4, 5]) {
            const part = quantities.filter((each) => each === quantity).length / quantities.length;
            expect(Math.abs(part - 0.2)).toBeLessThan(0.03);
        }
        const of = (column: "device_type" | "os" | "browser") => new Set(events.map((event) => event[column])).size;
        expect([of("device_type"), of("os"), of("browser")]).toEqual([3, 5, 4]);
    });

    it("counts in its totals exactly what it made", () => {
        const source = stream({ run: "counted" });
        const made = take(source, 5_000);
        const bought = made.flatMap((event) => (event.event_type === "purchase" ? [event] : []));
        const inCarts = made.flatMap((event) => (event.event_type === "add_to_cart" ? [event] : []));
        const { sequence, time, totals } = source.made();
        expect(sequence).toBe(5_000);
        expect(time).toBe(made.at(-1)?.event_timestamp);
        const nothing = Object.fromEntries(CLICKSTREAM_TOTALS.map((name) => [name, 0]));
        expect(totals).toEqual({
            ...nothing,
            messages: 5_000,
            events: 5_000,
            page_view: made.filter(({ event_type }) => event_type === "page_view").length,
            product_view: made.filter(({ event_type }) => event_type === "product_view").length,
            add_to_cart: inCarts.length,
            purchase: bought.length,
            cart_quantity: inCarts.reduce((sum, { quantity }) => sum + quantity, 0),
            purchase_quantity: bought.reduce((sum, { quantity }) => sum + quantity, 0),
            revenue_cents: bought.reduce((sum, event) => sum + event.total_amount_cents, 0),
            users: new Set(made.map(({ user_id }) => user_id)).size,
            sessions: new Set(made.map(({ session_id }) => session_id)).size,
        });
    });

    it("numbers events without gaps and gives each an id of its own", () => {
        expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
        expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length);
    });

    it("asks prices of the catalogue, 10 to 1,000 with two decimals, and stays 5 to 300 seconds on a page", () => {
        const prices = new Map(catalogue(42, words).map(({ id, priceCents }) => [id, priceCents / 100]));
        for (const event of events) {
            if (event.event_type === "page_view") {
                expect(event.time_spent >= 5 && event.time_spent <= 300).toBe(true);
                expect(String(event.time_spent)).toMatch(/^\d+(\.\d{1,2})?$/);
            } else expect(event.price).toBe(prices.get(event.product_id));
        }
        const all = [...prices.values()];
        expect([Math.min(...all) >= 10, Math.max(...all) <= 1_000]).toEqual([true, true]);
        const mean = all.reduce((sum, price) => sum + price, 0) / all.length;
        expect(Math.abs(mean - 505)).toBeLessThan(90);
    });

    it("charges price times quantity, to the cent", () => {
        for (const event of events) {
            if (event.event_type !== "purchase") continue;
            expect(event.total_amount_cents).toBe(Math.round(event.price * 100) * event.quantity);
            expect(event.total_amount).toBe(event.total_amount_cents / 100);
        }
    });

    it("lets a purchase follow its cart, a cart its view, a view its page, in one session with the same product", () => {
        for (const session of groups(events, ({ session_id }) => session_id).values()) {
            session.forEach((event, index) => {
                const before = session[index - 1];
                if (event.event_type === "product_view") expect(before?.event_type).toBe("page_view");
                if (event.event_type === "add_to_cart") {
                    expect(before).toMatchObject({ event_type: "product_view", product_id: event.product_id });
                }
                if (event.event_type === "purchase") {
                    const { product_id, quantity } = event;
                    expect(before).toMatchObject({ event_type: "add_to_cart", product_id, quantity });
                }
            });
        }
    });

    it("gives a session to one user, and a user one device, system, browser and city for ever", () => {
        for (const session of groups(events, ({ session_id }) => session_id).values()) {
            expect(new Set(session.map(({ user_id }) => user_id)).size).toBe(1);
        }
        for (const own of groups(events, ({ user_id }) => user_id).values()) {
            const looks = own.map(({ device_type, os, browser, location }) =>
                [device_type, os, browser, location].join(),
            );
            expect(new Set(looks).size).toBe(1);
        }
    });

    it("has several sessions a user and several events a session", () => {
        const sessions = new Set(events.map(({ session_id }) => session_id)).size;
        expect(events.length / sessions).toBeGreaterThan(6);
        expect(new Set(events.map(({ user_id }) => user_id)).size).toBe(500);
    });

    it("never has a user in two open sessions", () => {
        for (const own of groups(events, ({ user_id }) => user_id).values()) {
            const order = own.map(({ session_id }) => session_id);
            const visits = order.filter((id, index) => id !== order[index - 1]);
            expect(new Set(visits).size).toBe(visits.length);
        }
    });
});

describe("a clickstream made again", () => {
    it("is the same, byte for byte, and so are its totals", () => {
        const [one, two] = [stream(), stream()];
        expect(messages(one, 3_000)).toEqual(messages(two, 3_000));
        expect(written(one)).toEqual(written(two));
    });

    it("does not depend on the number of partitions", () => {
        const [one, two] = [stream(), stream()];
        const values = (source: Clickstream, partitions: number) =>
            messages(source, 500, partitions).map(({ value }) => value);
        expect(values(one, 3)).toEqual(values(two, 7));
    });

    it.each([{ seed: 43 }, { run: "run-2" }, { clock: simulatedClock(1, 100) }, { users: 499 }])(
        "is another one with %p",
        (changed) => {
            const [one, two] = [stream(), stream(changed)];
            expect(messages(one, 50)).not.toEqual(messages(two, 50));
        },
    );

    it("has the same shop and users in every run of a seed, and others in another", () => {
        expect(catalogue(42, words)).toEqual(catalogue(42, words));
        expect(userAt(42, 7, words)).toEqual(userAt(42, 7, words));
        expect(catalogue(43, words)).not.toEqual(catalogue(42, words));
        expect(userAt(43, 7, words).user_id).not.toBe(userAt(42, 7, words).user_id);
    });
});

describe("the catalogue", () => {
    const products = catalogue(42, words);

    it("has twenty products in each of five categories, with ids and prices in range", () => {
        for (const category of CATEGORIES) {
            expect(products.filter((product) => product.category === category)).toHaveLength(20);
        }
        expect(new Set(products.map(({ id }) => id)).size).toBe(100);
        for (const { priceCents } of products) {
            expect(priceCents).toBeGreaterThanOrEqual(1_000);
            expect(priceCents).toBeLessThanOrEqual(100_000);
        }
    });
});

describe("the number of open sessions", () => {
    it.each([
        [0.1, 1_000, 5],
        [1, 1_000, 15],
        [50, 1_000, 750],
        [5_000, 1_000, 1_000],
        [0, 1_000_000, 1_000],
        [1, 2, 2],
    ])("at %p events a second and %p users is %p", (rate, users, open) => {
        expect(openSessionsAt(rate, users)).toBe(open);
    });

    it("never lacks a user, even with one user only", () => {
        const events = take(stream({ users: 1, openSessions: 1 }), 200);
        expect(new Set(events.map(({ user_id }) => user_id)).size).toBe(1);
    });
});
