import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { probeCommand } from "./probe-script";
import type { JobSpec, PortSpec, ServiceSpec, SharedVolume } from "./service-spec";

/** Everything outside the spec that a container's arguments depend on. */
export interface ContainerContext {
    /** Container name, unique on the engine. */
    readonly containerName: string;
    /** Service name: alias on the network, host name, label. */
    readonly service: string;
    /** Name or id of the image as the engine knows it. */
    readonly image: pulumi.Input<string>;
    readonly network: pulumi.Input<string>;
    readonly bindAddress: string;
    readonly portOffset: number;
    /** {@link volumeKey} of a volume in the spec → volume name on the engine. */
    readonly volumeNames: Readonly<Record<string, pulumi.Input<string>>>;
    readonly labels: Readonly<Record<string, string>>;
}

/** Label that carries the stack; everything of ours on an engine can be found by it. */
export const STACK_LABEL = "dev.millrace.stack";

/** Label that carries the service of a container, or the volume's name. */
export const SERVICE_LABEL = "dev.millrace.service";

/** Label of containers that end by themselves. */
export const JOB_LABEL = "dev.millrace.job";

/**
 * Inner fields of these do not make the docker provider replace a container, although only a new container can have
 * them: without this option an update succeeds and changes nothing.
 */
export const REPLACED_ON_CHANGE = ["healthcheck", "mounts", "uploads", "labels"];

/** The host port of a published port. */
export function hostPort({ port, published }: Pick<PortSpec, "port" | "published">, portOffset: number): number {
    return (published ?? port) + portOffset;
}

/** One word for a volume, the same whether its owner or another service names it. */
export function volumeKey(service: string, volume: string | SharedVolume): string {
    return typeof volume === "string" ? `${service}-${volume}` : `${volume.of}-${volume.volume}`;
}

/** Arguments of a long-running service's container. */
export function serviceContainer(spec: ServiceSpec, context: ContainerContext): docker.ContainerArgs {
    const published = Object.values(spec.ports).filter(({ internal }) => internal !== true);
    return {
        ...commonArgs(spec, context),
        // `unless-stopped` did not come back after a killed engine (moby, seen with 20.10); `always` does.
        restart: "always",
        ports: published.map((port) => ({
            internal: port.port,
            external: hostPort(port, context.portOffset),
            ip: context.bindAddress,
            protocol: "tcp",
        })),
        mounts: Object.entries(spec.volumes ?? {}).map(([target, volume]) => ({
            type: "volume",
            target,
            source: context.volumeNames[volumeKey(context.service, volume)] ?? unknownVolume(context.service, volume),
        })),
        healthcheck: {
            tests: ["CMD", ...probeCommand(spec.ready, spec.ports)],
            interval: `${spec.ready.intervalSeconds ?? 2}s`,
            timeout: "5s",
            startPeriod: dockerDuration(spec.ready.deadlineSeconds),
            retries: 5,
        },
        wait: true,
        waitTimeout: spec.ready.deadlineSeconds,
    };
}

/** Arguments of a container that runs to its end. */
export function jobContainer(spec: JobSpec, context: ContainerContext): docker.ContainerArgs {
    const common = commonArgs(spec, context);
    return { ...common, restart: "no", attach: true, logs: true, mustRun: false, rm: false };
}

function unknownVolume(service: string, volume: string | SharedVolume): never {
    const name = typeof volume === "string" ? `"${volume}"` : `"${volume.volume}" of service "${volume.of}"`;
    throw new Error(`service "${service}" mounts volume ${name}, which is not declared: declare its owner first`);
}

function commonArgs(spec: ServiceSpec | JobSpec, context: ContainerContext): docker.ContainerArgs {
    const [entrypoint, ...rest] = spec.command;
    return {
        name: context.containerName,
        hostname: context.service,
        image: context.image,
        entrypoints: entrypoint === undefined ? [] : [entrypoint],
        command: rest,
        networksAdvanced: [{ name: context.network, aliases: [context.service] }],
        ...(spec.env && { envs: Object.entries(spec.env).map(([key, value]) => environmentLine(key, value)) }),
        ...(spec.files && {
            uploads: Object.entries(spec.files).map(([file, content]) => ({ file, content, permissions: "0444" })),
        }),
        ...(spec.user !== undefined && { user: spec.user }),
        ...(spec.cpus !== undefined && { cpus: String(spec.cpus) }),
        memory: spec.memoryMegabytes,
        // Without it the engine reports twice the memory back, and every preview shows a change.
        memorySwap: spec.memoryMegabytes,
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges"],
        // A PID 1 that forwards signals and reaps: bash and JVMs as PID 1 ignore TERM until they install a handler.
        init: true,
        logDriver: "json-file",
        logOpts: { "max-size": "10m", "max-file": "3" },
        destroyGraceSeconds: spec.stopSeconds ?? 10,
        stopTimeout: spec.stopSeconds ?? 10,
        labels: Object.entries(context.labels).map(([label, value]) => ({ label, value })),
    };
}

function environmentLine(key: string, value: pulumi.Input<string>): pulumi.Input<string> {
    if (typeof value === "string") return `${key}=${value}`;
    const output = value as pulumi.Output<string>;
    return output.apply((text) => `${key}=${text}`);
}

/** A duration as Docker prints it back: "1m30s", never "90s"; any other form is a replacement at every preview. */
export function dockerDuration(seconds: number): string {
    const minutes = Math.floor(seconds / 60);
    const rest = seconds % 60;
    const hours = Math.floor(minutes / 60);
    return [hours > 0 && `${hours}h`, (hours > 0 || minutes > 0) && `${minutes % 60}m`, `${rest}s`]
        .filter((part) => part !== false)
        .join("");
}
