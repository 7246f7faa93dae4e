import { join } from "node:path";
import { type ProviderCode, providerText } from "../../resources/managed-resource";
import { ProviderProcess } from "../support/provider-process";

const FOLDER = join(__dirname, "..", "..", "resources", "pinot");

describe.each<[string, ProviderCode]>([
    ["PinotSchema", { folder: FOLDER, module: "schema-provider", exportName: "pinotSchemaProvider" }],
    ["PinotTable", { folder: FOLDER, module: "table-provider", exportName: "pinotTableProvider" }],
])("the provider of %s", (kind, code) => {
    const text = providerText(code);

    it("stays small, since every resource carries it twice", () => {
        expect([kind, text.length < 40_000 ? "below 40 kB" : text.length]).toEqual([kind, "below 40 kB"]);
    });
    it("needs no package at run time, so that destroy works in any folder", () => {
        expect(text.match(/require\("[^"]*"\)/g) ?? []).toEqual([]);
    });
    it("carries no comments, so that an edited comment is no change", () => {
        expect(text).not.toContain("/**");
    });
    it("knows nothing of this machine", () => {
        expect(text).not.toContain(join(__dirname, "..", ".."));
        expect(text).not.toContain(process.env.HOME ?? "no home");
    });
    it("loads in the real process and reports all problems at once", async () => {
        const provider = await ProviderProcess.start();
        try {
            const { failures } = await provider.check({}, { __provider: text, server: {}, schema: {}, table: {} });
            expect(failures.length).toBeGreaterThan(1);
            for (const failure of failures)
                expect(failure.reason).toMatch(new RegExp(`^${kind} ".*Nothing was changed.$`, "s"));
        } finally {
            await provider.stop();
        }
    });
});
