import { createHash } from "node:crypto";
import type { FakeAnswer, FakeRequest } from "./fake-server";
import { type Json, refusal } from "./pinot-generation";
import { FakePinotSchemas } from "./pinot-schemas";

/** A segment that was made of a file. */
export interface LoadedSegment {
    crc: string;
    rows: number;
    /** What the server is told to have; it has it after `onlinePolls`. */
    state: "ONLINE" | "ERROR";
    polls: number;
}

/** The segments of offline tables of a {@link FakePinot}. */
export abstract class FakePinotSegments extends FakePinotSchemas {
    /** By table with type, then by name. */
    readonly loaded: Record<string, Record<string, LoadedSegment>> = {};
    /** Looks at the external view until a new segment is in it. */
    onlinePolls = 1;
    /** What becomes of segments that are loaded from now on. */
    loadedState: LoadedSegment["state"] = "ONLINE";

    /** Requests that what the controller knows of a deleted segment outlives it by. */
    private readonly forgetting: Record<string, number> = {};

    /** `POST /ingestFromFile`: builds a segment of the file in the form and keeps it. */
    protected ingest({ query, body }: FakeRequest): FakeAnswer {
        const table = query.get("tableNameWithType") ?? "";
        const failed = (why: string): FakeAnswer =>
            refusal(500, `Caught exception when ingesting file into table: ${table}. ${why}`);
        if (table.endsWith("_REALTIME")) return failed(`Cannot ingest file into REALTIME table: ${table}`);
        if (!this.hasTable(table)) return failed(`Table: ${table} not found`);
        const config = JSON.parse(query.get("batchConfigMapStr") ?? "{}") as Record<string, string>;
        const name = config["segmentNameGenerator.configs.segment.name"];
        if (name === undefined) return failed("a fixed name is what this fake knows");
        const text = fileIn(String(body));
        const lines = text.split("\n").filter((line) => line.trim() !== "");
        if (config.inputFormat === "json" && !lines.every(isJson)) {
            return failed("Unexpected end-of-input within/between Object entries");
        }
        const answer = {
            status: 200,
            body: { status: `Successfully ingested file into table: ${table} as segment: ${name}` },
        };
        // The deletion that is still under way takes the new one with it.
        if ((this.forgetting[`${table}/${name}`] ?? 0) > 0) return answer;
        this.segmentsOf(table)[name] = {
            crc: String(Number.parseInt(createHash("sha256").update(text).digest("hex").slice(0, 8), 16)),
            rows:
                lines.length -
                (config.inputFormat === "csv" && config["recordReader.prop.header"] === undefined ? 1 : 0),
            state: this.loadedState,
            polls: this.onlinePolls,
        };
        return answer;
    }

    /** Requests about the segments of an offline table; undefined for any other. */
    protected ofSegments({ method, path }: FakeRequest): FakeAnswer | undefined {
        const [, , table = "", name = "", rest] = path.split("/");
        if (!table.endsWith("_OFFLINE")) return undefined;
        const held = this.loaded[table] ?? {};
        if (!this.hasTable(table)) return refusal(404, `Table '${table}_OFFLINE' not found.`);
        if (method === "GET" && name === "crc") {
            return { status: 200, body: Object.fromEntries(Object.entries(held).map(([id, { crc }]) => [id, crc])) };
        }
        const segment = held[name];
        if (method === "GET" && rest === "metadata") {
            const left = this.forgetting[`${table}/${name}`] ?? 0;
            this.forgetting[`${table}/${name}`] = left - 1;
            if (left > 0) return { status: 200, body: { "segment.crc": "0", "segment.total.docs": "0" } };
            if (segment === undefined) return refusal(404, `Failed to find segment: ${name} in table: ${table}`);
            return { status: 200, body: { "segment.crc": segment.crc, "segment.total.docs": String(segment.rows) } };
        }
        if (method !== "DELETE") return undefined;
        if (held[name] !== undefined) this.forgetting[`${table}/${name}`] = 2;
        delete held[name];
        return { status: 200, body: { status: "Segment deleted" } };
    }

    /** The loaded segments of a table, in the states in which a view shows them. */
    protected viewOfLoaded(table: string, isExternal: boolean): Json {
        const shown = Object.entries(this.loaded[table] ?? {}).filter(
            ([, segment]) => !isExternal || segment.polls-- <= 0,
        );
        return Object.fromEntries(
            shown.map(([name, { state }]) => [name, { Server_pinot_8098: isExternal ? state : "ONLINE" }]),
        );
    }

    /** Rows that a query counts. */
    protected loadedRows(table: string): number {
        return Object.values(this.loaded[table] ?? {}).reduce((sum, { rows }) => sum + rows, 0);
    }

    private segmentsOf(table: string): Record<string, LoadedSegment> {
        const held = this.loaded[table] ?? {};
        this.loaded[table] = held;
        return held;
    }
}

/** The content of the only file in a form. */
function fileIn(form: string): string {
    const [boundary = ""] = form.split("\r\n");
    const part = form.split(boundary)[1] ?? "";
    return part.slice(part.indexOf("\r\n\r\n") + 4).replace(/\r\n$/, "");
}

function isJson(line: string): boolean {
    try {
        JSON.parse(line);
        return true;
    } catch {
        return false;
    }
}
