import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";

/**
 * Where a tool comes from: it was there (`installed`), Pulumi's own download (`downloaded`), or Go modules (`built`).
 */
export type Origin = "installed" | "downloaded" | "built";

/** A tool that is in use. */
export interface Tool {
    readonly name: string;
    /** Without a leading "v". */
    readonly version: string;
    readonly origin: Origin;
    /** The executable. */
    readonly path: string;
}

/** A file together with its size, in bytes: enough to see that it is gone, replaced or cut off. */
export interface SizedFile {
    readonly path: string;
    readonly size: number;
}

/** What the last complete run decided; as long as it holds, there is nothing to do. */
export interface ToolchainRecord {
    /** Of everything that the decision rests on. */
    readonly fingerprint: string;
    readonly pulumi: Tool;
    readonly plugins: readonly Tool[];
    /** PULUMI_HOME if it is ours. */
    readonly pulumiHome?: string;
    readonly files: readonly SizedFile[];
}

/** Reads JSON; undefined when the file is missing or was cut off, which both mean "not done yet". */
export function readJson<T>(path: string): T | undefined {
    try {
        return JSON.parse(readFileSync(path, "utf8")) as T;
    } catch {
        return undefined;
    }
}

/** Writes JSON so that a reader sees the old or the new content, never half of it. */
export function writeJson(path: string, value: unknown): void {
    const partial = `${path}.${process.pid}.partial`;
    writeFileSync(partial, `${JSON.stringify(value, undefined, 2)}\n`);
    renameSync(partial, path);
}

/** A file's size in bytes; undefined when there is none. */
export function sizeOf(path: string): number | undefined {
    return statSync(path, { throwIfNoEntry: false })?.size;
}

/** Adds the sizes of files that exist. */
export function withSizes(paths: readonly string[]): SizedFile[] {
    return paths.map((path) => ({ path, size: sizeOf(path) ?? -1 }));
}

/** Whether what was made still stands: made from these inputs, and every file there in full. Pure but for `measure`. */
export function isCurrent(
    made: { readonly fingerprint: string; readonly files: readonly SizedFile[] } | undefined,
    fingerprint: string,
    measure: (path: string) => number | undefined = sizeOf,
): boolean {
    return (
        made !== undefined &&
        made.fingerprint === fingerprint &&
        made.files.every(({ path, size }) => measure(path) === size)
    );
}
