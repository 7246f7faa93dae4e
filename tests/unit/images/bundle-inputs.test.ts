import { join } from "node:path";
import { buildSync } from "esbuild";
import { bundleInputs, importSpecifiers } from "../../../lib/images/bundle-inputs";

const ROOT = join(__dirname, "..", "..", "..");

describe("what a module imports", () => {
    it("is found in every form", () => {
        const source = `
            import "./effect";
            import fs from "node:fs";
            import { a, type B } from "./a";
            import {
                c,
                d,
            } from './c';
            import * as e from "@scope/e/deep";
            export * from "./f"; export { g } from "./g";
            const h = await import("./h");
            const i = require("./i");
        `;
        expect(importSpecifiers(source)).toEqual([
            "./effect",
            "node:fs",
            "./a",
            "./c",
            "@scope/e/deep",
            "./f",
            "./g",
            "./h",
            "./i",
        ]);
    });

    it("leaves out types, which are not in a bundle", () => {
        expect(importSpecifiers('import type { A } from "./a";\nexport type { B } from "./b";')).toEqual([]);
    });

    it("is not what strings and exports speak of", () => {
        expect(importSpecifiers('export const from = "here";\nconst text = `important "thing"`;')).toEqual([]);
    });
});

describe("the inputs of the generators' bundle", () => {
    it("are those that the bundler finds", () => {
        const entry = "generators/main.ts";
        const { metafile } = buildSync({
            entryPoints: [join(ROOT, entry)],
            absWorkingDir: ROOT,
            bundle: true,
            platform: "node",
            write: false,
            metafile: true,
            logLevel: "silent",
        });
        const found = bundleInputs(ROOT, entry);
        const ours = Object.keys(metafile.inputs).filter((file) => !file.startsWith("node_modules/"));
        expect(found.files).toEqual(ours.sort());
        const bundled = new Set(
            Object.keys(metafile.inputs).flatMap(
                (file) => /^node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(file)?.[1] ?? [],
            ),
        );
        const named = found.packages.map((line) => line.split(" ")[0]?.replace("node_modules/", ""));
        expect(named).toEqual(expect.arrayContaining([...bundled]));
    });
});
