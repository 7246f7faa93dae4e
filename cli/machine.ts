import { readFileSync, statfsSync } from "node:fs";
import { freemem } from "node:os";
import type { MemoryNeed } from "./stack-plan";

/** What the machine has, in megabytes. */
export interface Resources {
    readonly freeMemory: number;
    readonly freeDisk: number;
}

/** Room for images, volumes and build products of the whole platform, in megabytes. */
const DISK_NEEDED = 4_096;

/** Reads the machine's free memory and the free disk below a folder. */
export function machineResources(folder: string): Resources {
    const disk = statfsSync(folder);
    return { freeMemory: availableMemory(), freeDisk: Math.floor((disk.bavail * disk.bsize) / 1_048_576) };
}

/** Memory that can be had without swapping; page cache counts as free, which `os.freemem` alone does not say. */
function availableMemory(): number {
    try {
        const found = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"));
        if (found) return Math.floor(Number(found[1]) / 1024);
    } catch {
        // Not Linux.
    }
    return Math.floor(freemem() / 1_048_576);
}

/**
 * Part of its limit that a server holds at rest, at most: 28 % of all limits together were seen with every server of
 * size small, 60 % of one. A machine with less free than that cannot even start them.
 */
const AT_REST = 0.5;

/**
 * Problems of memory and disk, each with the way out.
 * @param needs limits of what has to be started still; what runs already has its memory.
 */
export function resourceProblems(needs: readonly MemoryNeed[], { freeMemory, freeDisk }: Resources): string[] {
    const limit = needs.reduce((sum, { megabytes }) => sum + megabytes, 0);
    const problems: string[] = [];
    if (limit * AT_REST > freeMemory) {
        const table = [...needs]
            .sort((a, b) => b.megabytes - a.megabytes)
            .map(({ service, megabytes }) => `${service} ${gigabytes(megabytes)}`)
            .join(", ");
        problems.push(
            `needs ${gigabytes(limit * AT_REST)} of memory at rest, at most ${gigabytes(limit)}, and ${gigabytes(freeMemory)} is free\n` +
                `  limits: ${table}\n` +
                "  Way out: pulumi config set millrace:size small, take servers out of millrace:servers, " +
                "turn a pipeline off, or end other programs.",
        );
    }
    if (freeDisk < DISK_NEEDED) {
        problems.push(
            `needs ${gigabytes(DISK_NEEDED)} of free disk, ${gigabytes(freeDisk)} free\n` +
                "  Way out: free some (docker system df shows what the engine holds).",
        );
    }
    return problems;
}

/** "4.6 GB" */
export function gigabytes(megabytes: number): string {
    return `${(megabytes / 1024).toFixed(1)} GB`;
}
