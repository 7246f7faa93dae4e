import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { usersPulumiHome } from "./environment";
import { ToolchainError } from "./failure";
import { fingerprintOf } from "./fingerprint";
import { type Layout, layoutOf } from "./layout";
import { type FailedDownload, type Plan, type PulumiMode, planPlugin, planPulumi, pulumiMode } from "./origin";
import { GO_MODULES, type PluginPin, readPins } from "./pins";
import { buildPlugins, downloadPlugin, hasPlugin, pluginPath } from "./plugins";
import type { Report } from "./progress";
import { buildPulumi, builtFiles, downloadPulumi, installedPulumi, versionOf, type Workshop } from "./pulumi-cli";
import { isCurrent, readJson, type Tool, type ToolchainRecord, withSizes, writeJson } from "./record";
import { withToolsLock } from "./tools-lock";
import { shortVersion } from "./versions";

/** The tools that are in use. */
export interface Toolchain {
    readonly pulumi: Tool;
    /** The docker and the kafka provider. */
    readonly plugins: readonly Tool[];
    /** Why a better way was not taken. */
    readonly notes: readonly string[];
    /** One line for people. */
    readonly description: string;
}

/**
 * Makes sure that there is a Pulumi CLI with a Node.js language host and the docker and kafka plugins: what is
 * installed is used, else it is downloaded by Pulumi's own means, else built from Go modules into `.tools`.
 *
 * Does nothing when the last run's outcome still stands. Can be interrupted, and run twice at once.
 * @param root the project.
 * @param report hears what is under way. @default silence
 * @param mode which ways are allowed. @default MILLRACE_PULUMI, or "auto"
 * @throws ToolchainError with the way out.
 */
export async function ensureToolchain({
    root,
    report = () => undefined,
    mode = pulumiMode(process.env),
}: {
    readonly root: string;
    readonly report?: Report;
    readonly mode?: PulumiMode;
}): Promise<Toolchain> {
    const layout = layoutOf(root);
    const workshop: Workshop = { layout, pins: readPins(root), report };
    const present = standingToolchain(workshop, mode);
    if (present !== undefined) {
        pruneLogs(layout);
        return present;
    }
    return withToolsLock(layout, report, async () => standingToolchain(workshop, mode) ?? bring(workshop, mode));
}

/** What the last run brought, if it still stands; asks no program. */
export function standingToolchain(workshop: Workshop, mode: PulumiMode): Toolchain | undefined {
    const record = readJson<ToolchainRecord>(workshop.layout.record);
    if (record === undefined || !isCurrent(record, decisionFingerprint(workshop, mode))) return undefined;
    return { ...record, notes: [], description: describe(record) };
}

/** What stands, or the ways that would be tried to bring it, or why there is none. Changes nothing. */
export async function foreseeToolchain(
    root: string,
): Promise<Toolchain | { readonly plan: Plan } | { readonly error: string }> {
    try {
        const mode = pulumiMode(process.env);
        const workshop: Workshop = { layout: layoutOf(root), pins: readPins(root), report: () => undefined };
        return standingToolchain(workshop, mode) ?? { plan: (await planFor(workshop, mode)).plan };
    } catch (error) {
        if (error instanceof ToolchainError) return { error: error.message };
        throw error;
    }
}

/** Of everything that the decision rests on: what is wanted, what it is made from, and the user's own Pulumi. */
function decisionFingerprint({ layout, pins }: Workshop, mode: PulumiMode): string {
    const installed = installedPulumi(layout);
    const file = installed === undefined ? undefined : statSync(installed, { throwIfNoEntry: false });
    return fingerprintOf({
        root: layout.root,
        paths: GO_MODULES.map((module) => join(layout.sources, module)),
        values: [mode, JSON.stringify(pins), `${installed} ${file?.size} ${file?.mtimeMs}`],
    });
}

async function bring(workshop: Workshop, mode: PulumiMode): Promise<Toolchain> {
    const { layout } = workshop;
    rmSync(layout.record, { force: true });
    mkdirSync(layout.work, { recursive: true });
    const { pulumi, notes } = await bringPulumi(workshop, mode);
    const plugins = await bringPlugins(workshop, mode, pulumi);
    linkPulumi(layout, pulumi);
    pruneLogs(layout);
    const ownsHome = pulumi.origin !== "installed" || plugins.some(({ origin }) => origin === "built");
    const record: ToolchainRecord = {
        fingerprint: decisionFingerprint(workshop, mode),
        pulumi,
        plugins,
        ...(ownsHome && { pulumiHome: layout.pulumiHome }),
        files: withSizes([
            pulumi.path,
            ...plugins.map(({ path }) => path),
            ...(pulumi.origin === "built" ? builtFiles(layout) : []),
        ]),
    };
    writeJson(layout.record, record);
    return { pulumi, plugins, notes, description: describe(record) };
}

async function bringPulumi(workshop: Workshop, mode: PulumiMode): Promise<{ pulumi: Tool; notes: readonly string[] }> {
    const { layout, report } = workshop;
    const {
        installed,
        plan: { origins, notes },
    } = await planFor(workshop, mode);
    for (const note of notes) report(note);
    if (origins[0] === "installed" && installed !== undefined) {
        return { pulumi: { name: "pulumi", origin: "installed", ...installed }, notes };
    }
    const built = async (): Promise<Tool> => buildPulumi(workshop);
    if (origins[0] === "built") return { pulumi: await built(), notes };
    const mayBuild = origins.includes("built");
    const pulumi = await orElse(layout, "pulumi", () => downloadPulumi(workshop, mayBuild ? 1 : 3), mayBuild && built);
    return { pulumi, notes };
}

async function planFor(
    { layout, pins }: Workshop,
    mode: PulumiMode,
): Promise<{ installed: { path: string; version: string } | undefined; plan: Plan }> {
    const path = installedPulumi(layout);
    const installed = path === undefined ? undefined : { path, version: await versionOf(path) };
    const failedDownload = failedDownloads(layout).pulumi;
    const plan = planPulumi({ mode, installed, minimum: pins.builtPulumi, failedDownload, now: Date.now() });
    return { installed, plan };
}

async function bringPlugins(workshop: Workshop, mode: PulumiMode, pulumi: Tool): Promise<Tool[]> {
    const { layout, pins } = workshop;
    const home = pulumi.origin === "installed" ? usersPulumiHome(layout, process.env) : layout.pulumiHome;
    const toBuild: PluginPin[] = [];
    const have: Tool[] = [];
    for (const pin of pins.plugins) {
        const origins = planPlugin({
            mode,
            pulumi: pulumi.origin,
            isInstalled: hasPlugin(home, pin),
            failedDownload: failedDownloads(layout).plugins,
            now: Date.now(),
        });
        if (origins[0] === "built") {
            toBuild.push(pin);
            continue;
        }
        const tool = { ...pin, path: pluginPath(home, pin) };
        if (hasPlugin(home, pin)) {
            have.push({ ...tool, origin: pulumi.origin });
            continue;
        }
        const download = async (): Promise<true> => {
            await downloadPlugin(workshop, pulumi.path, home, pin);
            return true;
        };
        const downloaded = await orElse(layout, "plugins", download, origins.includes("built") && (async () => false));
        if (downloaded) have.push({ ...tool, origin: "downloaded" });
        else toBuild.push(pin);
    }
    // Pulumi looks for plugins in one home only: one that has to be built takes the others along.
    const all = toBuild.length > 0 && home !== layout.pulumiHome ? pins.plugins : toBuild;
    const built = await buildPlugins(workshop, pulumi.path, all);
    return [...have.filter(({ name }) => !built.some((tool) => tool.name === name)), ...built];
}

/** Tries a download; where something else is allowed, remembers that it failed and does that. */
async function orElse<T, U>(
    layout: Layout,
    what: "pulumi" | "plugins",
    download: () => Promise<T>,
    otherwise: false | (() => Promise<U>),
): Promise<T | U> {
    try {
        return await download();
    } catch (error) {
        if (otherwise === false || !(error instanceof ToolchainError)) throw error;
        // The last line of the log says it best.
        const reason =
            error.message
                .split("\n")
                .findLast((line) => line.startsWith("  "))
                ?.trim() ?? error.message;
        writeJson(layout.failedDownloads, { ...failedDownloads(layout), [what]: { at: Date.now(), reason } });
        return otherwise();
    }
}

function failedDownloads(layout: Layout): { pulumi?: FailedDownload; plugins?: FailedDownload } {
    return readJson(layout.failedDownloads) ?? {};
}

/** Puts our CLI into `.tools/bin`; a user's own is found on PATH as ever. */
function linkPulumi(layout: Layout, pulumi: Tool): void {
    mkdirSync(layout.bin, { recursive: true });
    const link = join(layout.bin, "pulumi");
    rmSync(link, { force: true });
    // Pulumi follows the link to find its language host, so one link is enough.
    if (pulumi.origin !== "installed") symlinkSync(relative(layout.bin, pulumi.path), link);
}

/** How many of the logs that the CLI writes at every command are kept. */
const KEPT_LOGS = 20;

/** Removes all but the newest logs of the CLI in our own home: their names begin with the time. */
export function pruneLogs(layout: Layout): void {
    const folder = join(layout.pulumiHome, "logs");
    try {
        const logs = readdirSync(folder).filter((name) => name.startsWith("pulumi-"));
        for (const name of logs.sort().slice(0, -KEPT_LOGS)) rmSync(join(folder, name), { force: true });
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
}

/** "node 24.21 · pulumi 3.259 (built) · plugins docker 5.2, kafka 3.13 (built)" */
export function describe({ pulumi, plugins }: Pick<ToolchainRecord, "pulumi" | "plugins">): string {
    const origins = [...new Set(plugins.map(({ origin }) => origin))];
    const named = plugins.map(({ name, version, origin }) =>
        [name, shortVersion(version), ...(origins.length > 1 ? [`(${origin})`] : [])].join(" "),
    );
    return [
        `node ${shortVersion(process.versions.node)}`,
        `pulumi ${shortVersion(pulumi.version)} (${pulumi.origin})`,
        `plugins ${named.join(", ")}${origins.length === 1 ? ` (${origins[0]})` : ""}`,
    ].join(" · ");
}
