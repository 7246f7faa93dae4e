import pc from "picocolors";
import { containersOf, engine, engineAnswers, followLogs, memoryUse } from "./engine";
import { ailment } from "./explain";
import { columns, elapsed, say, sayError } from "./output";
import { stackEnvironment } from "./workspace";

/**
 * Prints the stack's containers with state, age, memory and ports.
 * @returns the exit code: 1 when one of them is not well, 3 when nothing runs.
 */
export async function status(json: boolean): Promise<number> {
    const docker = engine();
    const stack = stackEnvironment().PULUMI_STACK;
    if (!(await engineAnswers(docker))) {
        sayError("no Docker engine answers\n  Way out: make up starts it.");
        return 3;
    }
    const containers = await containersOf(docker, stack);
    const memory = await memoryUse(docker, containers);
    if (json) {
        say(
            JSON.stringify(
                containers.map((container) => ({ ...container, memoryMegabytes: memory.get(container.id) })),
            ),
        );
    } else if (containers.length === 0) {
        say(`nothing of stack ${stack} runs (make up starts it)`);
    } else {
        const rows = containers.map((container) => [
            container.service,
            ailment(container) === undefined ? pc.green("well") : pc.red(ailment(container) ?? ""),
            container.state === "running" ? elapsed(Date.now() - container.startedAt.getTime()) : "-",
            `${memory.get(container.id) ?? "-"} MB`,
            container.ports.join(" "),
        ]);
        for (const line of columns([["SERVICE", "STATE", "SINCE", "MEMORY", "PORTS"], ...rows])) say(line);
        const total = [...memory.values()].reduce((sum, megabytes) => sum + megabytes, 0);
        say(pc.dim(`${total} MB resident in all`));
    }
    if (containers.length === 0) return 3;
    return containers.some((container) => ailment(container) !== undefined) ? 1 : 0;
}

/**
 * Prints the log of a service, or of all.
 * @param service undefined for all.
 * @param follow go on until interrupted.
 * @returns the exit code: 2 for a service that the stack does not have.
 */
export async function logs(service: string | undefined, lines: number, follow: boolean): Promise<number> {
    const docker = engine();
    const stack = stackEnvironment().PULUMI_STACK;
    const containers = await containersOf(docker, stack);
    const chosen = containers.filter((container) => service === undefined || container.service === service);
    if (chosen.length === 0) {
        const known = containers.map((container) => container.service).join(", ");
        sayError(
            service === undefined || known === ""
                ? `nothing of stack ${stack} runs\n  Way out: make up`
                : `stack ${stack} has no service "${service}"; it has ${known}`,
        );
        return 2;
    }
    const width = Math.max(...chosen.map((container) => container.service.length));
    await Promise.all(
        chosen.map((container) =>
            followLogs(docker, container.id, { lines, follow }, (line) =>
                say(chosen.length > 1 ? `${pc.cyan(container.service.padEnd(width))} ${line}` : line),
            ),
        ),
    );
    return 0;
}
