import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { UNKNOWN } from "../lifecycle";

/** What is recorded of a file: never its data. */
export interface FileContent {
    readonly sha256: string;
    readonly bytes: number;
}

/** A file that cannot be read, and why. */
export interface UnreadableFile {
    readonly unreadable: string;
}

/** Enough of a file to tell its format, and to hold the first line of most. */
const HEAD_BYTES = 64 * 1024;

/** Size and checksum of each file; of one that is not known yet, that it is not. */
export async function contentsOf(files: readonly string[]): Promise<(FileContent | UnreadableFile)[]> {
    const contents: (FileContent | UnreadableFile)[] = [];
    for (const file of files) {
        contents.push(file === UNKNOWN ? (UNKNOWN as unknown as FileContent) : await contentOf(file));
    }
    return contents;
}

/** The beginning of a file. */
export async function headOf(file: string): Promise<Buffer> {
    const handle = await open(file);
    try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
        return buffer.subarray(0, bytesRead);
    } finally {
        await handle.close();
    }
}

async function contentOf(file: string): Promise<FileContent | UnreadableFile> {
    try {
        if (!(await stat(file)).isFile()) return { unreadable: "it is no file" };
        const hash = createHash("sha256");
        let bytes = 0;
        for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
            hash.update(chunk);
            bytes += chunk.length;
        }
        return { sha256: hash.digest("hex"), bytes };
    } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        return { unreadable: code === "ENOENT" ? "there is no such file" : message };
    }
}
