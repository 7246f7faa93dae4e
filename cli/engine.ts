import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import Docker from "dockerode";
import { JOB_LABEL, SERVICE_LABEL, STACK_LABEL } from "../hosts/docker-container";

/** A container of ours, as the engine sees it. */
export interface ContainerState {
    readonly id: string;
    readonly name: string;
    readonly service: string;
    /** It ends by itself: having ended is no ailment. */
    readonly job: boolean;
    /** `running`, `exited`, `restarting` … */
    readonly state: string;
    /** `healthy`, `unhealthy`, `starting`, or `none` when it has no check. */
    readonly health: string;
    readonly exitCode: number;
    readonly restarts: number;
    /** True when the kernel ended it for want of memory. */
    readonly outOfMemory: boolean;
    readonly startedAt: Date;
    readonly image: string;
    readonly ports: readonly string[];
    /** In megabytes; 0 for none. */
    readonly memoryLimit: number;
}

/** The engine that DOCKER_HOST or the default socket names. */
export function engine(): Docker {
    return new Docker();
}

/** Name of everything that a stack has on the engine. */
export function stackPrefix(stack: string): string {
    return `millrace-${stack}`;
}

function ofStack(stack: string): { label: string[] } {
    return { label: [`${STACK_LABEL}=${stackPrefix(stack)}`] };
}

/** All containers of a stack, running or not. */
export async function containersOf(docker: Docker, stack: string): Promise<ContainerState[]> {
    const listed = await docker.listContainers({ all: true, filters: ofStack(stack) });
    const states = await Promise.all(
        listed.map(async (entry): Promise<ContainerState | undefined> => {
            // A container can be removed between the two questions.
            const found = await docker
                .getContainer(entry.Id)
                .inspect()
                .catch(() => undefined);
            if (found === undefined) return undefined;
            return {
                id: found.Id,
                name: found.Name.replace(/^\//, ""),
                service: entry.Labels[SERVICE_LABEL] ?? entry.Id.slice(0, 12),
                job: entry.Labels[JOB_LABEL] === "true",
                state: found.State.Status,
                health: found.State.Health?.Status ?? "none",
                exitCode: found.State.ExitCode,
                restarts: found.RestartCount,
                outOfMemory: found.State.OOMKilled,
                startedAt: new Date(found.State.StartedAt),
                image: found.Config.Image,
                memoryLimit: Math.round((found.HostConfig.Memory ?? 0) / 1_048_576),
                ports: Object.entries(found.NetworkSettings.Ports ?? {}).flatMap(([inside, bindings]) =>
                    (bindings ?? []).map((binding) => `${binding.HostIp}:${binding.HostPort}→${inside.split("/")[0]}`),
                ),
            };
        }),
    );
    return states.filter((state) => state !== undefined).sort((a, b) => a.service.localeCompare(b.service));
}

/** Names of a stack's volumes. */
export async function volumesOf(docker: Docker, stack: string): Promise<string[]> {
    const { Volumes } = await docker.listVolumes({ filters: ofStack(stack) as never });
    return (Volumes ?? []).map(({ Name }) => Name).sort();
}

/** Ids and names of a stack's networks. */
export async function networksOf(docker: Docker, stack: string): Promise<{ id: string; name: string }[]> {
    const networks = await docker.listNetworks({ filters: ofStack(stack) as never });
    return networks.map(({ Id, Name }) => ({ id: Id, name: Name }));
}

/** The last lines that a container wrote. */
export async function lastLogLines(docker: Docker, id: string, lines: number): Promise<string[]> {
    const raw = await docker.getContainer(id).logs({ stdout: true, stderr: true, tail: lines });
    return withoutFrames(raw)
        .split("\n")
        .filter((line) => line.trim() !== "");
}

/**
 * The engine frames what a container without a terminal writes: 1 byte stream, 3 bytes zero, 4 bytes length.
 * @see https://docs.docker.com/reference/api/engine/#tag/Container/operation/ContainerAttach
 */
export function withoutFrames(raw: Buffer): string {
    const parts: Buffer[] = [];
    let offset = 0;
    while (offset + 8 <= raw.length) {
        const length = raw.readUInt32BE(offset + 4);
        parts.push(raw.subarray(offset + 8, offset + 8 + length));
        offset += 8 + length;
    }
    return Buffer.concat(parts).toString("utf8");
}

/** Whether an engine answers. */
export async function engineAnswers(docker: Docker): Promise<boolean> {
    return docker.ping().then(
        () => true,
        () => false,
    );
}

/**
 * Memory that containers hold, by id, in megabytes: what the kernel charges less the page cache it could give back.
 */
export async function memoryUse(
    docker: Docker,
    containers: readonly { id: string; state: string }[],
): Promise<Map<string, number>> {
    const running = containers.filter(({ state }) => state === "running");
    const figures = await Promise.all(
        running.map(async ({ id }) => {
            const stats = await docker
                .getContainer(id)
                .stats({ stream: false, "one-shot": true })
                .catch(() => undefined);
            const memory = stats?.memory_stats;
            if (memory?.usage === undefined) return undefined;
            // total_inactive_file is cgroup v1's name, inactive_file cgroup v2's.
            const details = memory.stats as { total_inactive_file?: number; inactive_file?: number } | undefined;
            const cache = details?.total_inactive_file ?? details?.inactive_file ?? 0;
            return [id, Math.round((memory.usage - cache) / 1_048_576)] as const;
        }),
    );
    return new Map(figures.filter((figure) => figure !== undefined));
}

/** Passes a container's log line by line. @returns when the log ends, or never while it is followed. */
export async function followLogs(
    docker: Docker,
    id: string,
    { lines, follow }: { lines: number; follow: boolean },
    onLine: (line: string) => void,
): Promise<void> {
    const container = docker.getContainer(id);
    if (!follow) {
        for (const line of await lastLogLines(docker, id, lines)) onLine(line);
        return;
    }
    const stream = await container.logs({ stdout: true, stderr: true, tail: lines, follow: true });
    const plain = new PassThrough();
    container.modem.demuxStream(stream, plain, plain);
    stream.on("end", () => plain.end());
    for await (const line of createInterface({ input: plain })) onLine(line);
}

/** Runs a command in a running container. @returns what it wrote. @throws Error when it fails, with its last words. */
export async function runInContainer(docker: Docker, id: string, command: readonly string[]): Promise<string> {
    const exec = await docker.getContainer(id).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
    const stream = await exec.start({ hijack: true, stdin: false });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const text = withoutFrames(Buffer.concat(chunks));
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) throw new Error(`${command[0]} ended with exit code ${ExitCode}: ${text.slice(-500)}`);
    return text;
}

/** What {@link runOnce} starts. */
export interface OnceArgs {
    readonly image: string;
    readonly network: string;
    /** Value of the stack's label, so that a container left by a crash is found. */
    readonly labels: string;
    readonly command: readonly string[];
    readonly env: readonly string[];
}

/**
 * Runs a container to its end and removes it.
 * @returns what it wrote. @throws Error when it fails, with its last log lines.
 */
export async function runOnce(docker: Docker, { image, network, labels, command, env }: OnceArgs): Promise<string> {
    const container = await docker.createContainer({
        Image: image,
        Entrypoint: command.slice(0, 1) as string[],
        Cmd: command.slice(1) as string[],
        Env: [...env],
        Labels: { [STACK_LABEL]: labels, [JOB_LABEL]: "true" },
        HostConfig: { NetworkMode: network, CapDrop: ["ALL"] },
    });
    try {
        await container.start();
        const { StatusCode } = (await container.wait()) as { StatusCode: number };
        if (StatusCode !== 0) {
            const lines = await lastLogLines(docker, container.id, 10);
            throw new Error(`${image} ended with exit code ${StatusCode}\n${lines.join("\n")}`);
        }
        return withoutFrames(await container.logs({ stdout: true, stderr: true }));
    } finally {
        await container.remove({ force: true });
    }
}
