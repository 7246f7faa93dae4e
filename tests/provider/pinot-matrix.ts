import type { SchemaDocument, TableDocument } from "../../resources/pinot/documents";
import { type Json, PinotPair, type PinotUnderTest, schemaOf, tableOf } from "./pinot-pair";

const DATETIME = { name: "ts", dataType: "LONG", format: "EPOCH|MILLISECONDS|1", granularity: "MILLISECONDS|1" };

/** What every Pinot must do, fake or real. */
export function pinotMatrix(subject: () => PinotUnderTest): void {
    let pair: PinotPair;
    let count = 0;
    beforeEach(async () => {
        pair = new PinotPair(subject(), `${subject().prefix}_${++count}`);
        await pair.clear();
    });
    afterEach(() => pair.clear());

    it("creates schema and table, and returns when rows can be read", async () => {
        await pair.up();
        expect(await pair.heldSchema()).toMatchObject({ schemaName: pair.name, primaryKeyColumns: ["id"] });
        expect(await pair.held()).toMatchObject({ tableType: "REALTIME", upsertConfig: { mode: "FULL" } });
        const { body } = await pair.ask("GET", `/tables/${pair.name}/externalview`);
        const states = Object.values((body.REALTIME ?? {}) as Record<string, Record<string, string>>);
        expect(states.length).toBeGreaterThan(0);
        for (const state of states) expect(Object.values(state)).toEqual(["CONSUMING"]);
        expect(pair.table.state?.outputs).toMatchObject({
            tableName: pair.name,
            tableNameWithType: `${pair.name}_REALTIME`,
        });
    });

    it("changes nothing the second time, and refresh finds nothing", async () => {
        await pair.up();
        expect(await pair.schema.refresh()).toBe(false);
        expect(await pair.table.refresh()).toBe(false);
        expect((await pair.schema.preview(pair.schemaInputs())).step).toBe("same");
        expect((await pair.table.preview(pair.tableInputs())).step).toBe("same");
    });

    it("sees no change in order, number form, date form or a default that is spelled out", async () => {
        await pair.up();
        const schema = schemaOf(pair.name);
        const reordered = [...(schema.dimensionFieldSpecs ?? [])].reverse();
        const same = pair.schemaInputs({ dimensionFieldSpecs: reordered, dateTimeFieldSpecs: [DATETIME] });
        expect((await pair.schema.preview(same)).step).toBe("same");
        const table = await pair.table.preview(
            pair.tableInputs({
                tableName: `${pair.name}_REALTIME`,
                segmentsConfig: {
                    replication: 1,
                    timeColumnName: "ts",
                    replicasPerPartition: "1",
                    schemaName: pair.name,
                },
                tenants: { broker: "DefaultTenant" },
            }),
        );
        expect(table).toMatchObject({ failures: [], step: "same" });
    });

    it("shows drift at refresh and repairs it", async () => {
        await pair.up();
        await pair.drift((config) => ({
            ...config,
            segmentsConfig: { ...(config.segmentsConfig as Json), retentionTimeUnit: "DAYS", retentionTimeValue: "3" },
        }));
        expect(await pair.table.refresh()).toBe(true);
        expect(pair.table.state?.inputs).toMatchObject({ table: { segmentsConfig: { retentionTimeValue: "3" } } });
        expect(await pair.table.up(pair.tableInputs())).toBe("update");
        expect((await pair.held()).segmentsConfig).not.toHaveProperty("retentionTimeValue");
        expect((await pair.table.preview(pair.tableInputs())).step).toBe("same");
    });

    it("creates again what was deleted outside", async () => {
        await pair.up();
        await pair.clear();
        expect([await pair.table.refresh(), pair.table.state]).toEqual([true, undefined]);
        expect([await pair.schema.refresh(), pair.schema.state]).toEqual([true, undefined]);
        await pair.up();
        expect(await pair.held()).toMatchObject({ tableType: "REALTIME" });
    });

    it("creates again what was deleted outside, also without a refresh before", async () => {
        await pair.up();
        await pair.clear();
        await pair.schema.up(pair.schemaInputs({}, { deletionProtection: false }));
        expect(await pair.table.up(pair.tableInputs({}, { deletionProtection: false }))).toBe("update");
        expect(await pair.held()).toMatchObject({ tableType: "REALTIME" });
    });

    it("changes retention in place, and an index with a reload", async () => {
        await pair.up();
        const segmentsConfig = {
            timeColumnName: "ts",
            replication: "1",
            retentionTimeUnit: "DAYS",
            retentionTimeValue: "7",
        };
        expect(await pair.table.up(pair.tableInputs({ segmentsConfig }))).toBe("update");
        const tableIndexConfig = {
            loadMode: "MMAP",
            nullHandlingEnabled: true,
            noDictionaryColumns: ["amount"],
            invertedIndexColumns: ["kind"],
        };
        expect(await pair.table.up(pair.tableInputs({ segmentsConfig, tableIndexConfig }))).toBe("update");
        expect(pair.under.process.output).toMatch(
            new RegExp(`"${pair.name}": ${pair.name}_REALTIME: \\d of 2 segments reloaded`),
        );
        expect(await pair.held()).toMatchObject({
            segmentsConfig: { retentionTimeValue: "7" },
            tableIndexConfig: { invertedIndexColumns: ["kind"] },
        });
        expect(await pair.table.refresh()).toBe(false);
        expect((await pair.table.preview(pair.tableInputs({ segmentsConfig, tableIndexConfig }))).step).toBe("same");
    });

    it("takes tiers and changes them in place, and names at preview what is wrong with one", async () => {
        // A tag that servers of any Pinot carry: newer ones refuse a tier without servers.
        const tier = { segmentSelectorType: "time", storageType: "pinot_server", serverTag: "DefaultTenant_OFFLINE" };
        const tiers = (...ages: string[]) =>
            pair.tableInputs({
                upsertConfig: { mode: "NONE" },
                tierConfigs: ages.map((segmentAge) => ({ ...tier, name: `after ${segmentAge}`, segmentAge })),
            });
        await pair.schema.up(pair.schemaInputs());
        await pair.table.up(tiers("30d", "90d"));
        expect(await pair.held()).toMatchObject({ tierConfigs: [{ segmentAge: "30d" }, { segmentAge: "90d" }] });
        expect(await pair.table.refresh()).toBe(false);
        expect((await pair.table.preview(tiers("90d", "30d"))).step).toBe("same");
        expect(await pair.table.up(tiers("60d"))).toBe("update");
        expect((await pair.held()).tierConfigs).toMatchObject([{ segmentAge: "60d" }]);
        expect((await pair.table.preview(tiers("next month"))).failures).toEqual([
            expect.objectContaining({ property: "table.tierConfigs[0].segmentAge" }),
        ]);
    });

    it("adds a column in place and reloads the table", async () => {
        await pair.up();
        const metricFieldSpecs = [
            { name: "amount", dataType: "DOUBLE" },
            { name: "count", dataType: "LONG" },
        ];
        expect(await pair.schema.up(pair.schemaInputs({ metricFieldSpecs }))).toBe("update");
        expect(await pair.heldSchema()).toMatchObject({ metricFieldSpecs: [{ name: "amount" }, { name: "count" }] });
        expect(pair.under.process.output).toMatch(new RegExp(`PinotSchema "${pair.name}": .*2 of 2 segments reloaded`));
        expect(await pair.schema.refresh()).toBe(false);
    });

    it.each<[string, (table: TableDocument) => Partial<TableDocument>, string]>([
        [
            "upsert mode",
            ({ upsertConfig }) => ({ upsertConfig: { ...upsertConfig, mode: "PARTIAL" } }),
            "upsertConfig.mode cannot change from FULL to PARTIAL",
        ],
        ["upsert turned off", () => ({ upsertConfig: { mode: "NONE" } }), "upsert cannot be turned off"],
        [
            "the comparison column",
            () => ({ upsertConfig: { mode: "FULL", comparisonColumns: ["amount"] } }),
            "comparisonColumns cannot change from ts to amount",
        ],
        [
            "the time column",
            () => ({ segmentsConfig: { timeColumnName: "id" } }),
            "timeColumnName cannot change from ts to id",
        ],
        ["the topic", (table) => ({ ingestionConfig: withTopic(table, "other") }), "the topic cannot change from"],
        ["the name", () => ({ tableName: "renamed_table" }), "while deletionProtection is on"],
    ])("refuses a change of %s at preview, with the way out", async (_what, change, words) => {
        await pair.up();
        const before = await pair.held();
        const inputs = pair.tableInputs(change(tableOf(pair.name, pair.under.topic, pair.under.brokers)));
        const { failures } = await pair.table.preview(inputs);
        expect(failures).toHaveLength(1);
        expect(failures[0]?.property).toMatch(/^table\./);
        expect(failures[0]?.reason).toContain(words);
        expect(failures[0]?.reason).toMatch(/\n {2}Way out: .*\n {2}Nothing was changed\.$/s);
        expect(await pair.held()).toEqual(before);
    });

    it.each<[string, Partial<SchemaDocument>, string]>([
        ["a removed column", { metricFieldSpecs: [] }, 'column "amount" cannot be removed'],
        [
            "another type",
            { metricFieldSpecs: [{ name: "amount", dataType: "LONG" }] },
            'column "amount" cannot change from DOUBLE to LONG',
        ],
        ["another key", { primaryKeyColumns: ["kind"] }, "primaryKeyColumns cannot change from [id] to [kind]"],
    ])("refuses %s at preview", async (_what, change, words) => {
        await pair.schema.up(pair.schemaInputs());
        const { failures } = await pair.schema.preview(pair.schemaInputs(change));
        expect(failures.map(({ reason }) => reason).join()).toContain(words);
    });

    it("refuses to destroy what is protected, with the count of what would be lost, and destroys it when told", async () => {
        await pair.up();
        await expect(pair.table.destroy()).rejects.toThrow(/is protected .*\n.*\d+ rows of .* would be lost/s);
        await expect(pair.schema.destroy()).rejects.toThrow(
            new RegExp(`is protected .*used by table ${pair.name}_REALTIME`, "s"),
        );
        await pair.table.up(pair.tableInputs({}, { deletionProtection: false }));
        await pair.schema.up(pair.schemaInputs({}, { deletionProtection: false }));
        await expect(pair.schema.destroy()).rejects.toThrow(/in use .*\n.*associated with table/s);
        await pair.table.destroy();
        await pair.schema.destroy();
        expect((await pair.ask("GET", `/schemas/${pair.name}`)).status).toBe(404);
    });

    it("creates under the same name at once after a destroy", async () => {
        await pair.schema.up(pair.schemaInputs());
        await pair.table.up(pair.tableInputs({}, { deletionProtection: false, waitForDeletion: false }));
        await pair.table.destroy();
        await pair.table.up(pair.tableInputs());
        expect(await pair.held()).toMatchObject({ tableType: "REALTIME" });
    });

    it("takes over what is there only when asked, and only when it is equal or asked to change it", async () => {
        await pair.up();
        const other = new PinotPair(pair.under, pair.name);
        const preview = await other.table.preview(other.tableInputs());
        expect(preview.failures.map(({ property }) => property)).toEqual(["onExists"]);
        const unprotected = { deletionProtection: false };
        await expect(other.table.up(other.tableInputs({}, unprotected))).rejects.toThrow(
            /exists already .*adoptIfEqual/s,
        );

        const equal = { ...unprotected, onExists: "adoptIfEqual" };
        const query = { timeoutMs: 5000 };
        await expect(other.table.up(other.tableInputs({ query }, equal))).rejects.toThrow(
            /is not what is declared\n {2}table.query.timeoutMs: declared 5000, there is nothing/,
        );
        expect(other.table.state).toBeUndefined();
        expect(await other.table.up(other.tableInputs({}, equal))).toBe("create");
        expect(await other.schema.up(other.schemaInputs({}, equal))).toBe("create");

        const third = new PinotPair(pair.under, pair.name);
        await third.table.up(third.tableInputs({ query }, { onExists: "adopt" }));
        expect(await pair.held()).toMatchObject({ query: { timeoutMs: 5000 } });
    });

    it("goes on after a crash between create and record", async () => {
        await pair.up();
        pair.table.state = undefined;
        pair.schema.state = undefined;
        await pair.schema.up(pair.schemaInputs({}, { onExists: "adoptIfEqual" }));
        expect(await pair.table.up(pair.tableInputs({}, { onExists: "adoptIfEqual" }))).toBe("create");
        expect((await pair.table.preview(pair.tableInputs({}, { onExists: "adoptIfEqual" }))).step).toBe("same");
    });

    it("pauses and resumes consumption, and sees when somebody else did", async () => {
        await pair.up();
        expect(await pair.table.up(pair.tableInputs({}, { consumption: "paused" }))).toBe("update");
        expect((await pair.ask("GET", `/tables/${pair.name}/pauseStatus`)).body).toMatchObject({ pauseFlag: true });
        await pair.ask("POST", `/tables/${pair.name}/resumeConsumption`);
        expect(await pair.table.refresh()).toBe(true);
        expect(await pair.table.up(pair.tableInputs({}, { consumption: "paused" }))).toBe("update");
        expect(await pair.table.up(pair.tableInputs())).toBe("update");
        expect((await pair.ask("GET", `/tables/${pair.name}/pauseStatus`)).body).toMatchObject({ pauseFlag: false });
    });

    it("names a property that the server would ignore, at preview and at up", async () => {
        await pair.up();
        const inputs = pair.tableInputs({
            segmentsConfig: { timeColumnName: "ts", replication: "1", retentionDays: "7" },
        });
        const { failures } = await pair.table.preview(inputs);
        expect(failures.map(({ property }) => property)).toEqual(["table.segmentsConfig.retentionDays"]);
        expect(await pair.held()).not.toHaveProperty("segmentsConfig.retentionDays");
    });

    it("says that upsert deletes need a newer Pinot where the server would ignore them", async () => {
        await pair.schema.up(pair.schemaInputs());
        const upsertConfig = { mode: "FULL" as const, comparisonColumns: ["ts"], deleteRecordColumn: "kind" };
        const { failures } = await pair.table.preview(pair.tableInputs({ upsertConfig }));
        expect(failures.map(({ property }) => property)).toEqual(
            pair.under.current ? [] : ["table.upsertConfig.deleteRecordColumn"],
        );
        const up = pair.table.up(pair.tableInputs({ upsertConfig }));
        if (pair.under.current) await up;
        else await expect(up).rejects.toThrow(/deleteRecordColumn is not known to this Pinot.*Way out/s);
    });

    it("says that the topic is missing, instead of the server's words alone", async () => {
        await pair.schema.up(pair.schemaInputs());
        const ingestionConfig = withTopic(tableOf(pair.name, "x", pair.under.brokers), "no-such-topic");
        const inputs = pair.tableInputs({ ingestionConfig }, { timeouts: { ready: pair.under.patience } });
        await expect(pair.table.up(inputs)).rejects.toThrow(/topic "no-such-topic" is not there.*Nothing was changed/s);
        expect(pair.table.state).toBeUndefined();
    });
}

function withTopic(table: TableDocument, topic: string): NonNullable<TableDocument["ingestionConfig"]> {
    const [stream] = table.ingestionConfig?.streamIngestionConfig?.streamConfigMaps ?? [];
    return { streamIngestionConfig: { streamConfigMaps: [{ ...stream, "stream.kafka.topic.name": topic }] } };
}
