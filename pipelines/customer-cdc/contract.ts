import { dimension, key, metric, type RowOf, type Table, table, time } from "../../lib/contract";

/** Beginning of the names of topics, and the name under which the connector keeps its position. */
export const TOPIC_PREFIX = "customer";

/** Name of connector, replication slot and publication. */
export const CAPTURE_NAME = "customer_cdc";

/**
 * What Pinot holds where PostgreSQL holds a null text: Pinot 0.11 has no nulls that a query could see. The mark is that
 * of PostgreSQL's own COPY; views turn it back.
 */
export const NULL_TEXT = "\\N";

/** What every message says beside the row itself. */
const change = {
    /** `r` read by a snapshot, `c` created, `u` updated, `d` deleted. */
    op: dimension.string({ oneOf: ["r", "c", "u", "d"], use: "equality" }),
    /** Whether the row is gone; its columns are then the last ones that it had. */
    deleted: dimension.string({ oneOf: ["true", "false"], use: "equality" }),
    /** Position of the change in the source's log, for people who look for it there. */
    lsn: dimension.long({ min: 0 }),
    /**
     * When it was committed, in microseconds; of a snapshot's rows, when the snapshot was taken. The greatest one wins:
     * see the README for why this and not the position.
     */
    ts_us: dimension.long({ min: 0, use: "range" }),
    /** The same in milliseconds. */
    ts_ms: time.epochMillis(),
} as const;

/** Persons, as `public.person` of the source has them. */
export const person = table(
    "person",
    { id: key.long(), customer_id: key.long(), name: dimension.string({ use: "unique" }), ...change },
    { timeColumn: "ts_ms" },
);

/** Orders, as `public.orders` of the source has them. */
export const orders = table(
    "orders",
    {
        id: key.long(),
        customer_id: dimension.long(),
        status: dimension.string({ use: "equality" }),
        amount_cents: metric.long({ unit: "cent" }),
        // A dictionary would make every text as long as the longest.
        note: dimension.string({ nullable: true, use: "unique" }),
        ordered_at: time.epochMillis({ use: "range" }),
        ...change,
    },
    { timeColumn: "ts_ms" },
);

/**
 * Marks in the stream of changes, one a row. `snapshot` is never changed, so that a snapshot alone sends it: what is
 * older than its `ts_us` was there before the newest snapshot, which did not find it any more. `heartbeat` moves every
 * second, so that the slot moves on while the tables are quiet.
 */
export const cdcMark = table(
    "cdc_mark",
    { name: key.string(), value: metric.long(), ...change },
    { timeColumn: "ts_ms" },
);

/** One message of {@link person}. */
export type PersonChange = RowOf<typeof person>;
/** One message of {@link orders}. */
export type OrderChange = RowOf<typeof orders>;

/** All that is captured, in the order in which a snapshot reads it: the marks last, when everything before is read. */
export const CAPTURED: readonly Table[] = [person, orders, cdcMark];

/** Topic of a captured table. */
export function topicOf({ name }: Pick<Table, "name">): string {
    return `${TOPIC_PREFIX}.${name}`;
}

/** Topic that Debezium's own heartbeats go to. */
export const HEARTBEAT_TOPIC = `__debezium-heartbeat.${TOPIC_PREFIX}`;

/** Topic of the ledgers of the generator of changes. */
export const CUSTOMER_LEDGER_TOPIC = "millrace.ledger.customer";
