import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";

/**
 * Takes a salt out of a stack's file when it belongs to somebody else's passphrase.
 *
 * Pulumi writes `encryptionsalt` into `Pulumi.<stack>.yaml` at a stack's first use. Where it was committed, a fresh
 * clone has the salt but a passphrase of its own, and Pulumi says "incorrect passphrase". As long as the file holds
 * no encrypted value the salt protects nothing, and a new one is made.
 * @returns whether the file was changed.
 */
export function dropForeignSalt(file: string): boolean {
    if (!existsSync(file)) return false;
    const text = readFileSync(file, "utf8");
    const without = withoutSalt(text);
    if (without === text) return false;
    writeFileSync(file, without);
    return true;
}

/** The text of a stack's file without its salt; unchanged when a value in it is encrypted. Pure. */
export function withoutSalt(text: string): string {
    const document = parseDocument(text);
    if (!document.has("encryptionsalt") || /^\s+secure:/m.test(text)) return text;
    document.delete("encryptionsalt");
    return document.toString();
}
