import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProviderCode, providerText } from "../../resources/managed-resource";
import { ProviderProcess } from "../support/provider-process";

const ROOT = join(__dirname, "..", "..");
const MANAGED = join(ROOT, "resources", "managed-resource.ts");
const FOLDER = join(ROOT, "resources", "pinot");

describe.each<[string, ProviderCode]>([
    ["PinotSchema", { folder: FOLDER, module: "schema-provider", exportName: "pinotSchemaProvider" }],
    ["PinotTable", { folder: FOLDER, module: "table-provider", exportName: "pinotTableProvider" }],
])("the text that carries the provider of %s", (kind, code) => {
    const text = providerText(code);

    it("is short, since every resource carries it twice and every checkpoint carries every resource", () => {
        expect(text.length < 1_000 ? "below 1 kB" : text.length).toBe("below 1 kB");
    });
    it("is the same text every time", () => {
        const again = execFileSync(
            process.execPath,
            [
                "--import",
                "tsx",
                "-e",
                `import("${MANAGED}").then(({ default: { providerText } }) => process.stdout.write(providerText(${JSON.stringify(code)})))`,
            ],
            { encoding: "utf8", cwd: ROOT },
        );
        expect(again).toBe(text);
    });
    it("knows nothing of this machine", () => {
        expect(text).not.toContain(ROOT);
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

describe("a provider's code", () => {
    const code = { folder: join(ROOT, "resources", "secret"), module: "secret-provider", exportName: "secretProvider" };
    const PROGRAM = `
        const Module = require("node:module");
        const provider = new Module("provider.js");
        provider._compile(process.argv[2], "provider.js");
        try { process.stdout.write(Object.keys(provider.exports.handler()).join()); }
        catch (error) { process.stdout.write(error.message); }`;
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "millrace-provider-"));
        writeFileSync(join(folder, "program.js"), PROGRAM);
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const run = (cwd: string): string =>
        execFileSync(process.execPath, [join(folder, "program.js"), providerText(code)], { encoding: "utf8", cwd });

    it("is found where the package is a dependency of the program, from a folder below", () => {
        mkdirSync(join(folder, "node_modules"), { recursive: true });
        symlinkSync(ROOT, join(folder, "node_modules", "millrace"));
        mkdirSync(join(folder, "stacks", "staging"), { recursive: true });
        expect(run(join(folder, "stacks", "staging"))).toContain("create");
    });
    it("is found where the program is the package, and from a folder below", () => {
        expect(run(ROOT)).toContain("create");
        expect(run(join(ROOT, "examples", "pinot-on-existing-servers"))).toContain("create");
    });
    it("is not taken from another package whose files have the same names", () => {
        mkdirSync(join(folder, "resources"));
        writeFileSync(join(folder, "resources", "load-provider.js"), "exports.loadProvider = () => ({ wrong: true });");
        writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "another" }));
        expect(run(folder)).toMatch(/the package millrace, which manages this resource, is not installed/);
    });
    it("that is nowhere is an error that says what to install, and where", () => {
        expect(run(folder)).toContain(folder);
        expect(run(folder)).toContain("Way out: npm install millrace");
    });
});
