import { readFileSync } from "node:fs";
import { join } from "node:path";
import { layoutOf } from "./layout";

/**
 * Versions of all tools, each read from the one place where it is pinned.
 */
export interface Pins {
    /** Lowest Node.js, from `versions.env`. */
    readonly nodeFloor: string;
    /** The CLI that is built, and the oldest installed one that is used: from `cli/go.mod`. */
    readonly builtPulumi: string;
    /** The CLI that is downloaded: the version of the npm package `@pulumi/pulumi`. */
    readonly downloadedPulumi: string;
    /** Lowest Go that builds all modules: the highest `go` line of the go.mod files. */
    readonly go: string;
    /** Provider plugins: the versions that the npm packages ask Pulumi for. */
    readonly plugins: readonly PluginPin[];
}

/** A provider plugin as its npm package asks for it. */
export interface PluginPin {
    readonly name: "docker" | "kafka";
    readonly version: string;
}

/** Folders of Go modules below `build/toolchain`. */
export const GO_MODULES = ["cli", "language-nodejs", "plugins"] as const;

const CLI_MODULE = "github.com/pulumi/pulumi/pkg/v3";

/** Reads the pins. @throws Error naming the file that lacks one. */
export function readPins(root: string): Pins {
    const { sources } = layoutOf(root);
    const goMods = GO_MODULES.map((module) => readFileSync(join(sources, module, "go.mod"), "utf8"));
    const npm = (name: string): NpmPackage =>
        JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as NpmPackage;
    const plugin = (name: PluginPin["name"]): PluginPin => {
        const version = npm(`@pulumi/${name}`).pulumi?.version;
        if (version === undefined) throw new Error(`@pulumi/${name}'s package.json names no plugin version`);
        return { name, version };
    };
    return {
        nodeFloor: pinned(readFileSync(join(sources, "versions.env"), "utf8"), /^NODE_FLOOR=(\S+)/m, "versions.env"),
        builtPulumi: pinned(goMods[0] ?? "", new RegExp(`${CLI_MODULE} v(\\S+)`), "cli/go.mod"),
        downloadedPulumi: npm("@pulumi/pulumi").version,
        go: highest(goMods.map((text) => pinned(text, /^go (\S+)/m, "go.mod"))),
        plugins: [plugin("docker"), plugin("kafka")],
    };
}

interface NpmPackage {
    readonly version: string;
    readonly pulumi?: { readonly version?: string };
}

function pinned(text: string, pattern: RegExp, file: string): string {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`build/toolchain/${file} has no line like ${pattern.source}`);
    return found;
}

function highest(versions: readonly string[]): string {
    return [...versions].sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1) ?? "";
}
