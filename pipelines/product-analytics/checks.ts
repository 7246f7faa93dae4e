import type { Check, CheckSet, LedgerSnapshot, SqlStore } from "../../lib/ledger";
import { type ClickstreamTotal, EVENT_SHARES, type EventType, rawEvents } from "./contract";

// A set of this many event ids fits into a small server's heap; larger runs are looked at in windows of it.
const WINDOW = 250_000;
const MOST_WINDOWS = 40;

const EVENT_TYPES = Object.keys(EVENT_SHARES) as EventType[];

/**
 * Compares the raw events in Pinot with the ledgers of the clickstream generator.
 * @param table the table that holds them.
 */
export function rawEventsChecks(table: string = rawEvents.name): CheckSet {
    const upTo = (run: LedgerSnapshot, first?: number) => eventsUpTo(table, run, first);
    const countUpTo = async (run: LedgerSnapshot, sequence: number, pinot: SqlStore): Promise<number> => {
        // Copies that were sent on purpose are no surplus: there, sequences are counted.
        const what = (run.totals.duplicate_events ?? 0) > 0 ? "DISTINCTCOUNT(sequence)" : "COUNT(*)";
        const [row] = await pinot.query(`SELECT ${what} AS events ${upTo({ ...run, watermark: sequence })}`);
        return numberOf(row?.events);
    };
    return {
        generator: "clickstream",
        strangers: "raw-events: runs without a ledger",
        checks: [
            check("events in Pinot", "events"),
            ...EVENT_TYPES.map((type) => check(`${type} events`, type)),
            check("pieces in carts", "cart_quantity"),
            check("pieces purchased", "purchase_quantity"),
            check("revenue", "revenue_cents"),
            { ...check("revenue as floating point", "revenue_cents"), measured: "revenue_rounded" },
            check("distinct users by run", "users"),
            check("distinct sessions", "sessions"),
            {
                check: "raw-events: distinct event ids",
                unit: "count",
                measured: "event_ids",
                expected: ({ watermark }) => watermark - firstExamined(watermark) + 1,
            },
        ],

        retentionMillis: ({ pinot }) => pinot.retentionMillis(table),

        async measure(run, { pinot }) {
            const [byType, distinct] = await Promise.all([
                pinot.query(
                    "SELECT event_type, COUNT(*) AS events, SUM(quantity) AS quantity, SUM(total_amount_cents) AS cents, " +
                        `SUM(total_amount) AS amount ${upTo(run)} GROUP BY event_type LIMIT 100`,
                ),
                pinot.query(
                    `SELECT DISTINCTCOUNT(user_id) AS users, DISTINCTCOUNT(session_id) AS sessions ${upTo(run)}`,
                ),
            ]);
            const of = (type: EventType, column: string) =>
                numberOf(byType.find((row) => row.event_type === type)?.[column]);
            return {
                events: byType.reduce((sum, row) => sum + numberOf(row.events), 0),
                ...Object.fromEntries(EVENT_TYPES.map((type) => [type, of(type, "events")])),
                cart_quantity: of("add_to_cart", "quantity"),
                purchase_quantity: of("purchase", "quantity"),
                revenue_cents: byType.reduce((sum, row) => sum + numberOf(row.cents), 0),
                revenue_rounded: Math.round(byType.reduce((sum, row) => sum + numberOf(row.amount), 0) * 100),
                users: numberOf(distinct[0]?.users),
                sessions: numberOf(distinct[0]?.sessions),
                event_ids: await distinctEventIds(table, run, pinot),
            };
        },

        async explain(run, measured, { pinot }) {
            const { event_ids: ids } = measured;
            if ((measured.events ?? 0) === 0)
                return "Pinot has no event of this run: does the table consume its topic?";
            const count = (sequence: number) => countUpTo(run, sequence, pinot);
            const present = await count(run.watermark);
            const events = (measured.events ?? 0) - (run.totals.duplicate_events ?? 0);
            if (present > events) return `ingestion is behind, and goes on: ${run.watermark - present} events to go`;
            const first = await firstDifference(run.watermark, count);
            if (first === undefined) {
                return ids === run.watermark - firstExamined(run.watermark) + 1
                    ? "every event is there once, but values differ: was the schema changed?"
                    : "some events are lost, and as many are there twice";
            }
            const surplus = present - run.watermark;
            if (first === present + 1) return `the newest ${-surplus} events are missing: has ingestion stopped?`;
            const copies = (await count(first)) - (await count(first - 1));
            const what = copies === 0 ? "is missing" : `is there ${copies} times`;
            return `${surplus > 0 ? "duplicates" : "lost events"}; the first is sequence ${first}, which ${what}`;
        },

        async runs({ pinot }) {
            const rows = await pinot.query(
                `SELECT run_id, COUNT(*) AS events FROM ${table} GROUP BY run_id LIMIT 10000`,
            );
            return rows.map((row) => String(row.run_id));
        },
    };
}

/** What product analytics is verified by. */
export const productAnalyticsChecks = rawEventsChecks();

type Totals = Readonly<Record<string, number | undefined>>;

function check(label: string, total: ClickstreamTotal): Check {
    return {
        check: `raw-events: ${label}`,
        unit: total === "revenue_cents" ? "cents" : "count",
        measured: total,
        // The table keeps every message: an event that was sent twice is there twice.
        expected: ({ totals }) => (totals[total] ?? 0) + ((totals as Totals)[`duplicate_${total}`] ?? 0),
    };
}

/** Messages that are no event have no sequence, which Pinot holds as the least of all numbers. */
function eventsUpTo(table: string, { run, watermark }: LedgerSnapshot, first = 1): string {
    return `FROM ${table} WHERE run_id = '${run}' AND sequence <= ${watermark} AND sequence >= ${first}`;
}

/** Distinct event ids of the newest windows: ids of different windows cannot be the same, as the run made them. */
async function distinctEventIds(table: string, run: LedgerSnapshot, pinot: SqlStore): Promise<number> {
    let total = 0;
    for (let first = firstExamined(run.watermark); first <= run.watermark; first += WINDOW) {
        const window = { ...run, watermark: Math.min(run.watermark, first + WINDOW - 1) };
        const [row] = await pinot.query(`SELECT DISTINCTCOUNT(event_id) AS ids ${eventsUpTo(table, window, first)}`);
        total += numberOf(row?.ids);
    }
    return total;
}

function firstExamined(watermark: number): number {
    return Math.max(1, watermark - WINDOW * MOST_WINDOWS + 1);
}

/**
 * The smallest sequence up to which a run has not exactly as many events as it should, by bisection: with one fault
 * it is the fault; with several it is one of them. Undefined when the counts agree.
 */
export async function firstDifference(
    watermark: number,
    count: (sequence: number) => Promise<number>,
): Promise<number | undefined> {
    if ((await count(watermark)) === watermark) return undefined;
    let right = 0;
    let wrong = watermark;
    while (wrong - right > 1) {
        const middle = Math.floor((right + wrong) / 2);
        if ((await count(middle)) === middle) right = middle;
        else wrong = middle;
    }
    return wrong;
}

function numberOf(value: unknown): number {
    return Number(value ?? 0);
}
