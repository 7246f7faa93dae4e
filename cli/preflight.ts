import { containersOf, engine } from "./engine";
import { gigabytes, machineResources, resourceProblems } from "./machine";
import { takenPorts } from "./ports";
import type { StackPlan } from "./stack-plan";
import { ROOT } from "./workspace";

/**
 * Looks whether the machine can take what has to be started, before anything starts.
 * @returns a line that says what is needed.
 * @throws Error with every problem: memory, disk, ports, each with the way out.
 */
export async function preflight(stack: string, plan: StackPlan, bindAddress: string): Promise<string> {
    const running = (await containersOf(engine(), stack)).filter(({ state }) => state === "running");
    const present = new Set(running.map(({ service }) => service));
    const toStart = plan.memory.filter(({ service }) => !present.has(service));

    const ours = new Set(running.flatMap(({ ports }) => ports.map((port) => Number(/:(\d+)→/.exec(port)?.[1]))));
    const toPublish = plan.ports.filter(({ port }) => !ours.has(port));

    const problems = [
        ...resourceProblems(toStart, machineResources(ROOT)),
        ...(await takenPorts(bindAddress, toPublish)),
    ];
    if (problems.length > 0) throw new Error(`this machine cannot take stack ${stack}\n${problems.join("\n")}`);
    const limit = plan.memory.reduce((sum, { megabytes }) => sum + megabytes, 0);
    return `at most ${gigabytes(limit)} of memory, ${toPublish.length === 0 ? "ports are ours" : `ports ${toPublish.map(({ port }) => port).join(", ")} are free`}`;
}
