import type { EngineCircumstances } from "../../build/toolchain/engine-plan";
import { planEngine } from "../../build/toolchain/engine-plan";
import type { Plan } from "../../build/toolchain/origin";
import type { Tool } from "../../build/toolchain/record";
import { isAtLeast } from "../../build/toolchain/versions";

/**
 * How something stands: fine; brought by `make up` when it is needed; a concern that does not stop `make up`; or
 * missing, and for a person to provide.
 */
export type Verdict = "ok" | "make up" | "warn" | "missing";

/** One line of `make doctor`. */
export interface Finding {
    readonly what: string;
    readonly found: string;
    readonly verdict: Verdict;
    /** Lines that say what to do, where there is something to do. */
    readonly wayOut?: string;
}

/** 1 when something is missing that `make up` cannot bring, else 0. Pure. */
export function exitCode(findings: readonly Finding[]): 0 | 1 {
    return findings.some(({ verdict }) => verdict === "missing") ? 1 : 0;
}

/** Node.js, as this process runs on it. Pure. @param ours whether it is the one in `.tools`. */
export function diagnoseNode(version: string, floor: string, ours: boolean): Finding {
    return isAtLeast(version, floor)
        ? { what: "Node.js", found: `${version} (${ours ? "from npm, in .tools" : "installed"})`, verdict: "ok" }
        : {
              what: "Node.js",
              found: `${version}, older than ${floor}`,
              verdict: "make up",
              wayOut: "make brings its own; this was started without make",
          };
}

/** The CLI and its plugins as they stand, or the ways to them that would be tried. Pure. */
export function diagnosePulumi(
    known: { readonly pulumi: Tool; readonly plugins: readonly Tool[] } | { readonly plan: Plan } | { error: string },
): Finding[] {
    if ("error" in known) return [split("Pulumi", known.error)];
    if ("plan" in known) {
        const [way, ...others] = known.plan.origins.map((origin) => WAYS[origin]);
        const wayOut = [...known.plan.notes, `will be ${[way, ...others].join(", else ")}`].join("; ");
        return [{ what: "Pulumi", found: "not yet here", verdict: "make up", wayOut }];
    }
    const { pulumi, plugins } = known;
    return [
        { what: "Pulumi", found: `${pulumi.version} (${pulumi.origin}: ${pulumi.path})`, verdict: "ok" },
        ...plugins.map(
            ({ name, version, origin }): Finding => ({
                what: `${name} plugin`,
                found: `${version} (${origin})`,
                verdict: "ok",
            }),
        ),
    ];
}

const WAYS = {
    installed: "used as installed",
    downloaded: "downloaded (about a minute)",
    built: "built from Go modules (5 to 25 minutes, once)",
} as const;

/** The engine. Pure. */
export function diagnoseEngine(known: EngineCircumstances): Finding {
    const { probe } = known;
    if (probe.state === "answers") {
        const found = `${probe.version}, API ${probe.apiVersion}, ${probe.storage} in ${probe.dataFolder}`;
        // Without copy-on-write every container is a full copy of its image.
        return probe.storage === "vfs"
            ? {
                  what: "Docker engine",
                  found,
                  verdict: "warn",
                  wayOut: "vfs needs much disk; overlay2 needs a usual file system below",
              }
            : { what: "Docker engine", found, verdict: "ok" };
    }
    const plan = planEngine(known);
    if (plan.action === "fail") return split("Docker engine", plan.message);
    return {
        what: "Docker engine",
        found: plan.action === "install" ? "not installed" : "installed, not running",
        verdict: "make up",
        wayOut:
            plan.action === "install"
                ? "apt-get installs docker.io and iptables (70 to 110 MB), then starts it"
                : "will be started",
    };
}

/** Memory and disk, in megabytes. Pure. @param problems as `resourceProblems` tells them. */
export function diagnoseResources(
    { freeMemory, freeDisk }: { readonly freeMemory: number; readonly freeDisk: number },
    neededMemory: number,
    problems: readonly string[],
): Finding[] {
    const about = (word: string): string | undefined => problems.find((problem) => problem.includes(word));
    const finding = (what: string, free: number, needed: string, problem: string | undefined): Finding => ({
        what,
        found: `${(free / 1024).toFixed(1)} GB free${needed}`,
        ...(problem === undefined ? { verdict: "ok" } : { verdict: "missing", wayOut: wayOutOf(problem) }),
    });
    return [
        finding("memory", freeMemory, `, ${(neededMemory / 1024).toFixed(1)} GB to start`, about("of memory")),
        finding("disk", freeDisk, "", about("of free disk")),
    ];
}

/** Cores. Pure. */
export function diagnoseCores(cores: number): Finding {
    return cores >= 2
        ? { what: "cores", found: String(cores), verdict: "ok" }
        : { what: "cores", found: String(cores), verdict: "warn", wayOut: "it runs on one, at a third of the speed" };
}

/** Ports. Pure. @param taken as `takenPorts` tells them. */
export function diagnosePorts(ports: readonly { readonly port: number }[], taken: readonly string[]): Finding[] {
    if (taken.length > 0) return taken.map((problem) => split("ports", problem));
    const list = ports.map(({ port }) => port).join(", ");
    return [{ what: "ports", found: list === "" ? "all held by this stack" : `${list} are free`, verdict: "ok" }];
}

/** Who runs this: not being root matters only where something has to be installed. Pure. */
export function diagnoseUser(name: string, isRoot: boolean): Finding {
    return { what: "user", found: isRoot ? `${name} (root)` : name, verdict: "ok" };
}

/** The first line of an error is what was found, the rest is the way out. */
function split(what: string, message: string): Finding {
    const [found = ""] = message.split("\n");
    return { what, found, verdict: "missing", wayOut: wayOutOf(message) };
}

function wayOutOf(message: string): string {
    const [, ...rest] = message.split("\n");
    return rest.map((line) => line.trim().replace(/^Way out: /, "")).join("\n");
}
