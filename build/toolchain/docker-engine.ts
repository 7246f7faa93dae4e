import { accessSync, constants, existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askProgram } from "./ask-program";
import { startDaemon, startService } from "./docker-daemon";
import { type EngineCircumstances, type EnginePlan, planEngine } from "./engine-plan";
import { type Engine, probeEngine } from "./engine-probe";
import { ToolchainError } from "./failure";
import { programsOnPath } from "./find-program";
import { layoutOf } from "./layout";
import type { Report } from "./progress";
import { runStep } from "./run-step";

/** The engine that is in use, and what was done for it. */
export interface ReadyEngine extends Engine {
    readonly done: "nothing" | "started" | "installed and started";
    /** One line for people: "docker 20.10.24 (overlay2)". */
    readonly description: string;
}

/** Debian's packages: the engine, and what it makes its networks with. */
const PACKAGES = ["docker.io", "iptables"];

/** From Debian 13 on the client and its builder are packages of their own. */
const PACKAGES_WHERE_KNOWN = ["docker-cli", "docker-buildx"];

/**
 * Makes sure that a Docker engine answers: the one that DOCKER_HOST or the default socket names; else, on a Debian-like
 * machine as root, one that is installed by apt-get and started. It goes on running when this process and its terminal
 * are gone.
 * @param install whether installing and starting are allowed. @default unless MILLRACE_INSTALL=no
 * @param report hears what is under way. @default silence
 * @throws ToolchainError that says exactly what to do.
 */
export async function ensureDockerEngine({
    install = process.env.MILLRACE_INSTALL !== "no",
    report = () => undefined,
}: {
    readonly install?: boolean;
    readonly report?: Report;
} = {}): Promise<ReadyEngine> {
    const circumstances = await examineEngine(install);
    const { probe } = circumstances;
    return probe.state === "answers" ? ready(probe, "nothing") : carryOut(planEngine(circumstances), report);
}

/** Looks at the engine and at what could be done about it, without doing it. Never throws. */
export async function examineEngine(
    mayInstall: boolean = process.env.MILLRACE_INSTALL !== "no",
): Promise<EngineCircumstances> {
    return {
        probe: await probeEngine(),
        dockerHost: process.env.DOCKER_HOST,
        mayInstall,
        isRoot: process.getuid?.() === 0,
        hasDaemon: daemonProgram() !== undefined,
        hasApt: programsOnPath("apt-get", SYSTEM_PATH).length > 0,
        otherSockets: otherSockets(),
    };
}

async function carryOut(plan: EnginePlan, report: Report): Promise<ReadyEngine> {
    if (plan.action === "fail") throw new ToolchainError(plan.message);
    if (plan.action === "install") await installEngine(report);
    report("starting the Docker engine");
    // Its package may have started it by itself.
    if (!(await answersWithin(plan.action === "install" ? 3 : 0))) await startEngine(report);
    const probe = await probeEngine();
    if (probe.state !== "answers") throw new ToolchainError(`the Docker engine stopped answering: ${probe.reason}`);
    return ready(probe, plan.action === "install" ? "installed and started" : "started");
}

function ready(engine: Engine, done: ReadyEngine["done"]): ReadyEngine {
    const note = done === "nothing" ? "" : `, ${done}`;
    return { ...engine, done, description: `docker ${engine.version.split("+")[0]} (${engine.storage})${note}` };
}

async function installEngine(report: Report): Promise<void> {
    const logs = layoutOf(ROOT).logs;
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const patience = ["-o", "DPkg::Lock::Timeout=120"];
    report(`no Docker engine: installing ${PACKAGES.join(" and ")} with apt-get (70 to 110 MB)`);
    const doing = `installing ${PACKAGES.join(" and ")} with apt-get`;
    const apt = (name: string, what: string, ...args: string[]): Promise<void> =>
        runStep(
            { name, doing: what, command: "apt-get", args: [...patience, ...args], env, typicalSeconds: 20 },
            logs,
            report,
        );
    await apt("apt-update", `${doing}: reading package lists`, "update");
    const known = await askProgram("apt-cache", ["show", "--no-all-versions", ...PACKAGES_WHERE_KNOWN]);
    const more = PACKAGES_WHERE_KNOWN.filter((name) => known.stdout.includes(`Package: ${name}\n`));
    await apt("apt-docker", doing, "install", "--yes", "--no-install-recommends", ...PACKAGES, ...more);
}

/** How long the engine may take to answer, in seconds: with many containers it restores them first. */
const PATIENCE = 60;

async function startEngine(report: Report): Promise<void> {
    const hasService = await startService();
    if (hasService && (await answersWithin(10))) return;
    const command = daemonProgram();
    if (command === undefined) throw new ToolchainError("apt-get installed docker.io, yet there is no dockerd on PATH");
    const log = daemonLog(hasService);
    await startDaemon(
        {
            command,
            args: [],
            pidFile: "/var/run/docker.pid",
            containerdPidFile: "/var/run/docker/containerd/containerd.pid",
            log,
            probe: () => probeEngine(),
            patience: PATIENCE,
        },
        report,
    );
}

/** The service writes a log of its own. */
function daemonLog(hasService: boolean): string {
    const servicesOwn = "/var/log/docker.log";
    if (hasService && existsSync(servicesOwn)) return servicesOwn;
    return writable("/var/log") ? "/var/log/dockerd.log" : join(layoutOf(ROOT).logs, "dockerd.log");
}

async function answersWithin(seconds: number): Promise<boolean> {
    const started = Date.now();
    for (;;) {
        if ((await probeEngine()).state === "answers") return true;
        if (Date.now() - started >= seconds * 1_000) return false;
        await sleep(250);
    }
}

const ROOT = resolve(__dirname, "..", "..");

/** A shell that was not logged in as root may lack the folders of system programs. */
const SYSTEM_PATH = `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;

function daemonProgram(): string | undefined {
    return programsOnPath("dockerd", SYSTEM_PATH)[0];
}

function otherSockets(): string[] {
    const runtime = process.env.XDG_RUNTIME_DIR;
    return [
        ...(runtime === undefined ? [] : [join(runtime, "docker.sock")]),
        join(homedir(), ".docker", "desktop", "docker.sock"),
    ].filter((socket) => existsSync(socket));
}

function writable(folder: string): boolean {
    try {
        accessSync(folder, constants.W_OK);
        return true;
    } catch {
        return false;
    }
}
