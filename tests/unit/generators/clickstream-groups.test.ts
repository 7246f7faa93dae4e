import { gzipSync } from "node:zlib";
import { Clickstream } from "../../../generators/clickstream/clickstream";
import { LedgerKeeper } from "../../../generators/ledger-keeper";
import { simulatedClock } from "../../../generators/source";
import { parseSnapshot } from "../../../lib/ledger";
import { CLICKSTREAM_GROUPS, LEDGER_MINUTES, type RawEvent } from "../../../pipelines/product-analytics/contract";

const words = {
    productNames: Array.from({ length: 100 }, (_, index) => `Product ${index}`),
    cities: ["Aachen", "Bremen", "Celle"],
};
const START = Date.UTC(2026, 0, 1, 0, 0, 30);

function stream(perSecond: number, users = 500): Clickstream {
    const clock = simulatedClock(START, perSecond);
    return new Clickstream({ run: "run-1", seed: 42, users, openSessions: 100, clock, words });
}

const minuteOf = (millis: number) => String(millis - (millis % 60_000));
const countOf = (events: readonly RawEvent[], type: RawEvent["event_type"]) =>
    events.filter(({ event_type }) => event_type === type).length;
const centsOf = (events: readonly RawEvent[]) =>
    events.reduce((sum, event) => sum + (event.event_type === "purchase" ? event.total_amount_cents : 0), 0);

function grouped<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
    const found = new Map<string, T[]>();
    for (const value of values) {
        const group = found.get(key(value));
        if (group === undefined) found.set(key(value), [value]);
        else group.push(value);
    }
    return found;
}

/** The groups anew, by other means than the generator's: from all events at once, with a set for whatever is distinct. */
function recount(events: readonly RawEvent[]) {
    const newest = Number(minuteOf(events.at(-1)?.event_timestamp ?? 0));
    const isKept = ([minute]: [string, unknown]) => Number(minute) > newest - LEDGER_MINUTES * 60_000;
    const withProduct = events.flatMap((event) => ("product_id" in event ? [event] : []));
    const products = grouped(withProduct, ({ product_id }) => product_id);
    const minutes = grouped(events, ({ event_timestamp }) => minuteOf(event_timestamp));
    const sessions = [...grouped(events, ({ session_id }) => session_id).values()];
    const starts = grouped(sessions, (own) => minuteOf(Math.min(...own.map(({ event_timestamp }) => event_timestamp))));
    return {
        products: Object.fromEntries(
            [...products].map(([id, own]) => [
                id,
                {
                    view_count: countOf(own, "product_view"),
                    cart_adds: countOf(own, "add_to_cart"),
                    purchases: countOf(own, "purchase"),
                    revenue_cents: centsOf(own),
                },
            ]),
        ),
        active_users: Object.fromEntries(
            [...minutes]
                .filter(isKept)
                .map(([minute, own]) => [minute, { users: new Set(own.map(({ user_id }) => user_id)).size }]),
        ),
        session_starts: Object.fromEntries(
            [...starts].filter(isKept).map(([minute, begun]) => [
                minute,
                {
                    sessions: begun.length,
                    page_views: countOf(begun.flat(), "page_view"),
                    product_views: countOf(begun.flat(), "product_view"),
                    cart_adds: countOf(begun.flat(), "add_to_cart"),
                    purchases: countOf(begun.flat(), "purchase"),
                    spent_cents: centsOf(begun.flat()),
                },
            ]),
        ),
    };
}

/** Groups without what only the generator knows: whether a session is over. */
function comparable(groups: ReturnType<NonNullable<ReturnType<Clickstream["made"]>["groups"]>> | undefined) {
    const starts = Object.entries(groups?.session_starts ?? {}).map(([minute, { over: _over, ...rest }]) => [
        minute,
        rest,
    ]);
    return { ...groups, session_starts: Object.fromEntries(starts) };
}

describe("the groups of a clickstream ledger", () => {
    it("are the events', counted anew, at any moment", () => {
        const source = stream(20);
        const events: RawEvent[] = [];
        for (const length of [1, 100, 5_000, 12_000]) {
            while (events.length < length) events.push(source.next(3, []));
            expect(comparable(source.made().groups?.())).toEqual(recount(events));
        }
    });

    it("look back so many minutes and no further, also over minutes without an event", () => {
        const source = stream(0.05);
        const events = Array.from({ length: 2_000 }, () => source.next(3, []));
        const groups = source.made().groups?.();
        expect(comparable(groups)).toEqual(recount(events));
        expect(Object.keys(groups?.active_users ?? {})).toHaveLength(LEDGER_MINUTES);
    });

    it("are named as the contract says", () => {
        const source = stream(20);
        for (let count = 0; count < 1_000; count++) source.next(3, []);
        const groups = source.made().groups?.() ?? {};
        const named = Object.entries(groups).map(([group, members]) => [
            group,
            Object.keys(Object.values(members)[0] ?? {}),
        ]);
        expect(Object.fromEntries(named)).toEqual(CLICKSTREAM_GROUPS);
    });

    it("stay what they were when more is made before they are written out", () => {
        const [one, two] = [stream(20), stream(20)];
        for (let count = 0; count < 3_000; count++) {
            one.next(3, []);
            two.next(3, []);
        }
        const then = one.made();
        for (let count = 0; count < 3_000; count++) one.next(3, []);
        expect(then.groups?.()).toEqual(two.made().groups?.());
    });

    it("let a minute rest once as many of its sessions are over as began in it", () => {
        const source = stream(20);
        for (let count = 0; count < 20_000; count++) source.next(3, []);
        const before = source.made().groups?.().session_starts ?? {};
        for (let count = 0; count < 20_000; count++) source.next(3, []);
        const after = source.made().groups?.().session_starts ?? {};
        const atRest = Object.entries(before).filter(([, { sessions, over }]) => sessions === over);
        expect(atRest.length).toBeGreaterThan(3);
        for (const [minute, numbers] of atRest) expect(after[minute]).toEqual(numbers);
    });

    it("make a small message after hours", () => {
        const source = stream(5, 20_000);
        const parameters = { seed: 42, users: 20_000, eventsPerSecond: 5, simulatedClock: true };
        const description = { generator: "clickstream", run: "run-1", topic: "t", clockStart: START, parameters };
        const ledger = new LedgerKeeper(description, source.made());
        for (let count = 0; count < 200 * 60 * 5; count++) source.next(3, []);
        ledger.acknowledge(source.made());
        const text = JSON.stringify(ledger.snapshot(false));
        expect(Object.keys(parseSnapshot("clickstream/run-1", text).groups?.session_starts ?? {})).toHaveLength(180);
        expect(text.length).toBeLessThan(60_000);
        expect(gzipSync(text).length).toBeLessThan(12_000);
    });

    it("cost a copy of microseconds a batch", () => {
        const source = stream(1_000, 1_000_000);
        for (let count = 0; count < 1_000; count++) source.next(3, []);
        const began = performance.now();
        for (let count = 0; count < 1_000; count++) source.made();
        expect((performance.now() - began) / 1_000).toBeLessThan(0.5);
    });
});
