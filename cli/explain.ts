import type Docker from "dockerode";
import { type ContainerState, containersOf, lastLogLines } from "./engine";

const FOREIGN =
    "  Its program is for another processor than this machine's.\n" +
    "  Way out: pulumi config set millrace:images built, or an image for this processor; then make up";

/** Why a container is not well, in one sentence; undefined when it is. */
export function ailment(container: Omit<ContainerState, "startedAt">): string | undefined {
    if (container.job && container.state === "exited" && container.exitCode === 0) return undefined;
    if (container.outOfMemory) return "was ended for want of memory: raise millrace:size, or free memory";
    const { state, restarts, exitCode } = container;
    if (state === "restarting") return `keeps ending (exit code ${exitCode}, ${restarts} restarts)`;
    // While it runs again, the engine does not say any more how it ended.
    if (state === "running" && restarts > 0 && container.health !== "healthy")
        return `keeps ending (${restarts} restarts)`;
    if (container.state === "exited" || container.state === "dead") return `ended with exit code ${container.exitCode}`;
    if (container.health === "unhealthy") return "runs, but its probe does not say ready any more";
    if (container.health === "starting") return "runs, but its probe has not said ready yet";
    return undefined;
}

/**
 * What is wrong with a stack's containers, each with its last log lines: the part of a failure that Pulumi's own
 * message lacks.
 */
export async function explainContainers(docker: Docker, stack: string, logLines = 30): Promise<string[]> {
    const ailing = (await containersOf(docker, stack)).flatMap((container) => {
        const reason = ailment(container);
        return reason === undefined ? [] : [{ container, reason }];
    });
    return Promise.all(
        ailing.map(async ({ container, reason }) => {
            const lines = await lastLogLines(docker, container.id, logLines);
            const foreign = lines.some((line) => /exec format error/i.test(line));
            return [
                `service ${container.service} ${reason}`,
                ...(foreign ? [FOREIGN] : []),
                ...lines.map((line) => `    ${line.slice(0, 300)}`),
                `  More: make logs S=${container.service}`,
            ].join("\n");
        }),
    );
}
