import * as pulumi from "@pulumi/pulumi";
import { Platform } from "../components";
import { hostPort } from "../hosts/docker-container";
import { PlanHost } from "../hosts/plan-host";
import type { ImageName } from "../lib/images";
import type { Settings } from "../lib/settings";
import { askedOfPlatform, enabledPipelines } from "../pipelines";

/** One service's memory limit. */
export interface MemoryNeed {
    readonly service: string;
    readonly megabytes: number;
}

/** A port that a stack publishes on this machine, by what listens there. */
export interface PublishedPort {
    /** `kafka`, or `flink-gateway sql` where the service has several. */
    readonly name: string;
    readonly port: number;
}

/** What a stack needs of a machine before it runs. */
export interface StackPlan {
    readonly memory: readonly MemoryNeed[];
    readonly ports: readonly PublishedPort[];
    readonly images: readonly ImageName[];
}

/** Nothing is made: a resource is what it was declared with. */
const NOTHING_IS_MADE: pulumi.runtime.Mocks = {
    newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
    call: ({ inputs }) => inputs,
};

/**
 * What the program would run with these settings: the program itself is asked, on a host that only remembers.
 * It has to be asked before any image is there, when Pulumi could not run it.
 */
export async function planStack(settings: Settings): Promise<StackPlan> {
    await pulumi.runtime.setMocks(NOTHING_IS_MADE, "millrace", "plan", true);
    const host = new PlanHost(settings);
    const platform = new Platform("platform", { ...settings, ...askedOfPlatform(settings), host });
    for (const pipeline of enabledPipelines(settings)) pipeline(platform);
    // Registrations go on in the background; they would end in whatever runtime comes next.
    await pulumi.runtime.disconnect();

    const services = Object.entries(host.services);
    const processes = [...services, ...Object.entries(host.jobs)];
    return {
        memory: processes.map(([service, spec]) => ({ service, megabytes: spec.memoryMegabytes })),
        ports: services.flatMap(([service, { ports }]) => {
            const published = Object.entries(ports).filter(([, { internal }]) => internal !== true);
            return published.map(([key, port]) => ({
                name: published.length === 1 ? service : `${service} ${key}`,
                port: hostPort(port, settings.portOffset),
            }));
        }),
        images: [...new Set(processes.map(([, { image }]) => image))],
    };
}
