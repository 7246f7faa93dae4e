import { spawn } from "node:child_process";
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askProgram } from "./ask-program";
import type { EngineProbe } from "./engine-probe";
import { lastLines, ToolchainError } from "./failure";
import { isExecutable } from "./find-program";
import { durationText, type Report } from "./progress";

/** A Docker daemon of this machine. */
export interface Daemon {
    readonly command: string;
    readonly args: readonly string[];
    /** Where the daemon writes its process id. */
    readonly pidFile: string;
    /** Where the containerd that the daemon starts for itself writes its own. */
    readonly containerdPidFile: string;
    readonly log: string;
    /** Whether it answers. */
    readonly probe: () => Promise<EngineProbe>;
    /** How long it may take to answer, in seconds. */
    readonly patience: number;
}

/**
 * Starts a daemon that outlives this process and its terminal, and waits until it answers.
 * @throws ToolchainError with the last lines of its log.
 */
export async function startDaemon(daemon: Daemon, report: Report): Promise<void> {
    let exited: string | undefined;
    let child: ReturnType<typeof spawn> | undefined;
    const started = Date.now();
    while (exited === undefined && Date.now() - started < daemon.patience * 1_000) {
        if ((await daemon.probe()).state === "answers") {
            child?.unref();
            return;
        }
        // One that is just starting must not be joined by a second; one that is just dying is followed by ours.
        if (child === undefined && clearStalePid(daemon.pidFile, daemon.command) === undefined) {
            clearStalePid(daemon.containerdPidFile, "containerd");
            child = launch(daemon);
            child.once("error", (error) => (exited = error.message));
            child.once("exit", (code, signal) => (exited = `it ended with ${signal ?? `exit code ${code}`}`));
        }
        report(`waiting for the Docker engine to answer: ${durationText(Date.now() - started)}`);
        await sleep(200);
    }
    const running = child === undefined ? `, though ${daemon.command} is running` : "";
    throw new ToolchainError(
        [
            `the Docker engine does not start: ${exited ?? `no answer in ${daemon.patience} s${running}`}`,
            ...lastLines(withoutChatter(readLog(daemon.log)), 8).map((line) => `  ${line}`),
            `Log: ${daemon.log}`,
            "Way out: these lines name the cause. In a container an engine needs more rights than it has by default",
            "  (docker run --privileged, or the socket of the engine outside); a full disk stops it too.",
        ].join("\n"),
    );
}

function launch({ command, args, log }: Daemon): ReturnType<typeof spawn> {
    mkdirSync(dirname(log), { recursive: true });
    const file = openSync(log, "a", 0o640);
    try {
        // Detached is setsid: neither Ctrl-C nor a closed terminal reaches it.
        return spawn(command, args, { detached: true, stdio: ["ignore", file, file], cwd: "/" });
    } finally {
        closeSync(file);
    }
}

/**
 * Removes the pid file that a killed daemon left: its number may by now belong to another program, and then the daemon
 * refuses to start. Likewise for containerd, for which it then waits in vain.
 * @returns the process id of a daemon that lives.
 */
export function clearStalePid(pidFile: string, command: string): number | undefined {
    let pid: number;
    try {
        pid = Number.parseInt(readFileSync(pidFile, "utf8"), 10);
    } catch {
        return undefined;
    }
    if (runsProgram(pid, command)) return pid;
    rmSync(pidFile, { force: true });
    return undefined;
}

/** Whether a process runs a program; one that has ended but is not yet reaped does not. */
function runsProgram(pid: number, command: string): boolean {
    try {
        const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
        return name === command.slice(command.lastIndexOf("/") + 1).slice(0, 15) && state !== "Z" && state !== "X";
    } catch {
        return false;
    }
}

function withoutChatter(log: string): string {
    return log.replace(/^.*level=(info|debug).*\n/gm, "");
}

function readLog(log: string): string {
    try {
        return readFileSync(log, "utf8").slice(-20_000);
    } catch {
        return "";
    }
}

/**
 * Has the system's own service manager start the engine, so that it also comes back after a reboot.
 * @returns false where there is none or it does not manage.
 */
export async function startService(): Promise<boolean> {
    const isSystemd = readable("/run/systemd/system");
    if (isSystemd) return (await askProgram("systemctl", ["start", "docker"], { seconds: 90 })).code === 0;
    if (!isExecutable("/etc/init.d/docker")) return false;
    return (await askProgram("service", ["docker", "start"], { seconds: 30 })).code === 0;
}

function readable(path: string): boolean {
    try {
        accessSync(path, constants.R_OK);
        return true;
    } catch {
        return false;
    }
}
