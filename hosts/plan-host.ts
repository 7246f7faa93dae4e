import * as pulumi from "@pulumi/pulumi";
import type { HostAddress, InNetworkAddress } from "../lib/address";
import type { Host, Job, Service } from "./host";
import { checkServiceSpec, type JobSpec, type PortSpec, type ServiceSpec } from "./service-spec";

/** What a {@link PlanHost} needs to know. */
export interface PlanHostArgs {
    /** Address on which ports would be published. @default "127.0.0.1" */
    bindAddress?: string;
    /** Added to each well-known port. @default 10000 */
    portOffset?: number;
}

/**
 * A host that starts nothing and remembers what it was asked for: what a stack needs of a machine is read off the
 * very specs that would run. Works under Pulumi's mocks only.
 */
export class PlanHost implements Host {
    /** Service name → spec. */
    readonly services: Record<string, ServiceSpec> = {};
    /** Job name → spec. */
    readonly jobs: Record<string, JobSpec> = {};
    private readonly bindAddress: string;
    private readonly portOffset: number;

    constructor({ bindAddress = "127.0.0.1", portOffset = 10_000 }: PlanHostArgs = {}) {
        this.bindAddress = bindAddress;
        this.portOffset = portOffset;
    }

    service(name: string, spec: ServiceSpec): Service {
        checkServiceSpec(name, spec);
        this.services[name] = spec;
        const resource = new pulumi.ComponentResource("millrace:index:PlannedService", name);
        return {
            resource,
            volume: () => resource,
            address: (key) => {
                const port = spec.ports[key];
                if (port === undefined) throw new Error(`service "${name}" has no port "${key}"`);
                const planned = this.plannedAddress(name, port);
                return { inNetwork: pulumi.output(planned.inNetwork), onHost: pulumi.output(planned.onHost) };
            },
        };
    }

    job(name: string, spec: JobSpec): Job {
        this.jobs[name] = spec;
        const resource = new pulumi.ComponentResource("millrace:index:PlannedJob", name);
        return { resource, logs: pulumi.output("") };
    }

    plannedAddress(
        service: string,
        port: Pick<PortSpec, "port" | "published">,
    ): { inNetwork: InNetworkAddress; onHost: HostAddress } {
        return {
            inNetwork: `${service}:${port.port}` as InNetworkAddress,
            onHost: `${this.bindAddress}:${(port.published ?? port.port) + this.portOffset}` as HostAddress,
        };
    }
}
