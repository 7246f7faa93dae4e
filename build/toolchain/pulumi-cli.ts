import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { askProgram } from "./ask-program";
import { isBelow, programsOnPath } from "./find-program";
import { fingerprintOf } from "./fingerprint";
import { ensureGo, GO_ENVIRONMENT, goBuildArguments, parallelism } from "./go-toolchain";
import type { Layout } from "./layout";
import type { Pins } from "./pins";
import { makeProduct } from "./product";
import type { Report } from "./progress";
import { sizeOf, type Tool } from "./record";
import { runStep } from "./run-step";

/** What every step of the toolchain needs to know. */
export interface Workshop {
    readonly layout: Layout;
    readonly pins: Pins;
    readonly report: Report;
}

/** The user's own `pulumi`: the first on PATH that is neither ours nor npm's launcher, which would only download one. */
export function installedPulumi(layout: Layout, path: string = process.env.PATH ?? ""): string | undefined {
    return programsOnPath("pulumi", path, [layout.bin]).find(
        (found) => !isBelow(found, layout.root) && !isBelow(found, layout.tools),
    );
}

/** Asks a CLI for its version. @returns without the leading "v"; what it said instead, if it said none. */
export async function versionOf(pulumi: string): Promise<string> {
    const { stdout, stderr } = await askProgram(pulumi, ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
    return stdout.trim().replace(/^v/, "") || stderr.trim().split("\n")[0] || "no answer";
}

/**
 * Has Pulumi's own installer, which the Automation API knows how to reach, bring a whole CLI.
 * @param attempts how often it is tried when the network fails it.
 * @throws ToolchainError when it cannot be had.
 */
export async function downloadPulumi({ layout, pins, report }: Workshop, attempts: number): Promise<Tool> {
    const version = pins.downloadedPulumi;
    const folder = join(layout.tools, `pulumi-${version}`);
    const path = join(folder, "bin", "pulumi");
    if (sizeOf(path) === undefined) {
        const [partial, temporary] = [join(layout.work, "pulumi"), join(layout.work, "pulumi-download")];
        for (const old of [partial, temporary]) rmSync(old, { recursive: true, force: true });
        mkdirSync(temporary, { recursive: true });
        try {
            await runStep(
                {
                    name: "pulumi-download",
                    doing: `downloading Pulumi ${version}`,
                    command: process.execPath,
                    args: ["--import", "tsx", join(layout.sources, "download-pulumi.ts"), partial],
                    env: { TMPDIR: temporary },
                    cwd: layout.root,
                    attempts,
                    typicalSeconds: 60,
                    timeoutSeconds: 1_200,
                    stall: { folders: [partial, temporary], seconds: 30 },
                },
                layout.logs,
                report,
            );
        } finally {
            rmSync(temporary, { recursive: true, force: true });
        }
        renameSync(partial, folder);
    }
    return { name: "pulumi", version, origin: "downloaded", path };
}

/** Builds the CLI and the Node.js language host from Go modules, as far as they are not built yet. */
export async function buildPulumi(workshop: Workshop): Promise<Tool> {
    const { layout, pins } = workshop;
    const version = pins.builtPulumi;
    const path = join(layout.builtBin, "pulumi");
    await buildGoProgram(workshop, {
        name: "pulumi-cli",
        doing: `building the Pulumi CLI ${version} from Go modules`,
        module: "cli",
        package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        // Without its version the Automation API refuses the CLI.
        linkerFlags: `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`,
        output: path,
        typicalSeconds: 330,
    });
    await buildGoProgram(workshop, {
        name: LANGUAGE_HOST,
        doing: "building Pulumi's Node.js language host from Go modules",
        module: "language-nodejs",
        package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
        linkerFlags: "",
        output: join(layout.builtBin, LANGUAGE_HOST),
        typicalSeconds: 35,
    });
    await copyLauncher(layout);
    return { name: "pulumi", version, origin: "built", path };
}

const LANGUAGE_HOST = "pulumi-language-nodejs";
const LAUNCHER = "pulumi-resource-pulumi-nodejs";

/** What {@link buildPulumi} leaves. */
export function builtFiles({ builtBin }: Layout): string[] {
    return ["pulumi", LANGUAGE_HOST, LAUNCHER].map((name) => join(builtBin, name));
}

/** The launcher of dynamic providers comes with the npm package; Pulumi looks for it beside the CLI. */
async function copyLauncher(layout: Layout): Promise<void> {
    const source = join(layout.root, "node_modules", "@pulumi", "pulumi", LAUNCHER);
    const target = join(layout.builtBin, LAUNCHER);
    const fingerprint = fingerprintOf({ root: layout.root, paths: [source], values: [] });
    await makeProduct(layout, { name: LAUNCHER, fingerprint, files: [target] }, async () => {
        copyFileSync(source, `${target}.partial`);
        chmodSync(`${target}.partial`, 0o755);
        renameSync(`${target}.partial`, target);
    });
}

interface GoProgram {
    readonly name: string;
    readonly doing: string;
    /** Folder below `build/toolchain`. */
    readonly module: string;
    readonly package: string;
    readonly linkerFlags: string;
    readonly output: string;
    readonly typicalSeconds: number;
}

async function buildGoProgram({ layout, pins, report }: Workshop, program: GoProgram): Promise<void> {
    const folder = join(layout.sources, program.module);
    const fingerprint = fingerprintOf({
        root: layout.root,
        paths: [folder],
        values: [process.platform, process.arch, ...goBuildArguments(program.linkerFlags), program.package],
    });
    await makeProduct(layout, { name: program.name, fingerprint, files: [program.output] }, async () => {
        const go = await ensureGo(layout, pins.go, report);
        mkdirSync(dirname(program.output), { recursive: true });
        const partial = `${program.output}.partial`;
        await runStep(
            {
                name: program.name,
                doing: program.doing,
                command: go,
                args: [...goBuildArguments(program.linkerFlags, ...parallelism()), ...["-o", partial, program.package]],
                cwd: folder,
                env: GO_ENVIRONMENT,
                typicalSeconds: program.typicalSeconds,
            },
            layout.logs,
            report,
        );
        renameSync(partial, program.output);
    });
}
