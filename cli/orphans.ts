import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** A process of this machine. */
export interface ProcessInfo {
    readonly pid: number;
    readonly parent: number;
    readonly command: readonly string[];
}

/** What Pulumi starts beside itself; it ends them when it ends, but not when it is killed. */
const PLUGIN = /pulumi-(resource|language|analyzer)-|@pulumi\/pulumi\/cmd\//;

/**
 * Pulumi's plugins of a project whose Pulumi was killed: they wait for it for ever, with 100 MB each.
 * A plugin that anything but the init process holds is in use: by an update, or by a test.
 */
export function orphanedPlugins(processes: readonly ProcessInfo[], root: string): number[] {
    const byPid = new Map(processes.map((process) => [process.pid, process]));
    const isPlugin = ({ command }: ProcessInfo): boolean => {
        const ours = command.filter((word) => word.startsWith(`${root}/`));
        return ours.some((word) => PLUGIN.test(word));
    };
    /** The first process above that is no plugin itself: a wrapper script and what it runs are one. */
    const holder = (process: ProcessInfo): ProcessInfo | undefined => {
        let above = byPid.get(process.parent);
        while (above !== undefined && isPlugin(above)) above = byPid.get(above.parent);
        return above;
    };
    return processes
        .filter((process) => {
            if (!isPlugin(process)) return false;
            const held = holder(process);
            return held === undefined || held.pid === 1 || basename(held.command[0] ?? "") === "systemd";
        })
        .map(({ pid }) => pid);
}

/** Ends the {@link orphanedPlugins} of a project. Does nothing where there is no /proc. @returns how many. */
export function endOrphanedPlugins(root: string): number {
    const orphans = orphanedPlugins(runningProcesses(), root);
    for (const pid of orphans) {
        try {
            process.kill(pid, "SIGTERM");
        } catch {
            // It ended by itself in between.
        }
    }
    return orphans.length;
}

function runningProcesses(): ProcessInfo[] {
    let entries: string[];
    try {
        entries = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
    } catch {
        return [];
    }
    return entries.flatMap((entry) => {
        try {
            const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0").filter(Boolean);
            // The second field, the name in parentheses, may contain spaces.
            const status = readFileSync(`/proc/${entry}/stat`, "utf8");
            const parent = Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
            return [{ pid: Number(entry), parent, command }];
        } catch {
            // It ended between the two looks, or is not ours to look at.
            return [];
        }
    });
}
