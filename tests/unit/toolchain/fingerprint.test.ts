import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fingerprintOf } from "../../../build/toolchain/fingerprint";
import { layoutOf } from "../../../build/toolchain/layout";
import { makeProduct } from "../../../build/toolchain/product";
import { isCurrent } from "../../../build/toolchain/record";

describe("what a product is made from", () => {
    let root: string;
    const fingerprint = (at: string, values: string[] = []): string =>
        fingerprintOf({ root: at, paths: [join(at, "src")], values });

    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "fingerprint-"));
        mkdirSync(join(root, "src", "inner"), { recursive: true });
        writeFileSync(join(root, "src", "a.go"), "package a");
        writeFileSync(join(root, "src", "inner", "b.go"), "package b");
    });
    afterEach(() => rmSync(root, { recursive: true }));

    it("does not change with place and time", () => {
        const before = fingerprint(root);
        const elsewhere = `${root}-copy`;
        cpSync(root, elsewhere, { recursive: true });
        utimesSync(join(elsewhere, "src", "a.go"), 1, 1);
        expect(fingerprint(elsewhere)).toBe(before);
        rmSync(elsewhere, { recursive: true });
    });

    it("changes with a byte, a name, a file more, a value", () => {
        const seen = new Set([fingerprint(root), fingerprint(root, ["v1"]), fingerprint(root, ["v2"])]);
        writeFileSync(join(root, "src", "inner", "b.go"), "package c");
        seen.add(fingerprint(root));
        writeFileSync(join(root, "src", "c.go"), "");
        seen.add(fingerprint(root));
        expect(seen.size).toBe(5);
    });

    it("is made once, and again when its inputs change, its file is cut off, or making it was interrupted", async () => {
        const layout = layoutOf(root);
        const file = join(root, "product");
        let made = 0;
        const make = (inputs: string, body = async () => writeFileSync(file, "whole")): Promise<boolean> =>
            makeProduct(layout, { name: "product", fingerprint: inputs, files: [file] }, async () => {
                made += 1;
                await body();
            });

        expect(await make("1")).toBe(true);
        expect(await make("1")).toBe(false);
        expect(await make("2")).toBe(true);
        writeFileSync(file, "wh");
        expect(await make("2")).toBe(true);
        const interrupted = make("3", async () => {
            throw new Error("interrupted");
        });
        await expect(interrupted).rejects.toThrow("interrupted");
        expect(await make("2")).toBe(true);
        expect(made).toBe(5);
    });

    it("counts as gone when a file is missing", () => {
        const record = { fingerprint: "1", files: [{ path: "/a", size: 3 }] };
        expect(isCurrent(record, "1", () => 3)).toBe(true);
        expect(isCurrent(record, "1", () => undefined)).toBe(false);
        expect(isCurrent(undefined, "1", () => 3)).toBe(false);
    });
});
