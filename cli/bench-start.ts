import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { Figure } from "./bench";
import { type ContainerState, containersOf } from "./engine";

/** Longer than any server's own deadline. */
const PATIENCE_SECONDS = 300;

/**
 * How long all servers of a stack take from a stop to the last one's readiness when they are started at once, against
 * the slowest of them started alone: what starting side by side costs.
 * @throws Error that names what is not ready in time.
 */
export async function startFigure(docker: Docker, stack: string): Promise<Figure> {
    const containers = (await containersOf(docker, stack)).filter(({ job }) => !job);
    const together = await restart(docker, stack, containers);
    const slowest = together.reduce((found, entry) => (entry.seconds > found.seconds ? entry : found));
    const [alone] = await restart(
        docker,
        stack,
        containers.filter(({ service }) => service === slowest.service),
    );
    return {
        name: `all ${containers.length} servers started at once, until the last (${slowest.service}) is ready`,
        value: round(slowest.seconds),
        unit: "s",
        baseline: { name: `${slowest.service} alone`, value: round(alone?.seconds ?? slowest.seconds) },
        goal: { atMost: 60 },
    };
}

/** Stops and starts containers. @returns for each, the seconds from its start to its readiness. */
async function restart(
    docker: Docker,
    stack: string,
    containers: readonly ContainerState[],
): Promise<{ service: string; seconds: number }[]> {
    await Promise.all(containers.map(({ id }) => docker.getContainer(id).stop().catch(alreadyStopped)));
    const began = Date.now();
    await Promise.all(containers.map(({ id }) => docker.getContainer(id).start()));
    const ready = new Map<string, number>();
    const ids = new Set(containers.map(({ id }) => id));
    while (ready.size < containers.length) {
        if (Date.now() - began > PATIENCE_SECONDS * 1_000) {
            const late = containers.filter(({ service }) => !ready.has(service)).map(({ service }) => service);
            throw new Error(
                `not ready ${PATIENCE_SECONDS} s after their start: ${late.join(", ")}\n  Way out: make up`,
            );
        }
        await sleep(250);
        for (const { id, service, health } of await containersOf(docker, stack)) {
            if (ids.has(id) && health === "healthy" && !ready.has(service)) {
                ready.set(service, (Date.now() - began) / 1_000);
            }
        }
    }
    return [...ready].map(([service, seconds]) => ({ service, seconds }));
}

function alreadyStopped(error: unknown): void {
    if ((error as { statusCode?: number }).statusCode !== 304) throw error;
}

function round(seconds: number): number {
    return Math.round(seconds * 10) / 10;
}
