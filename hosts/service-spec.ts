import type * as pulumi from "@pulumi/pulumi";
import type { ImageName } from "../lib/images";

/** A port that a process listens on. */
export interface PortSpec {
    /** The port inside the service's own network. */
    readonly port: number;
    /**
     * The well-known port that the stack's offset is added to when the host publishes it.
     * @default the same as `port`
     */
    readonly published?: number;
    /** Not reachable from outside the platform's network. @default false */
    readonly internal?: boolean;
}

/** How to see that a service works; asked inside the service, so it needs nothing but bash there. */
export type ProbeQuestion =
    /** An HTTP GET on a named port answers 2xx, with a body that contains a text where one is given. */
    | { readonly http: { readonly port: string; readonly path: string; readonly contains?: string } }
    /** A named port accepts a connection. */
    | { readonly tcp: { readonly port: string } }
    /** A broker on a named port names at least one live broker in its metadata. */
    | { readonly kafka: { readonly port: string } }
    /** A line sent to a named port is answered by exactly this text, as ZooKeeper's four-letter words are. */
    | { readonly line: { readonly port: string; readonly send: string; readonly expect: string } }
    /** A command of the image exits with 0. */
    | { readonly command: readonly string[] };

/** Readiness: all questions answered yes, before the deadline. */
export interface Probe {
    readonly ask: readonly ProbeQuestion[];
    /** How long a start may take before it counts as failed, in seconds. */
    readonly deadlineSeconds: number;
    /** Pause between two probes, in seconds. @default 2 */
    readonly intervalSeconds?: number;
}

/**
 * A volume of another service of the same host, declared before this one. No service waits for the other: both mount
 * what the first one owns.
 */
export interface SharedVolume {
    /** The service that owns it. */
    readonly of: string;
    /** Its name there. */
    readonly volume: string;
}

interface ProcessSpec {
    readonly image: ImageName;
    /** Replaces the image's command; the image's entry point is always replaced, so that both kinds of image start alike. */
    readonly command: readonly string[];
    readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
    /** Absolute path → content, which may be secret; in place before the first start. A change starts the process anew. */
    readonly files?: Readonly<Record<string, pulumi.Input<string>>>;
    /** Memory limit, in megabytes. */
    readonly memoryMegabytes: number;
    /** Cores it may use, at most. @default no limit */
    readonly cpus?: number;
    /** User name or `uid:gid`. @default the image's own */
    readonly user?: string;
    /** How long a clean stop may take, in seconds. @default 10 */
    readonly stopSeconds?: number;
}

/** What a long-running process needs, in words that any host understands. */
export interface ServiceSpec extends ProcessSpec {
    /** Name → port. Published on loopback unless `internal`. */
    readonly ports: Readonly<Record<string, PortSpec>>;
    /** Mount path → volume, by a name of one's own or another service's; what is stored there outlives the process. */
    readonly volumes?: Readonly<Record<string, string | SharedVolume>>;
    readonly ready: Probe;
}

/** What a process that ends by itself needs. */
export interface JobSpec extends ProcessSpec {
    /** How long the job may take, in seconds. */
    readonly deadlineSeconds: number;
}

/**
 * Checks what the types cannot say: probes name existing ports, paths are absolute, figures are positive.
 * @throws Error that lists every problem of the spec.
 */
export function checkServiceSpec(name: string, spec: ServiceSpec): void {
    const problems: string[] = [];
    for (const question of spec.ready.ask) {
        const port = questionPort(question);
        if (port !== undefined && !(port in spec.ports))
            problems.push(`the probe asks port "${port}", which is not in ports`);
    }
    for (const path of [...Object.keys(spec.files ?? {}), ...Object.keys(spec.volumes ?? {})]) {
        if (!path.startsWith("/")) problems.push(`path "${path}" is not absolute`);
    }
    if (spec.ready.deadlineSeconds <= 0) problems.push("ready.deadlineSeconds must be positive");
    if (spec.memoryMegabytes < 16) problems.push(`memoryMegabytes ${spec.memoryMegabytes} is below 16`);
    if (problems.length > 0) throw new Error(`service "${name}": ${problems.join("; ")}`);
}

/** The named port that a question is put to; undefined for a command. */
export function questionPort(question: ProbeQuestion): string | undefined {
    if ("http" in question) return question.http.port;
    if ("tcp" in question) return question.tcp.port;
    if ("kafka" in question) return question.kafka.port;
    if ("line" in question) return question.line.port;
    return undefined;
}
