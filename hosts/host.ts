import type * as pulumi from "@pulumi/pulumi";
import type { Address, HostAddress, InNetworkAddress } from "../lib/address";
import type { JobSpec, ServiceSpec } from "./service-spec";

/** A running service, as its component sees it. */
export interface Service {
    /**
     * `host:port` of a named port, from both sides. The outputs are known at preview and depend on the service:
     * whoever uses them is created after the service is healthy.
     * @throws Error when the spec has no such port, or it is internal and the host side is asked for.
     */
    address(port: string): Address;
    /** The resource to put in `deletedWith` for what is stored on a volume. @throws Error for an unknown volume. */
    volume(name: string): pulumi.Resource;
    /** For an explicit `dependsOn`. */
    readonly resource: pulumi.Resource;
}

/** A job that has ended well. */
export interface Job {
    /** What it printed. */
    readonly logs: pulumi.Output<string>;
    readonly resource: pulumi.Resource;
}

/**
 * Where things run. A component computes a spec and hands it here; it never builds a container itself.
 * @see hosts/docker.ts
 */
export interface Host {
    /** Starts a service and waits until its probe says ready. */
    service(name: string, spec: ServiceSpec, opts: pulumi.CustomResourceOptions): Service;
    /** Runs a job to its end; an exit code other than 0 fails the deployment. */
    job(name: string, spec: JobSpec, opts: pulumi.CustomResourceOptions): Job;
    /**
     * `host:port` under which a port will be reachable, before the service exists:
     * what a broker has to advertise to its clients.
     */
    plannedAddress(
        service: string,
        port: { port: number; published?: number },
    ): {
        inNetwork: InNetworkAddress;
        onHost: HostAddress;
    };
}
