import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A project of some files in a folder of its own. */
export class Project {
    readonly root = mkdtempSync(join(tmpdir(), "millrace-images-"));

    constructor(files: Readonly<Record<string, string>>) {
        for (const [path, content] of Object.entries(files)) this.write(path, content);
    }

    write(path: string, content: string): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), content);
    }

    remove(): void {
        rmSync(this.root, { recursive: true });
    }
}
