import { ToolchainError } from "./failure";
import type { Origin } from "./record";
import { isAtLeast, parseVersion } from "./versions";

/** What `MILLRACE_PULUMI` says: one way, or whichever works here. */
export type PulumiMode = "auto" | "installed" | "download" | "build";

const MODES: readonly PulumiMode[] = ["auto", "installed", "download", "build"];

/** How long a failed download is not tried again, in milliseconds: a day. */
export const FAILED_DOWNLOAD_COUNTS = 24 * 3_600_000;

/** A download that did not work. */
export interface FailedDownload {
    /** Milliseconds since 1970. */
    readonly at: number;
    readonly reason: string;
}

/** Reads `MILLRACE_PULUMI`. @throws ToolchainError when it is none of the four words. */
export function pulumiMode(environment: NodeJS.ProcessEnv): PulumiMode {
    const value = environment.MILLRACE_PULUMI ?? "auto";
    const mode = MODES.find((known) => known === value);
    if (mode === undefined) {
        throw new ToolchainError(`MILLRACE_PULUMI is "${value}"\nWay out: set it to one of ${MODES.join(", ")}.`);
    }
    return mode;
}

/** The ways to a Pulumi CLI, best first, and why better ones are left out. */
export interface Plan {
    readonly origins: readonly Origin[];
    readonly notes: readonly string[];
}

/**
 * Decides which ways to a Pulumi CLI are tried, in which order. Pure.
 * @param installed the CLI on PATH, if there is one.
 * @param minimum oldest installed CLI that is used.
 * @throws ToolchainError when only an installed CLI is allowed and there is none that is new enough.
 */
export function planPulumi({
    mode,
    installed,
    minimum,
    failedDownload,
    now,
}: {
    readonly mode: PulumiMode;
    readonly installed: { readonly path: string; readonly version: string } | undefined;
    readonly minimum: string;
    readonly failedDownload: FailedDownload | undefined;
    readonly now: number;
}): Plan {
    if (mode === "build") return { origins: ["built"], notes: [] };
    if (mode === "download") return { origins: ["downloaded"], notes: [] };

    const unsuitable = installed === undefined ? "no pulumi is on PATH" : unsuitability(installed, minimum);
    if (unsuitable === undefined) return { origins: ["installed"], notes: [] };
    if (mode === "installed") {
        throw new ToolchainError(
            `MILLRACE_PULUMI is "installed", but ${unsuitable}\n` +
                `Way out: install Pulumi ${minimum} or newer, or unset MILLRACE_PULUMI and make brings its own.`,
        );
    }
    const notes = installed === undefined ? [] : [`${unsuitable}: it is left alone and not used`];
    return downloadCounts(failedDownload, now)
        ? { origins: ["built"], notes: [...notes, `downloads do not work here: ${failedDownload?.reason}`] }
        : { origins: ["downloaded", "built"], notes };
}

/** The ways to a plugin, best first, given how the CLI came. Pure. */
export function planPlugin({
    mode,
    pulumi,
    isInstalled,
    failedDownload,
    now,
}: {
    readonly mode: PulumiMode;
    readonly pulumi: Origin;
    /** Whether the CLI that is used has the plugin. */
    readonly isInstalled: boolean;
    readonly failedDownload: FailedDownload | undefined;
    readonly now: number;
}): readonly Origin[] {
    // Where the CLI had to be built, its plugins cannot be downloaded either.
    if (pulumi === "built") return ["built"];
    if (isInstalled) return [pulumi];
    if (mode === "download") return ["downloaded"];
    return downloadCounts(failedDownload, now) ? ["built"] : ["downloaded", "built"];
}

function downloadCounts(failed: FailedDownload | undefined, now: number): boolean {
    return failed !== undefined && now - failed.at < FAILED_DOWNLOAD_COUNTS;
}

function unsuitability(
    { path, version }: { readonly path: string; readonly version: string },
    minimum: string,
): string | undefined {
    const parsed = parseVersion(version);
    if (parsed === undefined) return `${path} does not say its version (${version})`;
    if (parsed[0] !== parseVersion(minimum)?.[0]) return `Pulumi ${version} at ${path} is of another major version`;
    return isAtLeast(version, minimum) ? undefined : `Pulumi ${version} at ${path} is older than ${minimum}`;
}
