import type { Trouble } from "../../resources/errors";
import { UNKNOWN } from "../../resources/lifecycle";
import { block, type DeclaredResource, kindOf, list } from "../declared-resource";

/** Settings of {@link loopbackPorts}. */
export interface LoopbackPortsConfig {
    /** Further addresses on which ports may be published, such as that of a private network. */
    readonly addresses: readonly string[];
}

/** Ports that a container publishes to more than this machine. */
export function loopbackPorts(resource: DeclaredResource, { addresses }: LoopbackPortsConfig): Trouble[] {
    if (kindOf(resource) !== "Container") return [];
    const { ports, networkMode } = resource.props;
    const published = list(ports).flatMap((port) => {
        const { ip = "0.0.0.0", internal, external = internal } = block(port);
        if (ip === UNKNOWN || isLoopback(String(ip)) || addresses.includes(String(ip))) return [];
        return [
            {
                what: `port ${external} is published on ${ip}`,
                why: "Whoever reaches this machine over the network reaches the server.",
                wayOut: 'set ip: "127.0.0.1" and use a tunnel or a proxy that authenticates, or allow the address in the rule.',
            },
        ];
    });
    if (networkMode !== "host") return published;
    return [
        ...published,
        {
            what: "it shares the machine's network",
            why: "Every port that it opens is open to the network, whatever it publishes.",
            wayOut: "give it a network of its own and publish the ports that are needed.",
        },
    ];
}

function isLoopback(ip: string): boolean {
    return /^127\.\d+\.\d+\.\d+$/.test(ip) || ip === "::1";
}
