import { Kafka as KafkaClient, logLevel } from "kafkajs";
import { Dashboard, Kafka, Pinot } from "../../../../components";
import { pinotIndexes, pinotSchema, type Table } from "../../../../lib/contract";
import {
    ANALYTICS_TOPICS,
    activeUsers,
    productAnalytics,
    RAW_EVENTS_TOPIC,
    rawEvents,
    userSessions,
} from "../../../../pipelines/product-analytics/contract";
import { kafkaStream, PinotSchema, PinotTable, realtimeTable, Topic, upsert } from "../../../../resources";
import type { Alone, AloneProgram } from "../../../support/alone";
import type { ShopDay } from "./shop-day";

/** Tables of the dashboard, each with its topic and the column by which the newest row of a key wins. */
const TABLES: readonly { readonly table: Table; readonly topic: string; readonly comparison?: string }[] = [
    { table: rawEvents, topic: RAW_EVENTS_TOPIC },
    { table: productAnalytics, topic: ANALYTICS_TOPICS.productAnalytics, comparison: "update_time" },
    { table: activeUsers, topic: ANALYTICS_TOPICS.activeUsers, comparison: "window_end" },
    { table: userSessions, topic: ANALYTICS_TOPICS.userSessions, comparison: "session_end" },
];

/** Broker, a Pinot that asks for a password, its tables, and the dashboard in front of them. */
export const servers: AloneProgram = (host) => {
    const kafka = new Kafka("kafka", { host });
    const pinot = new Pinot("pinot", { host, authentication: "basic" });
    const { credentials } = pinot;
    if (credentials === undefined) throw new Error("no credentials");
    const common = {
        server: { controllerUrl: pinot.controllerUrl, authorization: credentials.authorization },
        deletionProtection: false,
    };
    const onPinot = { deletedWith: pinot.storage };
    for (const { table, topic: name, comparison } of TABLES) {
        const topic = new Topic(
            name,
            { topic: name, partitions: 1, deletionProtection: false },
            { provider: kafka.provider, deletedWith: kafka.storage },
        );
        const schema = new PinotSchema(table.name, { ...common, schema: pinotSchema(table) }, onPinot);
        new PinotTable(
            table.name,
            {
                ...common,
                schema: schema.schema,
                table: realtimeTable({
                    name: table.name,
                    timeColumn: table.timeColumn,
                    stream: kafkaStream({ topic: topic.topicName, brokers: kafka.bootstrapServers.inNetwork }),
                    ...(comparison === undefined
                        ? pinotIndexes(table)
                        : { upsert: upsert({ comparisonColumn: comparison }) }),
                }),
            },
            onPinot,
        );
    }
    const dashboard = new Dashboard("dashboard", { host, pinot });
    return {
        kafka: kafka.bootstrapServers.onHost,
        broker: pinot.brokerUrl,
        authorization: credentials.authorization,
        password: credentials.password,
        url: dashboard.url.onHost,
        inNetwork: dashboard.url.inNetwork,
    };
};

/** Sends a shop's events, and the rows that follow from them; of keyed rows an outdated version first. */
export async function sendShop(alone: Alone, shop: ShopDay): Promise<void> {
    const client = new KafkaClient({ brokers: [alone.outputs.kafka], logLevel: logLevel.NOTHING });
    const producer = client.producer();
    await producer.connect();
    const send = async (topic: string, rows: readonly object[], keyOf: (row: never) => string) => {
        for (let start = 0; start < rows.length; start += 2_000) {
            const messages = rows
                .slice(start, start + 2_000)
                .map((row) => ({ key: keyOf(row as never), value: JSON.stringify(row) }));
            await producer.send({ topic, messages });
        }
    };
    const half = { products: shop.products, sessions: shop.sessions };
    await send(RAW_EVENTS_TOPIC, shop.events, (row: { user_id: string }) => row.user_id);
    const outdatedProducts = half.products.map((row) => ({ ...row, view_count: 0, revenue_cents: 1, update_time: 1 }));
    for (const rows of [outdatedProducts, half.products]) {
        await send(ANALYTICS_TOPICS.productAnalytics, rows, (row: { product_id: string }) => row.product_id);
    }
    const outdatedSessions = half.sessions.map((row) => ({
        ...row,
        purchases: 9,
        total_spent_cents: 1,
        session_end: row.session_start,
    }));
    for (const rows of [outdatedSessions, half.sessions]) {
        await send(ANALYTICS_TOPICS.userSessions, rows, (row: { session_id: string }) => row.session_id);
    }
    await send(ANALYTICS_TOPICS.activeUsers, shop.activeUsers, (row: { window_start: number }) =>
        String(row.window_start),
    );
    await producer.disconnect();
}

/** What Pinot says to a query; undefined while it says anything else than rows. */
export async function pinotRow(alone: Alone, sql: string): Promise<unknown[] | undefined> {
    const response = await fetch(`${alone.outputs.broker}/query/sql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: alone.outputs.authorization },
        body: JSON.stringify({ sql }),
    }).catch(() => undefined);
    const body = (await response?.json().catch(() => undefined)) as
        | { resultTable?: { rows: unknown[][] }; exceptions?: unknown[] }
        | undefined;
    return body?.exceptions?.length === 0 ? body.resultTable?.rows[0] : undefined;
}
