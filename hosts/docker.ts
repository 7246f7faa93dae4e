import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Address, HostAddress, InNetworkAddress } from "../lib/address";
import { type ImageName, imageReference } from "../lib/images";
import type { ImageSource } from "../lib/settings";
import {
    type ContainerContext,
    hostPort,
    JOB_LABEL,
    jobContainer,
    REPLACED_ON_CHANGE,
    SERVICE_LABEL,
    STACK_LABEL,
    serviceContainer,
    volumeKey,
} from "./docker-container";
import type { Host, Job, Service } from "./host";
import { checkServiceSpec, type JobSpec, type ServiceSpec } from "./service-spec";

/** What a {@link DockerHost} needs to know. */
export interface DockerHostArgs {
    /** Where images come from. */
    images: ImageSource;
    /** The project's folder: built images are named after the content of `build/images` below it. */
    root: string;
    /** Address on which ports are published. @default "127.0.0.1" */
    bindAddress?: string;
    /** Added to each well-known port. @default 10000 */
    portOffset?: number;
    /** Refuse to delete volumes. @default true */
    deletionProtection?: boolean;
    /** First part of every name on the engine. @default "<project>-<stack>" */
    prefix?: string;
}

/**
 * Runs services as containers of one Docker engine, on a network of the stack's own.
 *
 * Every container gets: its service name as alias and host name, ports on loopback, a memory limit, a rotated log,
 * restart after an engine restart, a health check that creation waits for, no capabilities, and labels by which all
 * of a stack can be found.
 */
export class DockerHost extends pulumi.ComponentResource implements Host {
    private readonly prefix: string;
    private readonly settings: Required<Omit<DockerHostArgs, "prefix">>;
    private readonly network: docker.Network;
    private readonly pulled = new Map<string, docker.RemoteImage>();
    /** Volumes of all services so far, by {@link volumeKey}: later services may share them. */
    private readonly volumes = new Map<string, docker.Volume>();

    constructor(name: string, args: DockerHostArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:DockerHost", name, {}, opts);
        this.settings = { bindAddress: "127.0.0.1", portOffset: 10_000, deletionProtection: true, ...args };
        this.prefix = args.prefix ?? `${pulumi.getProject()}-${pulumi.getStack()}`;
        this.network = new docker.Network(
            `${name}-network`,
            { name: this.prefix, driver: "bridge", labels: this.labelList({}) },
            { parent: this },
        );
        this.registerOutputs({ network: this.network.name });
    }

    service(name: string, spec: ServiceSpec, opts: pulumi.CustomResourceOptions): Service {
        checkServiceSpec(name, spec);
        this.createVolumes(name, spec, opts);
        const container = new docker.Container(
            name,
            serviceContainer(spec, {
                ...this.contextOf(name, spec.image),
                volumeNames: Object.fromEntries([...this.volumes].map(([key, volume]) => [key, volume.name])),
            }),
            { ...opts, deleteBeforeReplace: true, replaceOnChanges: REPLACED_ON_CHANGE },
        );
        return {
            resource: container,
            volume: (key) =>
                this.volumes.get(volumeKey(name, key)) ?? missing(`service "${name}" has no volume "${key}"`),
            address: (key) => this.addressOf(name, spec, key, container),
        };
    }

    job(name: string, spec: JobSpec, opts: pulumi.CustomResourceOptions): Job {
        const context = this.contextOf(name, spec.image, { [JOB_LABEL]: "true" });
        const container = new docker.Container(name, jobContainer(spec, context), {
            ...opts,
            customTimeouts: { create: `${spec.deadlineSeconds}s` },
            deleteBeforeReplace: true,
            replaceOnChanges: REPLACED_ON_CHANGE,
        });
        const logs = pulumi.all([container.exitCode, container.containerLogs]).apply(([exitCode, output]) => {
            if (exitCode !== undefined && exitCode !== 0) {
                throw new pulumi.ResourceError(
                    `job "${name}" ended with exit code ${exitCode}\n${output.slice(-4_000)}`,
                    container,
                );
            }
            return output;
        });
        return { resource: container, logs };
    }

    plannedAddress(
        service: string,
        port: { port: number; published?: number },
    ): { inNetwork: InNetworkAddress; onHost: HostAddress } {
        return {
            inNetwork: `${service}:${port.port}` as InNetworkAddress,
            onHost: `${this.settings.bindAddress}:${hostPort(port, this.settings.portOffset)}` as HostAddress,
        };
    }

    private addressOf(service: string, spec: ServiceSpec, key: string, container: docker.Container): Address {
        const port = spec.ports[key] ?? missing(`service "${service}" has no port "${key}"`);
        const planned = this.plannedAddress(service, port);
        // The URN is known at preview and resolves when the container is healthy: a known value with the right dependency.
        const after = <T>(value: T): pulumi.Output<T> => container.urn.apply(() => value) as pulumi.Output<T>;
        return {
            inNetwork: after(planned.inNetwork),
            get onHost() {
                return port.internal === true
                    ? missing(`port "${key}" of service "${service}" is internal: it has no address on the host`)
                    : after(planned.onHost);
            },
        };
    }

    private createVolumes(service: string, spec: ServiceSpec, opts: pulumi.CustomResourceOptions): void {
        const own = Object.values(spec.volumes ?? {}).filter((volume) => typeof volume === "string");
        for (const volume of new Set(own)) {
            const key = volumeKey(service, volume);
            this.volumes.set(
                key,
                new docker.Volume(
                    key,
                    { name: `${this.prefix}-${key}`, labels: this.labelList({ [SERVICE_LABEL]: service }) },
                    { parent: opts.parent ?? this, protect: this.settings.deletionProtection },
                ),
            );
        }
    }

    private contextOf(service: string, image: ImageName, labels: Record<string, string> = {}): ContainerContext {
        return {
            containerName: `${this.prefix}-${service}`,
            service,
            image: this.imageOf(image),
            network: this.network.name,
            bindAddress: this.settings.bindAddress,
            portOffset: this.settings.portOffset,
            volumeNames: {},
            labels: { [STACK_LABEL]: this.prefix, [SERVICE_LABEL]: service, ...labels },
        };
    }

    private imageOf(name: ImageName): pulumi.Input<string> {
        const reference = imageReference(name, this.settings.images, this.settings.root);
        // What we built is on the engine already (its tag is its content); a registry's image is pulled once and kept.
        if (reference.startsWith("millrace/")) return reference;
        const known = this.pulled.get(reference);
        if (known) return known.imageId;
        const image = new docker.RemoteImage(name, { name: reference, keepLocally: true }, { parent: this });
        this.pulled.set(reference, image);
        return image.imageId;
    }

    private labelList(labels: Record<string, string>): { label: string; value: string }[] {
        return Object.entries({ [STACK_LABEL]: this.prefix, ...labels }).map(([label, value]) => ({ label, value }));
    }
}

function missing(problem: string): never {
    throw new Error(problem);
}
