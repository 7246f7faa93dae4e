import { readFileSync } from "node:fs";
import { join } from "node:path";
import { flinkJsonColumns, flinkJsonValue, flinkLiteral, flinkUpsertTable, type Table } from "../../lib/contract";
import {
    activeUsers,
    EVENT_SHARES,
    LARGEST_MESSAGE,
    productAnalytics,
    RAW_EVENTS_TOPIC,
    REJECTION_REASONS,
    rawEvents,
    rejectedMessages,
    userSessions,
    WATERMARK_SECONDS,
} from "./contract";
import { UPSERT_TABLES } from "./tables";

/** Columns of an event that the tables are made of, or that say whether it is one. */
const USED_COLUMNS = [
    "event_id",
    "event_type",
    "event_timestamp",
    "user_id",
    "session_id",
    "product_id",
    "product_name",
    "product_category",
    "price",
    "quantity",
    "total_amount_cents",
] as const;

/** How much of a rejected message is kept with its reason: its record has to stay small, whatever was sent. */
const QUOTED_CHARACTERS = 2_000;

/** A message that is too large is not even looked into: a flood of such would keep the job from everything else. */
const TEXT = `CASE WHEN CHAR_LENGTH(message) <= ${LARGEST_MESSAGE} THEN message END`;

/** INSERTs of the job, by file, each into the table that it fills. */
export const INSERTS: Readonly<Record<string, Table>> = {
    "rejected-messages": rejectedMessages,
    "active-users": activeUsers,
    "product-analytics": productAnalytics,
    "user-sessions": userSessions,
};

/** A Flink job in SQL, as `FlinkSqlJob` takes it. */
export interface AnalyticsSql {
    readonly setup: string[];
    readonly statement: string[];
}

/**
 * The SQL of the pipeline's job: the files in `sql/`, with every name of a topic, table or field from the contract.
 * @param brokers `host:port` list, as Flink's processes see it.
 * @throws Error for a placeholder that nothing fills.
 */
export function analyticsSql(brokers: string): AnalyticsSql {
    const names = placeholders(brokers);
    const read = (file: string) => fill(file, readFileSync(join(__dirname, "sql", `${file}.sql`), "utf8"), names);
    return {
        setup: [
            read("source"),
            ...read("events").split(/;\n+/),
            ...UPSERT_TABLES.map(({ table, topic }) => flinkUpsertTable(table, { topic, brokers })),
        ].filter((sql) => sql.trim() !== ""),
        statement: Object.keys(INSERTS).map(read),
    };
}

function placeholders(brokers: string): Readonly<Record<string, string>> {
    const reasons = Object.entries(REJECTION_REASONS).map(([name, text]) => [name, flinkLiteral(text)] as const);
    return {
        ...Object.fromEntries(reasons),
        brokers: flinkLiteral(brokers),
        raw_events_topic: flinkLiteral(RAW_EVENTS_TOPIC),
        event_timestamp: flinkJsonValue(rawEvents, "event_timestamp", TEXT),
        event_types: Object.keys(EVENT_SHARES).map(flinkLiteral).join(", "),
        columns: flinkJsonColumns(rawEvents, USED_COLUMNS, TEXT),
        largest_message: String(LARGEST_MESSAGE),
        watermark_seconds: flinkLiteral(String(WATERMARK_SECONDS)),
        quoted_characters: String(QUOTED_CHARACTERS),
    };
}

function fill(file: string, sql: string, names: Readonly<Record<string, string>>): string {
    return sql.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
        const text = names[name];
        if (text === undefined) throw new Error(`sql/${file}.sql asks for {{${name}}}, which is not known`);
        return text;
    });
}
