import * as fc from "fast-check";
import { UNKNOWN } from "../../../../resources/lifecycle";
import { CURRENT, LEGACY } from "../../../../resources/pinot/capabilities";
import type { TableDocument } from "../../../../resources/pinot/documents";
import { canonicalTable, classifyTableChange } from "../../../../resources/pinot/table-diff";
import { pinotTableProvider } from "../../../../resources/pinot/table-provider";
import { fromWire, toWire } from "../../../../resources/pinot/wire";
import { schemaOf, tableOf } from "../../../provider/pinot-pair";
import { FakePinot } from "../../../support/fakes/pinot";
import { answeredTable, understandTable } from "../../../support/fakes/pinot-generation";

const TABLE = tableOf("events", "topic", "kafka:9092");
const PLAIN: TableDocument = { ...TABLE, upsertConfig: undefined } as unknown as TableDocument;

function stream(change: Record<string, string>): Pick<TableDocument, "ingestionConfig"> {
    const [old] = TABLE.ingestionConfig?.streamIngestionConfig?.streamConfigMaps ?? [];
    return { ingestionConfig: { streamIngestionConfig: { streamConfigMaps: [{ ...old, ...change }] } } };
}

describe("a change of a table", () => {
    it.each<[string, Partial<TableDocument>, string]>([
        ["retention", { segmentsConfig: { ...TABLE.segmentsConfig, retentionTimeValue: "3" } }, "in place"],
        ["replication", { segmentsConfig: { ...TABLE.segmentsConfig, replication: "2" } }, "in place"],
        ["quota", { quota: { storage: "1G" } }, "in place"],
        ["the broker list", stream({ "stream.kafka.broker.list": "other:9092" }), "in place"],
        ["flush thresholds", stream({ "realtime.segment.flush.threshold.rows": "1" }), "in place"],
        [
            "an index",
            { tableIndexConfig: { ...TABLE.tableIndexConfig, invertedIndexColumns: ["id"] } },
            "in place + reload",
        ],
        ["a field's encoding", { fieldConfigList: [{ name: "id", encodingType: "RAW" }] }, "in place + reload"],
        ["the name", { tableName: "other" }, "replace"],
        ["the type", { tableType: "OFFLINE" }, "replace"],
        ["the time column", { segmentsConfig: { timeColumnName: "other" } }, "refused"],
        ["the topic", stream({ "stream.kafka.topic.name": "other" }), "refused"],
        ["the upsert mode", { upsertConfig: { mode: "PARTIAL", comparisonColumns: ["ts"] } }, "refused"],
        [
            "deleteRecordColumn",
            { upsertConfig: { mode: "FULL", comparisonColumns: ["ts"], deleteRecordColumn: "d" } },
            "refused",
        ],
        [
            "the hash function",
            { upsertConfig: { mode: "FULL", comparisonColumns: ["ts"], hashFunction: "MD5" } },
            "refused",
        ],
        [
            "partitions of an upsert table",
            {
                tableIndexConfig: {
                    ...TABLE.tableIndexConfig,
                    segmentPartitionConfig: { columnPartitionMap: { id: { numPartitions: 4 } } },
                },
            },
            "refused",
        ],
        ["a dimension table", { isDimTable: true }, "refused"],
    ])("of %s is classified", (_what, change, expected) => {
        const found = classifyTableChange(TABLE, { ...TABLE, ...change });
        expect([...new Set(found.map((one) => one.class))]).toEqual([expected]);
    });

    it("that turns upsert off or on is one refusal, however many properties it has", () => {
        expect(classifyTableChange(TABLE, PLAIN).map(({ what }) => what)).toEqual([
            "upsertConfig cannot be removed: upsert cannot be turned off",
        ]);
        expect(classifyTableChange(PLAIN, TABLE).map(({ what }) => what)).toEqual([
            "upsert cannot be turned on for a table that exists",
        ]);
    });

    it("explains every refusal and every replacement", () => {
        const next = {
            ...TABLE,
            tableName: "x",
            isDimTable: true,
            upsertConfig: { mode: "PARTIAL" as const },
            ...stream({ "stream.kafka.topic.name": "x" }),
        };
        for (const change of classifyTableChange(TABLE, next).filter((one) => /refused|replace/.test(one.class))) {
            expect(change.why && change.wayOut).toBeTruthy();
        }
    });

    it("is in place while the new value is not known", () => {
        const next = { ...TABLE, upsertConfig: UNKNOWN, segmentsConfig: UNKNOWN } as unknown as TableDocument;
        expect(classifyTableChange(TABLE, next).map((one) => one.class)).toEqual(["in place", "in place"]);
    });
});

const names = fc.stringMatching(/^[a-z]{1,5}$/);
const tables = fc
    .record({
        replication: fc.constantFrom<string | number>(1, "1", 2, "3"),
        inverted: fc.uniqueArray(names, { maxLength: 4 }),
        unknownBlock: fc.dictionary(names, fc.oneof(names, fc.integer(), fc.boolean()), { maxKeys: 3 }),
        upsert: fc.boolean(),
        oldPlace: fc.boolean(),
        days: fc.option(fc.nat(100), { nil: undefined }),
    })
    .map(({ replication, inverted, unknownBlock, upsert, oldPlace, days }): TableDocument => {
        const { upsertConfig, ingestionConfig, ...rest } = TABLE;
        const [map] = ingestionConfig?.streamIngestionConfig?.streamConfigMaps ?? [];
        return {
            ...rest,
            segmentsConfig: {
                timeColumnName: "ts",
                replication,
                ...(days === undefined ? {} : { retentionTimeUnit: "DAYS", retentionTimeValue: days }),
            },
            tableIndexConfig: { invertedIndexColumns: inverted, ...(oldPlace ? { streamConfigs: map } : {}) },
            query: unknownBlock,
            ...(oldPlace || ingestionConfig === undefined ? {} : { ingestionConfig }),
            ...(upsert && upsertConfig !== undefined ? { upsertConfig } : {}),
        };
    });

describe.each([
    ["0.11.0", LEGACY],
    ["1.5.1", CURRENT],
] as const)("the wire form for %s", (generation, can) => {
    it("is wholly understood, loses nothing, and comes back as what was declared", () => {
        fc.assert(
            fc.property(tables, (table) => {
                const { known, ignored } = understandTable(
                    generation,
                    toWire(table, can) as unknown as Record<string, unknown>,
                );
                expect(ignored).toEqual({});
                const held = answeredTable(generation, known) as unknown as TableDocument;
                const declared = canonicalTable(table);
                const lost = Object.keys(declared).filter((path) => canonicalTable(held)[path] !== declared[path]);
                expect(lost.filter((path) => declared[path] !== "[]" && declared[path] !== "{}")).toEqual([]);
                const found = classifyTableChange(fromWire(held), table).map((one) => one.class);
                expect(found.filter((one) => one === "refused" || one === "replace")).toEqual([]);
            }),
        );
    });
    it("speaks the generation's words", () => {
        const text = JSON.stringify(toWire(TABLE, can));
        const [old, modern] = [
            /"comparisonColumn":"ts"|replicasPerPartition|kafka20|"schemaName":"events"/g,
            /"comparisonColumns":\["ts"\]|kafka30/g,
        ];
        expect([(text.match(old) ?? []).length, (text.match(modern) ?? []).length]).toEqual(
            generation === "0.11.0" ? [4, 0] : [0, 1],
        );
    });
});

describe.each(["0.11.0", "1.5.1"] as const)("an illegal change on %s", (generation) => {
    let pinot: FakePinot;
    beforeEach(async () => {
        pinot = await new FakePinot(generation).up();
        pinot.schemas.events = { ...schemaOf("events") };
    });
    afterEach(() => pinot.down());

    it("is refused before any writing request, whatever else changes with it", async () => {
        const server = { controllerUrl: pinot.url };
        const { id, outs } = await pinotTableProvider.create({ server, table: TABLE });
        const before = pinot.writes().length;
        const illegal = fc.constantFrom<Partial<TableDocument>>(
            { upsertConfig: { mode: "PARTIAL", comparisonColumns: ["ts"] } },
            { upsertConfig: { mode: "FULL", comparisonColumns: ["amount"] } },
            { upsertConfig: { mode: "NONE" } },
            { segmentsConfig: { timeColumnName: "other" } },
            stream({ "stream.kafka.topic.name": "other" }),
            { isDimTable: true },
        );
        const legal = fc.record({
            query: fc.record({ timeoutMs: fc.nat() }),
            quota: fc.record({ storage: fc.constantFrom("1G", "2G") }),
        });
        await fc.assert(
            fc.asyncProperty(illegal, legal, async (change, other) => {
                const table = { ...TABLE, ...other, ...change };
                const checked = await pinotTableProvider.check?.({ server, table: TABLE }, { server, table });
                expect(checked?.failures).not.toEqual([]);
                const update = pinotTableProvider.update?.(id, outs as never, { server, table });
                await expect(update).rejects.toThrow(/Way out.*Nothing was changed/s);
                expect(pinot.writes()).toHaveLength(before);
            }),
            { numRuns: 25 },
        );
    });
});
