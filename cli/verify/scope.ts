import type { Settings } from "../../lib/settings";
import type { CustomerAccess } from "./customer";
import { EndpointError } from "./endpoints";

/** What of a stack is compared: what its pipelines write. */
export interface Scope {
    /** The clickstream and what is made of it. @default true */
    readonly clickstream?: boolean;
    /** Compare only what needs no Flink. @default false */
    readonly rawOnly?: boolean;
    /** The customer pipeline is there: how its source is asked. @default it is not */
    readonly customer?: CustomerAccess;
}

/**
 * What there is to compare with these settings; pure.
 * @param credentials the stack output of that name.
 * @throws EndpointError when the stack does not say how a source is asked: it was not brought up with these settings.
 */
export function scopeOf(
    { productAnalytics, customerCdc }: Pick<Settings, "productAnalytics" | "customerCdc">,
    credentials: Readonly<Record<string, CustomerAccess["source"]>> = {},
): Scope {
    const clickstream = { clickstream: productAnalytics.enabled, rawOnly: productAnalytics.rawOnly };
    if (!customerCdc.enabled) return clickstream;
    const source = credentials["postgres.source"];
    if (source === undefined) {
        throw new EndpointError(
            'the stack has no credentials "postgres.source", and the customer pipeline is enabled\n' +
                "Way out: make up brings the stack to its settings.",
        );
    }
    return { ...clickstream, customer: { source, windowDays: customerCdc.windowDays } };
}
