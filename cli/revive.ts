import type { Stack } from "@pulumi/pulumi/automation";
import type Docker from "dockerode";
import type { Report } from "../build/toolchain/progress";
import { containersOf, engine, networksOf, volumesOf } from "./engine";
import { ailment } from "./explain";
import { type Checkpoint, readCheckpoint } from "./recover";

/** What was done by hand, or by a crash, since the last deployment. */
export interface Absences {
    /** Recorded containers that are there but do not run. */
    readonly stopped: readonly { id: string; service: string }[];
    /** Recorded containers that cannot start again, because their network is gone. They hold no data. */
    readonly stranded: readonly { id: string; service: string }[];
    /** What is recorded and gone, or stranded: Pulumi has to be told, because it does not look by itself. */
    readonly gone: readonly { urn: string; name: string }[];
}

/** How a revived stack can be deployed. */
export interface Revival {
    readonly description: string;
    /** True when every server runs, so that all can be asked what they hold. */
    readonly askable: boolean;
}

const CONTAINER = "docker:index/container:Container";
const VOLUME = "docker:index/volume:Volume";
const NETWORK = "docker:index/network:Network";

/** How long started containers may take to become ready, in milliseconds. */
const READY_WITHIN = 150_000;

/** What the engine has of a stack. */
export interface Present {
    readonly containers: readonly { id: string; service: string; state: string; job: boolean }[];
    /** Names, which are their ids. */
    readonly volumes: readonly string[];
    readonly networks: readonly { id: string }[];
}

/** Compares what is recorded with what the engine has; pure. */
export function absences({ resources }: Checkpoint, { containers, volumes, networks }: Present): Absences {
    const byId = new Map(containers.map((container) => [container.id, container]));
    const recorded = resources.filter(({ type }) => type === CONTAINER);
    const gone = [
        ...resources.filter(({ type, id }) => type === NETWORK && !networks.some((network) => network.id === id)),
        ...resources.filter(({ type, id }) => type === VOLUME && !volumes.includes(id ?? "")),
    ];
    const hasNetwork = gone.every(({ type }) => type !== NETWORK);
    const notRunning = recorded
        .flatMap(({ id }) => byId.get(id ?? "") ?? [])
        .filter(({ state }) => state === "exited" || state === "created" || state === "dead");
    const lost = hasNetwork ? recorded.filter(({ id }) => !byId.has(id ?? "")) : recorded;
    return {
        stopped: hasNetwork ? notRunning.filter(({ job }) => !job) : [],
        stranded: hasNetwork ? [] : notRunning,
        gone: [...lost, ...gone].map(({ urn }) => ({ urn, name: urn.slice(urn.lastIndexOf("::") + 2) })),
    };
}

/**
 * Starts what was stopped, and makes Pulumi forget what is gone, so that the next update makes it again.
 * @param open opens the stack; called only when something is gone.
 */
export async function revive(name: string, open: () => Promise<Stack>, report: Report): Promise<Revival> {
    const docker = engine();
    const checkpoint = readCheckpoint(name);
    const [containers, volumes, networks] = await Promise.all([
        containersOf(docker, name),
        volumesOf(docker, name),
        networksOf(docker, name),
    ]);
    const { stopped, stranded, gone } = absences(checkpoint, { containers, volumes, networks });
    const done: string[] = [];
    if (stopped.length > 0) {
        await Promise.all(stopped.map(({ id }) => docker.getContainer(id).start()));
        done.push(`${stopped.map(({ service }) => service).join(", ")} started again`);
    }
    await Promise.all(stranded.map(({ id }) => docker.getContainer(id).remove({ force: true })));
    if (gone.length > 0) {
        const stack = await open();
        await stack.refresh({ target: gone.map(({ urn }) => urn) });
        done.push(`${gone.map(({ name: lost }) => lost).join(", ")} will be made again`);
    }
    const deployed = checkpoint.resources.some(({ type }) => type === CONTAINER);
    const well = deployed && gone.length === 0 && (await allWell(docker, name, report));
    return { description: done.length > 0 ? done.join("; ") : deployed ? "as it was left" : "new", askable: well };
}

async function allWell(docker: Docker, stack: string, report: Report): Promise<boolean> {
    const deadline = Date.now() + READY_WITHIN;
    for (;;) {
        const waiting = (await containersOf(docker, stack)).filter((container) => ailment(container) !== undefined);
        if (waiting.length === 0) return true;
        // What stays unwell is shown by the deployment itself, with its log.
        if (Date.now() > deadline) return false;
        report(`waiting for ${waiting.map(({ service }) => service).join(", ")}`);
        await new Promise((resolve) => setTimeout(resolve, 500));
    }
}
