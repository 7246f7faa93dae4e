/** Addresses on this machine by server, as the stack output `endpoints` names them. */
export type Endpoints = Readonly<Record<string, string>>;

/** A stack does not say where one of its servers is. */
export class EndpointError extends Error {
    override readonly name = "EndpointError";
}

/** One address. @throws EndpointError when the stack does not have it. */
export function endpoint(endpoints: Endpoints, name: string): string {
    const address = endpoints[name];
    if (address !== undefined && address !== "") return address;
    throw new EndpointError(`the stack has no endpoint "${name}"\nWay out: make up brings the stack up.`);
}

/** Where Pinot is asked. @throws EndpointError when the stack does not have it. */
export function pinotAddresses(endpoints: Endpoints): { brokerUrl: string; controllerUrl: string } {
    return {
        brokerUrl: endpoint(endpoints, "pinot.brokerUrl"),
        controllerUrl: endpoint(endpoints, "pinot.controllerUrl"),
    };
}
