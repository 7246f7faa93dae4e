/** A step that failed, told for a person: what, the last log lines, where the rest is, and the way out. */
export class ToolchainError extends Error {
    override readonly name = "ToolchainError";
}

/** What is known about a failed step. */
export interface Failure {
    /** What was being done: "building the Pulumi CLI". */
    readonly doing: string;
    /** How it ended: "exit code 1", "no answer for 30 s". */
    readonly ending: string;
    readonly attempts: number;
    /** The step's whole output. */
    readonly output: string;
    /** Where the output is kept. */
    readonly log: string;
}

const DISK_FULL = /no space left on device|ENOSPC/i;
const OUT_OF_MEMORY = /signal: killed|out of memory|cannot allocate memory|ENOMEM/i;
const NETWORK =
    /no such host|i\/o timeout|connection (refused|reset|timed out)|network is unreachable|TLS handshake timeout|unexpected EOF|ENOTFOUND|EAI_AGAIN|ECONNRE|ETIMEDOUT|temporary failure|could not resolve|fetch failed|failed to fetch|50[0234] (bad gateway|service unavailable|gateway|internal)/i;
const REFUSED = /40[134] (forbidden|not found|unauthorized)|\b410 gone/i;
const CHECKSUM = /checksum mismatch|SECURITY ERROR|do not match the hashes|EINTEGRITY/i;

/** Whether the network is to blame, so that trying again makes sense. */
export function isNetworkTrouble(output: string): boolean {
    return NETWORK.test(output) && !CHECKSUM.test(output) && !DISK_FULL.test(output);
}

/** The advice for a failed step, from what it wrote. */
export function wayOut(output: string): string {
    if (DISK_FULL.test(output)) {
        return "the disk is full: free 8 GB (df -h, docker system df), then run make again; it goes on from here.";
    }
    if (CHECKSUM.test(output)) {
        return "a download is not what its checksum says: do not use it; look at what stands between here and the registry.";
    }
    if (OUT_OF_MEMORY.test(output)) {
        return "memory ran out: end other programs (the build needs 3 GB), then run make again; it goes on from here.";
    }
    if (REFUSED.test(output)) {
        return "the registry refuses a package that is pinned: look at the log for which one and ask who runs the registry.";
    }
    if (isNetworkTrouble(output)) {
        return "look at the network and at the registry's settings (go env GOPROXY, npm config list), then run make again; it goes on from here.";
    }
    return "the log says more; run make again once its cause is gone.";
}

/** The last lines that say something, each cut to what a terminal shows. */
export function lastLines(output: string, count: number): string[] {
    return output
        .split(/[\r\n]+/)
        .filter((line) => line.trim() !== "")
        .slice(-count)
        .map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line));
}

/** Puts a failure into words. */
export function describeFailure({ doing, ending, attempts, output, log }: Failure): string {
    return [
        `${doing} failed: ${ending}${attempts > 1 ? `, ${attempts} attempts` : ""}`,
        ...lastLines(output, 6).map((line) => `  ${line}`),
        `Log: ${log}`,
        `Way out: ${wayOut(`${ending}\n${output}`)}`,
    ].join("\n");
}
