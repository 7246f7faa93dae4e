import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { Problem } from "../errors";
import { hasUnknown, UNKNOWN } from "../lifecycle";
import { columnsOf, rawTableName, type SchemaDocument, type TableDocument } from "./documents";
import type { FileContent, UnreadableFile } from "./segment-files";

/** What a file is written in. The server needs the plug-in that reads it. */
export type SegmentFileFormat = "csv" | "json" | "avro" | "parquet" | "orc" | "thrift" | "proto";

/** Settings of the reader of a format, in Pinot's own words: `{ delimiter: ";" }`. */
export type RecordReaderSettings = Readonly<Record<string, string | number | boolean>>;

/** What of a load decides what its segments are. */
export interface LoadDocument {
    readonly table: string;
    readonly segmentPrefix: string;
    readonly files: readonly string[];
    readonly format: SegmentFileFormat;
    readonly reader?: RecordReaderSettings;
    /** Of each file, in the same order; filled in by `check`. */
    readonly contents: readonly (FileContent | UnreadableFile)[];
}

const FORMATS: readonly SegmentFileFormat[] = ["csv", "json", "avro", "parquet", "orc", "thrift", "proto"];

/** How a file of a format begins. */
const BEGINNINGS: Readonly<Partial<Record<SegmentFileFormat, string>>> = {
    avro: "Obj\u0001",
    parquet: "PAR1",
    orc: "ORC",
};

/** The half of the table that takes segments. */
export function offlineName(table: string): string {
    return `${rawTableName(table)}_OFFLINE`;
}

/**
 * Names of the segments that these files become, one each. A name says what is in it, by file content, format and
 * reader: loading the same once more is loading nothing, and a load that was cut off goes on.
 */
export function segmentNames({ segmentPrefix, format, reader = {}, contents }: LoadDocument): string[] {
    const settings = Object.entries(reader).map(([name, value]) => [name, String(value)]);
    settings.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
    return contents.map((content) => {
        if ("unreadable" in content) throw new Error(content.unreadable);
        const identity = JSON.stringify([content.sha256, format, settings]);
        return `${segmentPrefix}_${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
    });
}

/** Whether a segment is one of a load of this prefix. */
export function isOfLoad(segment: string, segmentPrefix: string): boolean {
    return segment.startsWith(`${segmentPrefix}_`) && /^[0-9a-f]{16}$/.test(segment.slice(segmentPrefix.length + 1));
}

/** What the controller is told about a file beside its data. */
export function batchConfigOf(load: LoadDocument, segment: string): Record<string, string> {
    const reader = Object.entries(load.reader ?? {}).map(([name, value]) => [
        `recordReader.prop.${name}`,
        String(value),
    ]);
    return {
        inputFormat: load.format,
        "segmentNameGenerator.type": "fixed",
        "segmentNameGenerator.configs.segment.name": segment,
        ...Object.fromEntries(reader),
    };
}

/** What can be said of a load without the server and without the data of its files; pure. */
export function loadProblems(load: LoadDocument): Problem[] {
    return [...nameProblems(load), ...formatProblems(load), ...fileProblems(load)];
}

function nameProblems({ table, segmentPrefix }: { table: unknown; segmentPrefix: unknown }): Problem[] {
    const problems: Problem[] = [];
    if (typeof table !== "string" || table === "") problems.push({ property: "table", what: "table is missing" });
    else if (table.endsWith("_REALTIME")) {
        problems.push({
            property: "table",
            what: `table "${table}" is a realtime one`,
            why: "Pinot fills it from its stream; files are loaded into offline tables.",
            wayOut: `declare the offline half, "${offlineName(table)}", and load into that.`,
        });
    }
    if (typeof segmentPrefix !== "string" || segmentPrefix === "") {
        problems.push({ property: "segmentPrefix", what: "segmentPrefix is missing" });
    } else if (segmentPrefix !== UNKNOWN && !/^(?!.*__)[A-Za-z0-9][\w.-]*$/.test(segmentPrefix)) {
        problems.push({
            property: "segmentPrefix",
            what: `segmentPrefix "${segmentPrefix}" cannot begin the name of a segment`,
            why: "It is the resource's own name unless another is given.",
            wayOut: "take letters, digits, dots, hyphens and single underscores.",
        });
    }
    return problems;
}

function formatProblems({ format, reader }: { format: unknown; reader?: unknown }): Problem[] {
    const problems: Problem[] = [];
    if (format !== UNKNOWN && !FORMATS.includes(format as SegmentFileFormat)) {
        const what = format === undefined ? "format is missing" : `format ${JSON.stringify(format)} does not exist`;
        problems.push({ property: "format", what, wayOut: `there are ${FORMATS.join(", ")}.` });
    }
    if (reader === undefined || reader === UNKNOWN) return problems;
    if (reader === null || typeof reader !== "object" || Array.isArray(reader)) {
        return [...problems, { property: "reader", what: "reader is no object of settings" }];
    }
    for (const [name, value] of Object.entries(reader)) {
        if (value === UNKNOWN) continue;
        const property = `reader.${name}`;
        if (value === null || typeof value === "object") {
            problems.push({ property, what: `${name} is neither text, number nor true or false` });
        } else if (/^(delimiter|multiValueDelimiter)$/.test(name) && String(value).length !== 1) {
            problems.push({ property, what: `${name} ${JSON.stringify(value)} is not one character` });
        }
    }
    return problems;
}

function fileProblems({ files, contents }: { files: unknown; contents: LoadDocument["contents"] }): Problem[] {
    if (files === UNKNOWN) return [];
    if (!Array.isArray(files) || files.length === 0) {
        const wayOut = "name one; to take all rows away, remove the resource.";
        return [{ property: "files", what: "no file is named", wayOut }];
    }
    const seen = new Map<string, number>();
    return files.flatMap((file: unknown, index): Problem[] => {
        const property = `files[${index}]`;
        const content = contents[index];
        if (file === UNKNOWN || content === undefined || hasUnknown(content)) return [];
        if (typeof file !== "string" || file === "") return [{ property, what: "this is no path of a file" }];
        if ("unreadable" in content) {
            const wayOut = "a path is relative to the folder in which the program runs.";
            return [{ property, what: `${file} cannot be read: ${content.unreadable}`, why: resolve(file), wayOut }];
        }
        if (content.bytes === 0) return [{ property, what: `${file} is empty` }];
        const twin = seen.get(content.sha256);
        seen.set(content.sha256, twin ?? index);
        if (twin === undefined) return [];
        const why = "Its rows would be loaded once, not twice: a segment is called by what is in it.";
        return [{ property, what: `${file} has the same content as files[${twin}]`, why, wayOut: "name it once." }];
    });
}

/** Why a file that begins like this is not of its format; pure. */
export function beginningProblem(format: SegmentFileFormat, head: Buffer): string | undefined {
    const expected = BEGINNINGS[format];
    if (expected !== undefined) {
        return head.toString("latin1").startsWith(expected) ? undefined : `it does not begin like ${format}`;
    }
    if (format !== "csv" && format !== "json") return undefined;
    const other = Object.entries(BEGINNINGS).find(([, begins]) => head.toString("latin1").startsWith(begins));
    if (other !== undefined) return `it is ${other[0]}`;
    if (head[0] === 0x1f && head[1] === 0x8b) return "it is packed with gzip, which Pinot does not look for here";
    const first = head
        .toString("utf8")
        .replace(/^\ufeff/, "")
        .trimStart()[0];
    if (format === "json" && first !== "{" && first !== "[") return "it begins with neither { nor [";
    return undefined;
}

/**
 * Why the rows of a CSV file would all be empty: its first line, or the header that is declared, names no column of the
 * schema. Undefined where the table computes its columns from others.
 */
export function headerProblem(
    { reader = {}, format }: Pick<LoadDocument, "reader" | "format">,
    head: Buffer,
    schema: SchemaDocument,
    table: TableDocument,
): string | undefined {
    if (format !== "csv" || table.ingestionConfig?.transformConfigs !== undefined) return undefined;
    const delimiter = String(reader.delimiter ?? ",");
    const line =
        reader.header === undefined
            ? head
                  .toString("utf8")
                  .replace(/^\ufeff/, "")
                  .split(/\r?\n/)[0]
            : reader.header;
    const names = String(line)
        .split(delimiter)
        .map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
    const columns = columnsOf(schema);
    if (names.some((name) => columns[name] !== undefined)) return undefined;
    const shown = names.slice(0, 8).join(", ").slice(0, 120);
    return `its columns (${shown}) are none of schema "${schema.schemaName}" (${Object.keys(columns).join(", ")})`;
}
