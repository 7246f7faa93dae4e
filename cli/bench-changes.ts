import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { SqlStore } from "../lib/ledger";
import { orders } from "../pipelines/customer-cdc/contract";
import type { Figure } from "./bench";
import { type Watched, watch } from "./freshness/probe";
import { kafkaRoundTrip } from "./freshness/round-trip";
import { type PostgresLogin, postgresClient } from "./verify/postgres-store";

/** Where {@link changeFigures} measures, and how much. */
export interface ChangeFiguresArgs {
    /** The source, as the owner of its tables. */
    readonly source: PostgresLogin;
    readonly brokers: readonly string[];
    readonly pinot: SqlStore;
    /** How long each rate is kept. @default 20 */
    readonly seconds?: number;
    /** Changes that are committed as fast as the source takes them. @default 40,000 */
    readonly burst?: number;
}

const TICK_MILLIS = 20;
const POLL_MILLIS = 5;
const BURST_TRANSACTION = 200;
const GRACE_MILLIS = 60_000;

/**
 * How long changes take from their commit to a query of Pinot, and how many a second come through: with rows of its own
 * in the source's `orders`, beside whatever else writes there. They are deleted at the end.
 * @throws Error when changes do not come.
 */
export async function changeFigures(args: ChangeFiguresArgs): Promise<Figure[]> {
    const { seconds = 20, burst = 40_000 } = args;
    const own = await OwnOrders.open(args.source);
    try {
        const roundTrip = await kafkaRoundTrip(args.brokers);
        const slow = await atRate(args.pinot, own, 200, seconds);
        const fast = await atRate(args.pinot, own, 2_000, seconds);
        const { committed, captured } = await asFastAsItGoes(args.pinot, own, burst);
        return [
            {
                name: "commit → Pinot at 200 changes/s, p50",
                value: slow.p50,
                unit: "ms",
                baseline: { name: "a message through Kafka and back, p50", value: roundTrip.p50 },
                goal: { atMost: 150 },
            },
            {
                name: "commit → Pinot at 200 changes/s, p95",
                value: slow.p95,
                unit: "ms",
                baseline: { name: "a message through Kafka and back, p95", value: roundTrip.p95 },
                goal: { atMost: 400 },
            },
            {
                name: "commit → Pinot at 2,000 changes/s, p95",
                value: fast.p95,
                unit: "ms",
                baseline: { name: "at 200 changes/s", value: slow.p95 },
            },
            {
                name: `changes a second from the first commit until Pinot has all ${burst}`,
                value: Math.round(captured),
                unit: "changes/s",
                baseline: { name: "what the source committed", value: Math.round(committed) },
            },
        ];
    } finally {
        await own.close();
    }
}

/** Commits at a rate, and watches Pinot meanwhile. */
async function atRate(pinot: SqlStore, own: OwnOrders, rate: number, seconds: number): Promise<Watched> {
    const after = own.last;
    const since = Date.now() - 1_000;
    const most = after + rate * seconds;
    const write = async () => {
        const began = Date.now();
        for (let tick = 1; own.last < most; tick++) {
            await own.commit(Math.min(most - own.last, (rate * TICK_MILLIS) / 1_000));
            await sleep(Math.max(0, began + tick * TICK_MILLIS - Date.now()));
        }
    };
    const [watched] = await Promise.all([
        watch(pinot, {
            question: (sequence) =>
                `SELECT amount_cents AS sequence, ts_ms AS produced_at FROM ${orders.name} ` +
                `WHERE customer_id = ${own.customer} AND amount_cents > ${sequence} LIMIT 10000`,
            after,
            since,
            most,
            pollMillis: POLL_MILLIS,
            enough: ({ samples }) => samples >= most - after,
            deadline: Date.now() + seconds * 1_000 + GRACE_MILLIS,
        }),
        write(),
    ]);
    if (watched.samples < most - after) throw missing(most - after, watched.samples);
    return watched;
}

/** Commits without a pause. @returns changes a second that the source took, and that Pinot had in the end. */
async function asFastAsItGoes(
    pinot: SqlStore,
    own: OwnOrders,
    burst: number,
): Promise<{ committed: number; captured: number }> {
    const after = own.last;
    const began = Date.now();
    while (own.last < after + burst) await own.commit(Math.min(BURST_TRANSACTION, after + burst - own.last));
    const committed = Date.now();
    for (;;) {
        const [row] = await pinot.query(
            `SELECT COUNT(*) AS changes FROM ${orders.name} WHERE customer_id = ${own.customer} AND amount_cents > ${after}`,
        );
        const now = Date.now();
        const there = Number(row?.changes ?? 0);
        if (there >= burst) {
            return { committed: perSecond(burst, committed - began), captured: perSecond(burst, now - began) };
        }
        if (now > committed + GRACE_MILLIS) throw missing(burst, there);
        await sleep(POLL_MILLIS * 5);
    }
}

function missing(expected: number, there: number): Error {
    return new Error(
        `${there} of ${expected} changes came to Pinot in time\n` +
            "  Way out: make status shows whether the connector runs; make verify says whether they came later.",
    );
}

function perSecond(count: number, millis: number): number {
    return (1_000 * count) / Math.max(1, millis);
}

/** Orders of a customer that nobody else has, numbered by their amount. */
class OwnOrders {
    /** Customers of others are positive. */
    readonly customer = -Date.now();
    /** Number of the last one. */
    last = 0;

    private constructor(private readonly client: Client) {}

    static async open(login: PostgresLogin): Promise<OwnOrders> {
        const client = postgresClient(login);
        await client.connect();
        return new OwnOrders(client);
    }

    /** Inserts the next ones, in one transaction. */
    async commit(count: number): Promise<void> {
        await this.client.query(
            `INSERT INTO ${orders.name} (customer_id, status, amount_cents) ` +
                "SELECT $1, 'bench', n FROM generate_series($2::bigint, $3::bigint) AS n",
            [this.customer, this.last + 1, this.last + count],
        );
        this.last += count;
    }

    /** Deletes them. */
    async close(): Promise<void> {
        try {
            await this.client.query(`DELETE FROM ${orders.name} WHERE customer_id = $1`, [this.customer]);
        } finally {
            await this.client.end();
        }
    }
}
