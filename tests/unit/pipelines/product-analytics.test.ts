import { parseSettings } from "../../../lib/settings";
import { CONSUMING_ROWS } from "../../../lib/sizes";
import { UPSERT_TABLES, upsertTableConfigs } from "../../../pipelines/product-analytics/tables";
import { analyticsTopics, rawEventsTopic, retentionDaysOf } from "../../../pipelines/product-analytics/topics";
import { inNetworkAddress } from "../../../resources/addresses";

const settings = parseSettings({}).productAnalytics;

describe("settings of product analytics", () => {
    it("bring the servers that the pipeline needs, and no others without it", () => {
        expect(parseSettings({}).servers).toEqual(["flink"]);
        expect(parseSettings({ productAnalytics: { rawOnly: true } }).servers).toEqual([]);
        expect(parseSettings({ productAnalytics: { enabled: false } }).servers).toEqual([]);
        expect(parseSettings({ servers: ["flink", "trino"] }).servers).toEqual(["flink", "trino"]);
    });
});

describe("topics of product analytics", () => {
    it("have the broker's clock on raw events, in as many partitions as the settings say", () => {
        expect(rawEventsTopic({ rawPartitions: 5 })).toEqual({
            topic: "raw-events",
            partitions: 5,
            config: { "message.timestamp.type": "LogAppendTime" },
        });
    });

    it("are compacted where they hold state, and forget what is not kept for ever", () => {
        const shapes = analyticsTopics({ ...settings, sessionRetentionDays: 2, rawRetentionDays: 7 });
        const found = shapes.map(({ topic, config }) => [topic, config["cleanup.policy"], config["retention.ms"]]);
        expect(found).toEqual([
            ["product-analytics", "compact", undefined],
            ["active-users-per-minute", "compact,delete", "604800000"],
            ["user-session-analytics", "compact,delete", "172800000"],
            ["raw-events.dlq", "delete", "604800000"],
        ]);
    });
});

describe("tables of product analytics", () => {
    it.each(UPSERT_TABLES.map((upsert) => [upsert.table.name, upsert] as const))(
        "%s shows one row a key, the newest, from one replica group",
        (name, upsert) => {
            const retentionDays = retentionDaysOf(upsert.topic, settings);
            const { schema, realtime } = upsertTableConfigs(upsert, {
                topic: upsert.topic,
                brokers: inNetworkAddress("kafka:9092"),
                size: "small",
                ...(retentionDays === undefined ? {} : { retentionDays }),
            });
            expect(schema.schemaName).toBe(name);
            expect(schema.primaryKeyColumns).toEqual(upsert.table.primaryKey);
            expect(schema.primaryKeyColumns?.length).toBeGreaterThan(0);
            expect(realtime).toMatchObject({
                tableName: name,
                routing: { instanceSelectorType: "strictReplicaGroup" },
                ingestionConfig: {
                    streamIngestionConfig: {
                        streamConfigMaps: [{ "realtime.segment.flush.threshold.rows": `${CONSUMING_ROWS.small}` }],
                    },
                },
                upsertConfig: { mode: "FULL", comparisonColumns: [upsert.comparisonColumn] },
            });
            expect(schema.dateTimeFieldSpecs.map((spec) => spec.name)).toContain(upsert.comparisonColumn);
        },
    );
});
