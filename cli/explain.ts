import type Docker from "dockerode";
import { type ContainerState, containersOf, lastLogLines } from "./engine";

/** Why a container is not well, in one sentence; undefined when it is. */
export function ailment(container: Omit<ContainerState, "startedAt">): string | undefined {
    if (container.job && container.state === "exited" && container.exitCode === 0) return undefined;
    if (container.outOfMemory) return "was ended for want of memory: raise millrace:size, or free memory";
    if (
        container.state === "restarting" ||
        (container.state === "running" && container.restarts > 0 && container.health !== "healthy")
    ) {
        return `keeps ending (exit code ${container.exitCode}, ${container.restarts} restarts)`;
    }
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
            return [
                `service ${container.service} ${reason}`,
                ...lines.map((line) => `    ${line.slice(0, 300)}`),
                `  More: make logs S=${container.service}`,
            ].join("\n");
        }),
    );
}

/**
 * The engine's own errors of a failed update, without the stack traces and repetitions around them.
 * @param output what `pulumi up` wrote to stdout and stderr.
 */
export function essentialErrors(output: string): string[] {
    const lines = output.split("\n");
    const found: string[] = [];
    for (let index = 0; index < lines.length; index++) {
        const line = lines[index] ?? "";
        if (!/\berror: /.test(line) || /\berror: update failed\b/.test(line)) continue;
        const block = [line.replace(/^.*?\berror: /, "")];
        // A message goes on while its lines are indented deeper than the "error:" line and are no stack frames.
        const indent = line.search(/\S/);
        while (index + 1 < lines.length) {
            const next = lines[index + 1] ?? "";
            if (next.trim() === "" || next.search(/\S/) <= indent || /^\s+at .*[(:]\d+/.test(next)) break;
            block.push(next.slice(indent));
            index++;
        }
        const text = block.join("\n").trim();
        if (text !== "" && !found.includes(text)) found.push(text);
    }
    return found;
}
