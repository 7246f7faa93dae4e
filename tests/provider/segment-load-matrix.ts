import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProviderCode, providerText } from "../../resources/managed-resource";
import { type ProviderProcess, StackResource } from "../support/provider-process";

/** Where the provider of loads stands. */
export const SEGMENT_LOAD_CODE: ProviderCode = {
    folder: join(__dirname, "..", "..", "resources", "pinot"),
    module: "segment-load-provider",
    exportName: "pinotSegmentLoadProvider",
};

/** What the matrix is run against: a controller with an offline table {@link LOADED_TABLE}. */
export interface LoadSubject {
    readonly controllerUrl: string;
    readonly process: ProviderProcess;
}

/** The table that files are loaded into. */
export const LOADED_TABLE = "visits";

/** Its schema. */
export const VISITS_SCHEMA = {
    schemaName: LOADED_TABLE,
    dimensionFieldSpecs: [{ name: "page", dataType: "STRING" as const }],
    metricFieldSpecs: [{ name: "amount", dataType: "LONG" as const }],
    dateTimeFieldSpecs: [
        { name: "ts", dataType: "LONG" as const, format: "1:MILLISECONDS:EPOCH", granularity: "1:MILLISECONDS" },
    ],
};

/** The table's config. */
export const VISITS_CONFIG = {
    tableName: LOADED_TABLE,
    tableType: "OFFLINE" as const,
    segmentsConfig: { timeColumnName: "ts", replication: "1" },
    tenants: {},
    tableIndexConfig: { loadMode: "MMAP" },
    metadata: {},
};

/** One load under test, with files of its own. */
export class LoadUnderTest {
    readonly resource: StackResource;
    private readonly folder = mkdtempSync(join(tmpdir(), "segment-load-"));

    constructor(
        readonly under: LoadSubject,
        readonly prefix: string,
    ) {
        this.resource = new StackResource(under.process, providerText(SEGMENT_LOAD_CODE));
    }

    /** Writes so many rows as CSV. @param first amount of the first row: tells files of as many rows apart. */
    csv(name: string, rows: number, first = 0): string {
        const lines = Array.from({ length: rows }, (_, row) => `p${row},${first + row},${1_700_000_000_000 + row}`);
        return this.file(name, ["page,amount,ts", ...lines].join("\n"));
    }

    file(name: string, content: string | Buffer): string {
        const path = join(this.folder, name);
        writeFileSync(path, content);
        return path;
    }

    /** A load of CSV files; what a test is about replaces its part. */
    inputs(files: readonly string[], changed: object = {}): Record<string, unknown> {
        return {
            server: { controllerUrl: this.under.controllerUrl },
            table: LOADED_TABLE,
            segmentPrefix: this.prefix,
            files,
            format: "csv",
            ...changed,
        };
    }

    /** Names of its segments that the server has. */
    async held(): Promise<string[]> {
        const crcs = await this.ask("GET", `/segments/${LOADED_TABLE}_OFFLINE/crc`);
        return Object.keys(crcs).filter((name) => name.startsWith(`${this.prefix}_`));
    }

    /** Rows that a query counts, once they are so many, or after some seconds: brokers hear of a segment by and by. */
    async rows(expected: number): Promise<unknown> {
        const sql = `SELECT COUNT(*) FROM ${JSON.stringify(`${LOADED_TABLE}_OFFLINE`)}`;
        let count: unknown;
        for (let tries = 0; tries < 100; tries++) {
            const { resultTable } = (await this.ask("POST", "/sql", { sql })) as {
                resultTable?: { rows: unknown[][] };
            };
            count = resultTable?.rows[0]?.[0];
            if (count === expected) break;
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
        return count;
    }

    /** Loads a file past the provider, under a name of its own or under one that is there. */
    async ingestElsewhere(file: string, segment: string): Promise<void> {
        const { openAsBlob } = await import("node:fs");
        const form = new FormData();
        form.append("file", await openAsBlob(file), "rows.csv");
        const batchConfigMapStr = JSON.stringify({
            inputFormat: "csv",
            "segmentNameGenerator.type": "fixed",
            "segmentNameGenerator.configs.segment.name": segment,
        });
        const query = new URLSearchParams({ tableNameWithType: `${LOADED_TABLE}_OFFLINE`, batchConfigMapStr });
        const url = `${this.under.controllerUrl}/ingestFromFile?${query}`;
        const response = await fetch(url, { method: "POST", body: form });
        if (response.status !== 200) throw new Error(await response.text());
    }

    /** Deletes a segment past the provider, and waits until it is gone. */
    async deleteElsewhere(segment: string): Promise<void> {
        await this.ask("DELETE", `/segments/${LOADED_TABLE}_OFFLINE/${segment}`);
        for (let tries = 0; tries < 100 && (await this.held()).includes(segment); tries++) {
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
    }

    /** Removes everything that is called by its prefix. */
    async clear(): Promise<void> {
        for (const segment of await this.held()) await this.deleteElsewhere(segment);
        rmSync(this.folder, { recursive: true, force: true });
    }

    private async ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
        const response = await fetch(`${this.under.controllerUrl}${path}`, {
            method,
            headers: { accept: "application/json", "content-type": "application/json" },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        return text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {};
    }
}

/** What every Pinot must do, fake or real. */
export function segmentLoadMatrix(subject: () => LoadSubject): void {
    let count = 0;
    let load: LoadUnderTest;
    let started: LoadUnderTest[];
    const start = (prefix: string): LoadUnderTest => {
        const next = new LoadUnderTest(subject(), prefix);
        started.push(next);
        return next;
    };
    beforeEach(() => {
        started = [];
        load = start(`load${++count}`);
    });
    afterEach(async () => {
        for (const one of started) await one.clear();
    });
    const open = { deletionProtection: false };

    it("creates a segment of each file, recorded by checksum and without their data, and changes nothing the second time", async () => {
        const files = [load.csv("a.csv", 3), load.csv("b.csv", 4, 100)];
        expect(await load.resource.up(load.inputs(files))).toBe("create");
        expect(await load.rows(7)).toBe(7);
        const held = await load.held();
        const { segments, contents } = load.resource.state?.outputs ?? {};
        expect(Object.keys(segments as object).sort()).toEqual(held.sort());
        expect(contents).toMatchObject([
            { bytes: expect.any(Number), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
            {},
        ]);
        expect(JSON.stringify(load.resource.state)).not.toContain("p1,1,");
        expect(await load.resource.refresh()).toBe(false);
        const spelledOut = load.inputs([...files].reverse(), { table: `${LOADED_TABLE}_OFFLINE` });
        for (const inputs of [load.inputs(files), spelledOut]) {
            expect(await load.resource.preview(inputs)).toMatchObject({ failures: [], step: "same" });
        }
    });

    it("reads JSON, and CSV with settings of its own", async () => {
        const rows = [1, 2, 3].map((amount) => JSON.stringify({ page: "p", amount, ts: 1_700_000_000_000 }));
        const json = start(`${load.prefix}json`);
        await json.resource.up(json.inputs([json.file("rows.json", rows.join("\n"))], { format: "json" }));
        const settings = { reader: { delimiter: ";", header: "page;amount;ts" } };
        const bare = load.file("bare.csv", "home;7;1700000000000\nshop;8;1700000000001\n");
        await load.resource.up(load.inputs([bare], settings));
        expect([(await json.held()).length, (await load.held()).length]).toEqual([1, 1]);
        expect(await load.rows(5)).toBe(5);
        expect((await load.resource.preview(load.inputs([bare], settings))).step).toBe("same");
    });

    it("changes one file in place: only that one is loaded, and what it was is removed", async () => {
        const [kept, changed] = [load.csv("kept.csv", 2), load.csv("changed.csv", 3, 50)];
        await load.resource.up(load.inputs([kept, changed]));
        const before = await load.held();
        load.csv("changed.csv", 6, 50);
        expect(await load.resource.up(load.inputs([kept, changed]))).toBe("update");
        const after = await load.held();
        expect([after.length, after.filter((name) => before.includes(name)).length]).toEqual([2, 1]);
        expect(await load.rows(8)).toBe(8);
        load.csv("changed.csv", 3, 50);
        await load.resource.up(load.inputs([kept, changed]));
        expect((await load.held()).sort()).toEqual(before.sort());
        expect(await load.rows(5)).toBe(5);
        await load.resource.up(load.inputs([kept]));
        expect(await load.rows(2)).toBe(2);
        expect(await load.resource.refresh()).toBe(false);
    });

    it("shows at refresh what is gone, what was overwritten and what came in by others, and repairs it", async () => {
        const files = [load.csv("a.csv", 2), load.csv("b.csv", 3, 10), load.csv("c.csv", 4, 20)];
        await load.resource.up(load.inputs(files));
        const [gone = "", overwritten = ""] = await load.held();
        await load.deleteElsewhere(gone);
        await load.ingestElsewhere(load.csv("other.csv", 9, 500), overwritten);
        await load.ingestElsewhere(load.csv("more.csv", 1, 900), `${load.prefix}_0123456789abcdef`);
        expect(await load.resource.refresh()).toBe(true);
        expect(await load.resource.refresh()).toBe(false);
        expect((await load.resource.preview(load.inputs(files))).step).toBe("update");
        expect(await load.resource.up(load.inputs(files))).toBe("update");
        expect(await load.rows(9)).toBe(9);
        expect((await load.held()).length).toBe(3);
        expect(await load.resource.refresh()).toBe(false);
    });

    it("creates again what was deleted outside", async () => {
        const files = [load.csv("a.csv", 2)];
        await load.resource.up(load.inputs(files));
        for (const name of await load.held()) await load.deleteElsewhere(name);
        expect([await load.resource.refresh(), load.resource.state]).toEqual([true, undefined]);
        expect(await load.resource.up(load.inputs(files))).toBe("create");
        expect(await load.rows(2)).toBe(2);
    });

    it("refuses at preview a table that is not there, and files that cannot be what they are said to be", async () => {
        const csv = load.csv("a.csv", 2);
        const missing = await load.resource.preview(load.inputs([csv], { table: "nowhere" }));
        expect(missing.failures.map(({ property }) => property)).toEqual(["table"]);
        expect(missing.failures[0]?.reason).toMatch(/table "nowhere_OFFLINE" is not there.*hand over the tableName/s);
        const stranger = load.file("stranger.csv", "colour,size\nred,1\n");
        const { failures } = await load.resource.preview(load.inputs([csv, stranger]));
        expect(failures.map(({ property }) => property)).toEqual(["files[1]"]);
        expect(failures[0]?.reason).toMatch(/fits no column: its columns \(colour, size\) are none of schema "visits"/);
        expect(await load.held()).toEqual([]);
    });

    it("names a file that the server cannot read, keeps those that it could, and goes on from there", async () => {
        const good = load.file("good.json", JSON.stringify({ page: "p", amount: 1, ts: 1_700_000_000_000 }));
        const bad = load.file("bad.json", '{"page": "p", "amount": ');
        const inputs = load.inputs([good, bad], { format: "json" });
        await expect(load.resource.up(inputs)).rejects.toThrow(
            /files\[1\], \S+bad.json, cannot be loaded\n.*answered 500.*recorded: the next up goes on from there/s,
        );
        expect((await load.held()).length).toBe(1);
        load.file("bad.json", JSON.stringify({ page: "q", amount: 2, ts: 1_700_000_000_000 }));
        expect(await load.resource.up(inputs)).toBe("update");
        expect(await load.rows(2)).toBe(2);
    });

    it("refuses at preview another table or prefix while it is protected, and replaces when it is not", async () => {
        const files = [load.csv("a.csv", 2)];
        const renamed = start(`${load.prefix}other`);
        await load.resource.up(load.inputs(files));
        const { failures } = await load.resource.preview(load.inputs(files, { segmentPrefix: renamed.prefix }));
        expect(failures.map(({ property }) => property)).toEqual(["segmentPrefix"]);
        await load.resource.up(load.inputs(files, open));
        expect(await load.resource.up(load.inputs(files, { ...open, segmentPrefix: renamed.prefix }))).toBe("replace");
        expect((await renamed.held()).length).toBe(1);
        expect(await load.rows(2)).toBe(2);
    });

    it("refuses to destroy what is protected, with the number of rows, and takes only its own segments with it", async () => {
        const other = start(`${load.prefix}x`);
        await other.resource.up(other.inputs([other.csv("b.csv", 5, 70)]));
        await load.resource.up(load.inputs([load.csv("a.csv", 3)]));
        await expect(load.resource.destroy()).rejects.toThrow(
            /is protected and will not be deleted\n {2}3 rows in 1 segments of visits_OFFLINE would be lost/,
        );
        await load.resource.up(load.inputs([load.csv("a.csv", 3)], open));
        const again = load.resource.state;
        await load.resource.destroy();
        expect([await load.held(), (await other.held()).length]).toEqual([[], 1]);
        expect(await load.rows(5)).toBe(5);
        load.resource.state = again;
        await load.resource.destroy();
    });

    it("takes over segments that are there only when asked, and only when they are equal or asked to change them", async () => {
        const [a, b] = [load.csv("a.csv", 2), load.csv("b.csv", 3, 10)];
        await load.resource.up(load.inputs([a, b]));
        const second = new StackResource(load.under.process, load.resource.provider);
        const refused = await second.preview(load.inputs([a, b]));
        expect(refused.failures.map(({ property }) => property)).toEqual(["onExists"]);
        expect(refused.failures[0]?.reason).toMatch(
            /2 segments load\w+_… of visits_OFFLINE exist already and were not/,
        );
        await expect(second.up(load.inputs([a], { onExists: "adoptIfEqual" }))).rejects.toThrow(
            /is not what is declared.*declared nothing, there is a segment of other data/s,
        );
        expect(await second.up(load.inputs([a, b], { onExists: "adoptIfEqual" }))).toBe("create");
        const third = new StackResource(load.under.process, load.resource.provider);
        await third.up(load.inputs([a], { onExists: "adopt" }));
        expect(await load.rows(2)).toBe(2);
    });

    it("goes on after a crash between load and record, without any row twice", async () => {
        const [a, b] = [load.csv("a.csv", 2), load.csv("b.csv", 3, 10)];
        await load.resource.up(load.inputs([a]));
        load.resource.state = undefined;
        const inputs = load.inputs([a, b], { onExists: "adoptIfEqual" });
        expect(await load.resource.up(inputs)).toBe("create");
        expect(await load.rows(5)).toBe(5);
        expect((await load.resource.preview(inputs)).step).toBe("same");
    });
}
