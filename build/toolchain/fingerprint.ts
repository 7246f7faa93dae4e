import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * A short hash of everything that a product is made from: contents of files and folders, and values such as versions
 * and arguments. Times and absolute paths are no part of it: the same project elsewhere has the same fingerprint.
 * @throws Error when a path does not exist.
 */
export function fingerprintOf({
    root,
    paths,
    values,
}: {
    readonly root: string;
    readonly paths: readonly string[];
    readonly values: readonly string[];
}): string {
    const hash = createHash("sha256");
    for (const file of paths.flatMap(filesBelow)) {
        const content = readFileSync(file);
        hash.update(`file ${relative(root, file)} ${content.length}\n`).update(content);
    }
    for (const value of values) hash.update(`value ${value.length} ${value}\n`);
    return hash.digest("hex").slice(0, 24);
}

function filesBelow(path: string): string[] {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
}
