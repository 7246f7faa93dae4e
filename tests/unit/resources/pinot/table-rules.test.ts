import * as pulumi from "@pulumi/pulumi";
import { inNetworkAddress } from "../../../../resources/addresses";
import { UNKNOWN } from "../../../../resources/lifecycle";
import { kafkaStream, realtimeTable, storageTier, upsert } from "../../../../resources/pinot/builders";
import type { TableDocument } from "../../../../resources/pinot/documents";
import { tableProblems } from "../../../../resources/pinot/table-rules";
import { schemaOf, tableOf } from "../../../provider/pinot-pair";

const TABLE = tableOf("events", "topic", "kafka:9092");
const SCHEMA = schemaOf("events");
const paths = (table: object, schema = SCHEMA): string[] =>
    tableProblems(table as TableDocument, schema).map(({ property }) => property);

describe("rules of a table", () => {
    it("let a good table pass", () => {
        expect(paths(TABLE)).toEqual([]);
    });

    it("name every problem in one go, at its property", () => {
        const table = {
            tableName: "a b",
            tableType: "STREAM",
            segmentsConfig: { replication: "many" },
            upsertConfig: { mode: "ALL" },
        };
        expect(tableProblems(table as unknown as TableDocument).map(({ property }) => property)).toEqual([
            "table.tableName",
            "table.tableType",
            "table.segmentsConfig.replication",
            "table.upsertConfig.mode",
            "table.routing.instanceSelectorType",
        ]);
    });

    it.each<[string, object, string]>([
        ["has no time column", { segmentsConfig: {} }, "table.segmentsConfig.timeColumnName"],
        ["has no stream", { ingestionConfig: {} }, "table.ingestionConfig.streamIngestionConfig.streamConfigMaps"],
        [
            "has two streams descriptions",
            { tableIndexConfig: { streamConfigs: {} } },
            "table.tableIndexConfig.streamConfigs",
        ],
        ["merges without strict replica groups", { routing: {} }, "table.routing.instanceSelectorType"],
        ["merges and deduplicates", { dedupConfig: { dedupEnabled: true } }, "table.dedupConfig"],
        [
            "merges with a star tree",
            { tableIndexConfig: { enableDefaultStarTree: true } },
            "table.tableIndexConfig.enableDefaultStarTree",
        ],
        [
            "merges columns without null handling",
            { upsertConfig: { mode: "PARTIAL" }, tableIndexConfig: {} },
            "table.tableIndexConfig.nullHandlingEnabled",
        ],
        [
            "forgets deleted keys it cannot have",
            { upsertConfig: { mode: "FULL", deletedKeysTTL: 5 } },
            "table.upsertConfig.deletedKeysTTL",
        ],
        ["is called otherwise than its schema", { tableName: "other" }, "table.tableName"],
        [
            "takes a dimension for its time",
            { segmentsConfig: { timeColumnName: "id" } },
            "table.segmentsConfig.timeColumnName",
        ],
        [
            "indexes an unknown column",
            { tableIndexConfig: { rangeIndexColumns: ["id", "nope"] } },
            "table.tableIndexConfig.rangeIndexColumns[1]",
        ],
        [
            "compares an unknown column",
            { upsertConfig: { mode: "FULL", comparisonColumns: ["nope"] } },
            "table.upsertConfig.comparisonColumns[0]",
        ],
        [
            "deletes by a list",
            { upsertConfig: { mode: "FULL", deleteRecordColumn: "tags" } },
            "table.upsertConfig.deleteRecordColumn",
        ],
    ])("refuse a table that %s", (_what, change, property) => {
        expect(paths({ ...TABLE, ...change })).toEqual([property]);
    });

    it("ask for primary keys in the schema of an upsert table", () => {
        const { primaryKeyColumns: _keys, ...keyless } = SCHEMA;
        expect(paths(TABLE, keyless)).toEqual(["table.upsertConfig"]);
    });

    it("give unknown values the benefit of the doubt, wherever they stand", () => {
        for (const block of Object.keys(TABLE))
            expect([block, paths({ ...TABLE, [block]: UNKNOWN })]).toEqual([block, []]);
    });
});

describe("rules of a table's tiers", () => {
    const { upsertConfig: _upsert, ...APPEND } = TABLE;
    const cold = {
        name: "cold",
        segmentSelectorType: "time",
        segmentAge: "30d",
        storageType: "pinot_server",
        serverTag: "cold_OFFLINE",
    };
    const named = {
        ...cold,
        name: "named",
        segmentSelectorType: "FIXED",
        segmentList: ["events_0"],
        segmentAge: undefined,
    };
    const tiers = (...tierConfigs: unknown[]) => paths({ ...APPEND, tierConfigs });

    it("let good tiers pass, by age and by name, and what is not known yet", () => {
        expect(tiers(cold, named, { ...cold, name: "colder", segmentAge: "1d12h" })).toEqual([]);
        expect(tiers()).toEqual([]);
        expect(tiers(UNKNOWN)).toEqual([]);
        for (const property of Object.keys(cold)) expect(tiers({ ...cold, [property]: UNKNOWN })).toEqual([]);
        expect(paths({ ...TABLE, tierConfigs: [cold], upsertConfig: { mode: "NONE" } })).toEqual([]);
    });

    it("refuse them for an upsert table, whose segments cannot move", () => {
        expect(paths({ ...TABLE, tierConfigs: [cold] })).toEqual(["table.tierConfigs"]);
        expect(paths({ ...TABLE, tierConfigs: [] })).toEqual([]);
    });

    it.each<[string, object, string]>([
        ["has no name", { name: "" }, "name"],
        ["selects by size", { segmentSelectorType: "size" }, "segmentSelectorType"],
        ["has no age", { segmentAge: undefined }, "segmentAge"],
        ["has an age in words", { segmentAge: "30 days" }, "segmentAge"],
        ["selects none of the segments", { segmentSelectorType: "fixed", segmentList: [] }, "segmentList"],
        ["is stored elsewhere", { storageType: "s3" }, "storageType"],
        ["has no servers", { serverTag: undefined }, "serverTag"],
        ["has servers of no kind", { serverTag: "cold" }, "serverTag"],
    ])("refuse one that %s", (_what, change, property) => {
        expect(tiers({ ...cold, ...change })).toEqual([`table.tierConfigs[0].${property}`]);
    });

    it("name every problem of every tier, and the second of one name", () => {
        expect(tiers(cold, { ...cold, serverTag: "x", segmentAge: "old" }, "no tier")).toEqual([
            "table.tierConfigs[1].name",
            "table.tierConfigs[1].segmentAge",
            "table.tierConfigs[1].serverTag",
            "table.tierConfigs[2]",
        ]);
        expect(paths({ ...APPEND, tierConfigs: { cold } })).toEqual(["table.tierConfigs"]);
    });
});

describe("builders", () => {
    it("build tiers by age and by name that the rules let pass", () => {
        const tiers = [
            storageTier({ name: "cold", serverTag: "cold_OFFLINE", segments: { olderThan: "30d" } }),
            storageTier({ name: "kept", serverTag: "kept_REALTIME", segments: { names: ["events_0", "events_1"] } }),
        ];
        const stream = kafkaStream({ topic: "events", brokers: inNetworkAddress("kafka:9092") });
        const table = realtimeTable({ name: "events", timeColumn: "ts", stream, tiers }) as TableDocument;
        expect(paths(table)).toEqual([]);
        expect(table.tierConfigs).toEqual([
            {
                name: "cold",
                segmentSelectorType: "time",
                segmentAge: "30d",
                storageType: "pinot_server",
                serverTag: "cold_OFFLINE",
            },
            {
                name: "kept",
                segmentSelectorType: "fixed",
                segmentList: ["events_0", "events_1"],
                storageType: "pinot_server",
                serverTag: "kept_REALTIME",
            },
        ]);
    });

    it("build a table that the rules let pass, with outputs inside", async () => {
        const brokers = pulumi.output(inNetworkAddress("kafka:9092"));
        const table = realtimeTable({
            name: "events",
            timeColumn: "ts",
            stream: kafkaStream({ topic: "events", brokers }),
            upsert: upsert({ comparisonColumn: "ts" }),
            invertedIndexColumns: ["kind"],
            retentionDays: 7,
            config: { quota: { storage: "1G" }, ingestionConfig: { transformConfigs: [] } },
        });
        const resolved = await new Promise((resolve) => pulumi.output(table).apply(resolve));
        expect(paths(resolved as object)).toEqual([]);
        expect(resolved).toMatchObject({
            quota: { storage: "1G" },
            routing: { instanceSelectorType: "strictReplicaGroup" },
            ingestionConfig: {
                transformConfigs: [],
                streamIngestionConfig: { streamConfigMaps: [{ "stream.kafka.broker.list": "kafka:9092" }] },
            },
        });
    });
});
