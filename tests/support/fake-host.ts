import * as pulumi from "@pulumi/pulumi";
import type { Host, Job, Service } from "../../hosts/host";
import { checkServiceSpec, type JobSpec, type ServiceSpec } from "../../hosts/service-spec";
import type { HostAddress, InNetworkAddress } from "../../lib/address";

/** A host that starts nothing and remembers what it was asked for. */
export class FakeHost implements Host {
    readonly services: Record<string, ServiceSpec> = {};
    readonly jobs: Record<string, JobSpec> = {};

    service(name: string, spec: ServiceSpec): Service {
        checkServiceSpec(name, spec);
        this.services[name] = spec;
        const resource = new pulumi.ComponentResource("test:index:Service", name);
        return {
            resource,
            volume: () => resource,
            address: (key) => {
                const port = spec.ports[key];
                if (port === undefined) throw new Error(`no port ${key}`);
                const planned = this.plannedAddress(name, port);
                return { inNetwork: pulumi.output(planned.inNetwork), onHost: pulumi.output(planned.onHost) };
            },
        };
    }

    job(name: string, spec: JobSpec): Job {
        this.jobs[name] = spec;
        return { resource: new pulumi.ComponentResource("test:index:Job", name), logs: pulumi.output("") };
    }

    plannedAddress(service: string, port: { port: number; published?: number }) {
        return {
            inNetwork: `${service}:${port.port}` as InNetworkAddress,
            onHost: `127.0.0.1:${(port.published ?? port.port) + 10_000}` as HostAddress,
        };
    }
}
