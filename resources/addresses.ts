import type { HostAddress, InNetworkAddress } from "../lib/address";

/** Says that the machine running Pulumi can reach this URL or `host:port`: for servers that exist already. */
export function hostAddress(address: string): HostAddress {
    return address as HostAddress;
}

/** Says that the servers themselves can reach this `host:port` list: for brokers that exist already. */
export function inNetworkAddress(address: string): InNetworkAddress {
    return address as InNetworkAddress;
}
