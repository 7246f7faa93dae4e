import { join } from "node:path";
import { type ProviderCode, providerText } from "../../resources/managed-resource";
import type { SchemaDocument, TableDocument } from "../../resources/pinot/documents";
import { StackResource } from "../support/provider-process";
import { type Json, PinotPair, type PinotUnderTest, schemaOf, tableOf } from "./pinot-pair";

/** Where the provider of whole tables stands. */
export const TABLE_CONFIGS_CODE: ProviderCode = {
    folder: join(__dirname, "..", "..", "resources", "pinot"),
    module: "table-configs-provider",
    exportName: "pinotTableConfigsProvider",
};

/** One whole table under test. */
export class TableConfigsUnderTest {
    readonly resource: StackResource;
    /** Asks and clears past the provider. */
    readonly pair: PinotPair;

    constructor(
        readonly under: PinotUnderTest,
        readonly name: string,
    ) {
        this.resource = new StackResource(under.process, providerText(TABLE_CONFIGS_CODE));
        this.pair = new PinotPair(under, name);
    }

    /** Schema and realtime half; what a test is about replaces its part. */
    inputs(changed: object = {}): Record<string, unknown> {
        const { controllerUrl, topic, brokers } = this.under;
        return {
            server: { controllerUrl },
            schema: schemaOf(this.name),
            realtime: tableOf(this.name, topic, brokers),
            retentionOnDelete: "0d",
            timeouts: { ready: 150 },
            ...changed,
        };
    }

    /** A hybrid table: upsert, which an offline half cannot have, is left out. */
    hybrid(changed: object = {}): Record<string, unknown> {
        const { topic, brokers } = this.under;
        const { upsertConfig: _upsert, routing: _routing, ...realtime } = tableOf(this.name, topic, brokers);
        return this.inputs({ realtime, offline: offlineOf(this.name), ...changed });
    }

    async held(half: "REALTIME" | "OFFLINE"): Promise<Json | undefined> {
        const { body } = await this.pair.ask("GET", `/tables/${this.name}?type=${half.toLowerCase()}`);
        return body[half] as Json | undefined;
    }

    async clear(): Promise<void> {
        await this.pair.ask("DELETE", `/tables/${this.name}?type=offline&retention=0d`);
        await this.pair.clear();
    }
}

/** The half for whole segments. */
export function offlineOf(name: string): TableDocument {
    return {
        tableName: name,
        tableType: "OFFLINE",
        segmentsConfig: { timeColumnName: "ts", replication: "1" },
        tableIndexConfig: { loadMode: "MMAP", noDictionaryColumns: ["amount"] },
    };
}

/** What every Pinot must do, fake or real. */
export function tableConfigsMatrix(subject: () => PinotUnderTest): void {
    let count = 0;
    let whole: TableConfigsUnderTest;
    beforeEach(async () => {
        whole = new TableConfigsUnderTest(subject(), `${subject().prefix}_unit_${++count}`);
        await whole.clear();
    });
    afterEach(() => whole.clear());

    const widened = (name: string): SchemaDocument => {
        const schema = schemaOf(name);
        const more = { name: "note", dataType: "STRING" };
        return { ...schema, dimensionFieldSpecs: [...(schema.dimensionFieldSpecs ?? []), more] };
    };

    it("creates the schema and its table in one step, and changes nothing the second time", async () => {
        expect(await whole.resource.up(whole.inputs())).toBe("create");
        expect(await whole.pair.heldSchema()).toMatchObject({ schemaName: whole.name });
        expect(await whole.held("REALTIME")).toMatchObject({ upsertConfig: { mode: "FULL" } });
        expect(whole.resource.state?.outputs).toMatchObject({ tableName: whole.name });
        expect(await whole.resource.refresh()).toBe(false);
        expect(await whole.resource.preview(whole.inputs())).toMatchObject({ failures: [], step: "same" });
    });

    it("becomes a hybrid table and back, in place, and guards the half that would be lost", async () => {
        await whole.resource.up(whole.hybrid({ offline: undefined }));
        expect(await whole.resource.up(whole.hybrid())).toBe("update");
        expect(await whole.held("OFFLINE")).toMatchObject({ tableType: "OFFLINE" });
        expect((await whole.resource.preview(whole.hybrid())).step).toBe("same");
        await expect(whole.resource.up(whole.hybrid({ offline: undefined }))).rejects.toThrow(
            /the offline half cannot be taken away while deletionProtection is on.*Nothing was changed/s,
        );
        await whole.resource.up(whole.hybrid({ deletionProtection: false }));
        expect(await whole.resource.up(whole.hybrid({ deletionProtection: false, offline: undefined }))).toBe("update");
        expect([await whole.held("OFFLINE"), await whole.held("REALTIME")]).toEqual([undefined, expect.anything()]);
        expect(await whole.resource.refresh()).toBe(false);
    });

    it("gains a column and another retention in one update", async () => {
        await whole.resource.up(whole.inputs());
        const { topic, brokers } = whole.under;
        const table = tableOf(whole.name, topic, brokers);
        const realtime = {
            ...table,
            segmentsConfig: { ...table.segmentsConfig, retentionTimeUnit: "DAYS", retentionTimeValue: "3" },
        };
        expect(await whole.resource.up(whole.inputs({ schema: widened(whole.name), realtime }))).toBe("update");
        expect(JSON.stringify(await whole.pair.heldSchema())).toContain('"note"');
        expect(await whole.held("REALTIME")).toMatchObject({ segmentsConfig: { retentionTimeValue: "3" } });
    });

    it("refuses a change that would mix up rows, at its half, before anything is sent", async () => {
        await whole.resource.up(whole.inputs());
        const { topic, brokers } = whole.under;
        const realtime = { ...tableOf(whole.name, topic, brokers), upsertConfig: { mode: "PARTIAL" } };
        const { failures } = await whole.resource.preview(whole.inputs({ schema: widened(whole.name), realtime }));
        expect(failures.map(({ property }) => property)).toContain("realtime.upsertConfig.mode");
        expect(JSON.stringify(await whole.pair.heldSchema())).not.toContain('"note"');
    });

    it("shows drift of each part at refresh, and repairs it", async () => {
        await whole.resource.up(whole.inputs());
        await whole.pair.drift((config) => ({
            ...config,
            segmentsConfig: { ...(config.segmentsConfig as Json), retentionTimeUnit: "DAYS", retentionTimeValue: "9" },
        }));
        expect(await whole.resource.refresh()).toBe(true);
        expect(whole.resource.state?.inputs).toMatchObject({
            realtime: { segmentsConfig: { retentionTimeValue: "9" } },
        });
        expect(await whole.resource.up(whole.inputs())).toBe("update");
        expect((await whole.held("REALTIME"))?.segmentsConfig).not.toHaveProperty("retentionTimeValue");
    });

    it("makes again the half that was deleted outside, and everything when everything was", async () => {
        await whole.resource.up(whole.hybrid());
        await whole.pair.ask("DELETE", `/tables/${whole.name}?type=offline&retention=0d`);
        expect(await whole.resource.refresh()).toBe(true);
        expect(whole.resource.state?.outputs).not.toHaveProperty("offline");
        expect(await whole.resource.up(whole.hybrid())).toBe("update");
        expect(await whole.held("OFFLINE")).toMatchObject({ tableType: "OFFLINE" });
        await whole.clear();
        expect([await whole.resource.refresh(), whole.resource.state]).toEqual([true, undefined]);
        expect(await whole.resource.up(whole.hybrid())).toBe("create");
    });

    it("records the schema when its table could not be created, and goes on from there", async () => {
        const { brokers } = whole.under;
        const realtime = tableOf(whole.name, "no-such-topic", brokers);
        const failed = whole.resource.up(whole.inputs({ realtime, timeouts: { ready: 2 } }));
        await expect(failed).rejects.toThrow(/PinotTableConfigs ".*topic "no-such-topic" is not there/s);
        expect(whole.resource.state?.outputs).toMatchObject({ observed: { schema: {} } });
        expect(await whole.resource.up(whole.inputs())).toBe("update");
        expect(await whole.held("REALTIME")).toMatchObject({ tableType: "REALTIME" });
        expect((await whole.resource.preview(whole.inputs())).step).toBe("same");
    });

    it("refuses to go while it is protected, and takes everything with it when it is not", async () => {
        await whole.resource.up(whole.hybrid());
        await expect(whole.resource.destroy()).rejects.toThrow(
            /is protected and will not be deleted\s+.* rows of \w+_OFFLINE and .* rows of \w+_REALTIME would be lost/,
        );
        await whole.resource.up(whole.hybrid({ deletionProtection: false }));
        await whole.resource.destroy();
        expect([await whole.held("OFFLINE"), await whole.held("REALTIME")]).toEqual([undefined, undefined]);
        expect((await whole.pair.ask("GET", `/schemas/${whole.name}`)).status).toBe(404);
    });

    it("adopts a table that is what is declared, and no other", async () => {
        await whole.pair.up();
        await expect(whole.resource.up(whole.inputs())).rejects.toThrow(
            /exists already and was not created by this stack/,
        );
        const other = whole.inputs({ onExists: "adoptIfEqual", schema: widened(whole.name) });
        await expect(whole.resource.up(other)).rejects.toThrow(/is not what is declared.*note/s);
        expect(await whole.resource.up(whole.inputs({ onExists: "adoptIfEqual" }))).toBe("create");
        expect((await whole.resource.preview(whole.inputs({ onExists: "adoptIfEqual" }))).step).toBe("same");
    });

    it("names each part that does not belong to the table", async () => {
        const { topic, brokers } = whole.under;
        const { failures } = await whole.resource.preview(
            whole.inputs({
                realtime: { ...tableOf("another", topic, brokers) },
                offline: tableOf(whole.name, topic, brokers),
            }),
        );
        expect(failures.map(({ property }) => property)).toEqual(
            expect.arrayContaining(["realtime.tableName", "offline.tableType"]),
        );
        const none = await whole.resource.preview(whole.inputs({ realtime: undefined }));
        expect(none.failures.map(({ reason }) => reason).join()).toMatch(/neither realtime nor offline is declared/);
    });
}
