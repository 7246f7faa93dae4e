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
 * Problems of memory and disk, each with the way out.
 * @param needs what has to be started still; what runs already has its memory.
 */
export function resourceProblems(needs: readonly MemoryNeed[], { freeMemory, freeDisk }: Resources): string[] {
    const needed = needs.reduce((sum, { megabytes }) => sum + megabytes, 0);
    const problems: string[] = [];
    if (needed > freeMemory) {
        const table = needs.map(({ service, megabytes }) => `${service} ${gigabytes(megabytes)}`).join(", ");
        problems.push(
            `needs ${gigabytes(needed)} of memory, ${gigabytes(freeMemory)} free (${table})\n` +
                "  Way out: pulumi config set millrace:size small, turn a pipeline off, or end other programs.",
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
