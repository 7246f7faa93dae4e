import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type ProviderCode, providerCode, providerText } from "../../resources/managed-resource";
import { ProviderProcess } from "../support/provider-process";

const MANAGED = join(__dirname, "..", "..", "resources", "managed-resource.ts");
const FOLDER = join(__dirname, "..", "..", "resources", "pinot");

describe.each<[string, ProviderCode]>([
    ["PinotSchema", { folder: FOLDER, module: "schema-provider", exportName: "pinotSchemaProvider" }],
    ["PinotTable", { folder: FOLDER, module: "table-provider", exportName: "pinotTableProvider" }],
])("the provider of %s", (kind, code) => {
    const text = providerText(code);
    const unpacked = providerCode(code);

    it("stays small, since every resource carries it twice", () => {
        expect([kind, text.length < 24_000 ? "below 24 kB" : text.length]).toEqual([kind, "below 24 kB"]);
    });
    it("is the same text every time", async () => {
        const again = execFileSync(
            process.execPath,
            [
                "--import",
                "tsx",
                "-e",
                `import("${MANAGED}").then(({ default: { providerText } }) => process.stdout.write(providerText(${JSON.stringify(code)})))`,
            ],
            { encoding: "utf8", cwd: join(__dirname, "..", "..") },
        );
        expect(again).toBe(text);
    });
    it("needs no package at run time, so that destroy works in any folder", () => {
        expect(unpacked.match(/require\("[^"]*"\)/g) ?? []).toEqual([]);
    });
    it("carries no comments, so that an edited comment is no change", () => {
        expect(unpacked).not.toContain("/**");
    });
    it("knows nothing of this machine", () => {
        expect(unpacked).not.toContain(join(__dirname, "..", ".."));
        expect(unpacked).not.toContain(process.env.HOME ?? "no home");
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
