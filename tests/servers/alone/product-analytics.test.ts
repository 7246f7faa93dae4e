import axios from "axios";
import { Kafka as Client, type ITopicMetadata, logLevel } from "kafkajs";
import { engine, stackPrefix } from "../../../cli/engine";
import { verifyStack } from "../../../cli/verify";
import { pinotStore } from "../../../cli/verify/pinot-store";
import type { Report } from "../../../cli/verify/verify";
import { Platform } from "../../../components";
import { parseSettings } from "../../../lib/settings";
import { ProductAnalytics } from "../../../pipelines/product-analytics";
import {
    ANALYTICS_TOPICS,
    RAW_EVENTS_DLQ_TOPIC,
    RAW_EVENTS_TOPIC,
    REJECTION_REASONS,
} from "../../../pipelines/product-analytics/contract";
import { ANALYTICS_JOB } from "../../../pipelines/product-analytics/job";
import { type Alone, type AloneProgram, startAlone } from "../../support/alone";
import { until } from "../../support/container";
import { bundleGenerators, startGenerator } from "../generators-harness";

const MINUTE = 60_000;

/** The pipeline as a stack has it, with a platform of its own. */
function program(changed: Record<string, unknown> = {}): AloneProgram {
    const settings = parseSettings({ productAnalytics: { eventsPerSecond: 50, ...changed } }, "built");
    return (host) => {
        const platform = new Platform("platform", { host, servers: settings.servers });
        new ProductAnalytics("product-analytics", {
            platform,
            deletionProtection: false,
            ...settings.productAnalytics,
        });
        return { ...platform.endpoints };
    };
}

/** Each test goes on from the one before: numbers only ever grow. */
describe("product analytics on real servers", () => {
    let server: Alone;
    let endpoints: Record<string, string>;
    let kafka: Client;
    let bundle: string;

    beforeAll(async () => {
        bundle = bundleGenerators();
        server = await startAlone("analytics-pipeline", program());
        endpoints = server.outputs;
        kafka = new Client({ brokers: [endpoints["kafka.bootstrapServers"] ?? ""], logLevel: logLevel.NOTHING });
    }, 6 * MINUTE);

    afterAll(async () => {
        await server?.stop();
    }, 3 * MINUTE);

    const query = (sql: string) =>
        pinotStore({
            brokerUrl: endpoints["pinot.brokerUrl"] ?? "",
            controllerUrl: endpoints["pinot.controllerUrl"] ?? "",
        }).query(sql);

    async function expectEqual(): Promise<Report> {
        const report = await verifyStack(endpoints, { timeoutSeconds: 120 });
        expect(report.checks.filter(({ verdict }) => verdict === "different")).toEqual([]);
        return report;
    }

    const actualOf = (report: Report, name: string) => report.checks.find(({ check }) => check === name)?.actual;

    /** State of the pipeline's one job; empty when it is not there. */
    async function jobState(): Promise<string> {
        const { data } = await axios.get(`${endpoints["flink.restUrl"]}/jobs/overview`);
        const running = data.jobs.filter(({ name, state }: { name: string; state: string }) => {
            return name === ANALYTICS_JOB && state !== "FINISHED" && state !== "CANCELED";
        });
        return running.map(({ state }: { state: string }) => state).join();
    }

    async function send(topic: string, messages: readonly { key?: string; value: string | Buffer | null }[]) {
        const producer = kafka.producer();
        await producer.connect();
        try {
            await producer.send({ topic, messages: messages.map((message) => ({ key: null, ...message })) });
        } finally {
            await producer.disconnect();
        }
    }

    it(
        "changes nothing the second time",
        async () => {
            expect(await server.up()).toEqual({ changes: 0 });
        },
        MINUTE,
    );

    it("compacts what is state, keeps rejected messages for a week, and keys raw events by user", async () => {
        const admin = kafka.admin();
        await admin.connect();
        const { topics } = await admin.fetchTopicMetadata({ topics: [RAW_EVENTS_TOPIC] });
        const { resources } = await admin.describeConfigs({
            includeSynonyms: false,
            resources: [...Object.values(ANALYTICS_TOPICS), RAW_EVENTS_DLQ_TOPIC].map((name) => ({ type: 2, name })),
        });
        await admin.disconnect();
        expect((topics[0] as ITopicMetadata).partitions).toHaveLength(3);
        const policies = resources.map(({ resourceName, configEntries }) => [
            resourceName,
            configEntries.find(({ configName }) => configName === "cleanup.policy")?.configValue,
        ]);
        expect(Object.fromEntries(policies)).toEqual({
            "product-analytics": "compact",
            "active-users-per-minute": "compact,delete",
            "user-session-analytics": "compact,delete",
            "raw-events.dlq": "delete",
        });
    });

    it(
        "counts each event once while events keep flowing, and tells apart what is none",
        async () => {
            const faults = ["--duplicate-rate", "0.05", "--late-rate", "0.02", "--malformed-rate", "0.06"];
            const bounded = ["clickstream", "--events", "2000", "--events-per-second", "300", ...faults];
            const { code, stderr } = await startGenerator(bundle, bounded, {
                KAFKA_BOOTSTRAP_SERVERS: endpoints["kafka.bootstrapServers"] ?? "",
            }).ended;
            expect({ code, stderr }).toMatchObject({ code: 0 });
            const report = await expectEqual();
            const { not_json, unknown_event_type, missing_user, negative_price, too_large } = REJECTION_REASONS;
            for (const reason of [not_json, unknown_event_type, missing_user, negative_price, too_large]) {
                expect({ reason, count: actualOf(report, `rejected_messages: ${reason}`) ?? 0 }).toMatchObject({
                    count: expect.any(Number),
                });
                expect(actualOf(report, `rejected_messages: ${reason}`)).toBeGreaterThan(0);
            }
            // An event a day late is none of any window, and one of its product's: the ledger says both.
            const [late] = await query(
                "SELECT COUNT(*) AS events FROM raw_events WHERE sequence >= 1 AND event_timestamp < produced_at - 80000000",
            );
            expect(Number(late?.events)).toBeGreaterThan(0);
            expect(await jobState()).toBe("RUNNING");
        },
        4 * MINUTE,
    );

    it.each(["flink-taskmanager-1", "flink-jobmanager", "pinot", "kafka"])(
        "has every number right after %s was killed",
        async (service) => {
            await server.crash(service, 180);
            await expectEqual();
            expect(await jobState()).toBe("RUNNING");
        },
        6 * MINUTE,
    );

    it(
        "goes on counting from where it was when the job changes",
        async () => {
            const before = actualOf(await expectEqual(), "product_analytics: views") ?? 0;
            expect(await server.up(program({ stateTtlSeconds: 1_800 }))).toEqual({ changes: 1 });
            const after = actualOf(await expectEqual(), "product_analytics: views") ?? 0;
            expect(after).toBeGreaterThanOrEqual(before);
            expect(await jobState()).toBe("RUNNING");
        },
        4 * MINUTE,
    );

    it(
        "has closed windows, and every session once the generator has ended",
        async () => {
            await until("a minute is over", 120, async () => {
                const [row] = await query("SELECT COUNT(*) AS minutes FROM active_users");
                return Number(row?.minutes) > 0;
            });
            // Sessions go on for minutes; those of a run that has ended are all over.
            const generator = engine().getContainer(`${stackPrefix("alone-analytics-pipeline")}-clickstream`);
            await generator.stop({ t: 20 });
            const report = await expectEqual();
            expect(actualOf(report, "active_users: distinct users by minute")).toBeGreaterThan(0);
            expect(actualOf(report, "user_sessions: sessions")).toBeGreaterThan(0);
            await generator.start();
        },
        5 * MINUTE,
    );

    // From here on the numbers are no generator's alone.

    it(
        "rejects whatever comes, with the reason, and never stops",
        async () => {
            const event = (changed: object) => {
                const common = { event_id: "e", user_id: "u", session_id: "s", event_timestamp: Date.now() };
                return JSON.stringify({ event_type: "page_view", ...common, ...changed });
            };
            const product = { product_id: "p", product_name: "n", product_category: "Books", price: 10 };
            const { not_json, missing_event_id, missing_session, no_believable_time, missing_product, missing_amount } =
                REJECTION_REASONS;
            const bad: readonly (readonly [string | Buffer | null, string])[] = [
                [null, not_json],
                ["", not_json],
                ["12", not_json],
                ["[]", not_json],
                [Buffer.from([0, 255, 254, 128]), not_json],
                [event({ event_id: null }), missing_event_id],
                [event({ session_id: undefined }), missing_session],
                [event({ event_timestamp: Date.now() + 3_600_000 }), no_believable_time],
                [event({ event_timestamp: "yesterday" }), no_believable_time],
                [event({ event_timestamp: -5 }), no_believable_time],
                [event({ event_timestamp: 9_000_000_000_000_000_000 }), no_believable_time],
                [event({ event_type: "product_view" }), missing_product],
                [event({ event_type: "purchase", ...product, total_amount_cents: "much" }), missing_amount],
            ];
            await send(
                RAW_EVENTS_TOPIC,
                bad.map(([value]) => ({ value })),
            );
            const wanted: Record<string, number> = {};
            for (const [, reason] of bad) wanted[reason] = (wanted[reason] ?? 0) + 1;
            let found: Record<string, number> = {};
            await until("all are rejected", 60, async () => {
                const rows = await query(
                    "SELECT reason, COUNT(*) AS messages FROM rejected_messages WHERE run_id = 'null' GROUP BY reason",
                );
                found = Object.fromEntries(rows.map(({ reason, messages }) => [String(reason), Number(messages)]));
                return JSON.stringify(Object.entries(found).sort()) === JSON.stringify(Object.entries(wanted).sort());
            }).catch((error) => {
                throw new Error(`${error.message}; there are ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
            });
            expect(await jobState()).toBe("RUNNING");
        },
        2 * MINUTE,
    );

    it(
        "shows the later of two versions with the same time, never an older one, and outlives a tombstone",
        async () => {
            const key = JSON.stringify({ product_id: "tie" });
            const version = (view_count: number, update_time: number) => ({
                key,
                value: JSON.stringify({
                    product_id: "tie",
                    product_name: "Tie",
                    product_category: "Clothing",
                    view_count,
                    cart_adds: 0,
                    purchases: 0,
                    revenue: 0,
                    revenue_cents: 0,
                    update_time,
                }),
            });
            const now = Date.now();
            const views = async () => {
                const rows = await query("SELECT view_count FROM product_analytics WHERE product_id = 'tie'");
                return rows.map((row) => Number(row.view_count));
            };
            const topic = ANALYTICS_TOPICS.productAnalytics;
            await send(topic, [version(5, now), version(7, now), version(6, now), version(1, now - 1)]);
            await send(topic, [{ key, value: null }, version(8, now + 1), version(9, now + 1)]);
            await until("the last version is shown", 60, async () => JSON.stringify(await views()) === "[9]");
            await server.crash("pinot", 180);
            // Read again from the topic, in the same order.
            await until("it is shown again", 60, async () => JSON.stringify(await views().catch(() => [])) === "[9]");
        },
        5 * MINUTE,
    );
});
