import type * as pulumi from "@pulumi/pulumi";
import type { InNetworkAddress } from "../lib/address";
import { CONSUMING_ROWS, type Size } from "../lib/sizes";
import { kafkaStream } from "../resources";

/** What {@link pinotStream} takes. */
export interface PinotStreamArgs {
    readonly topic: pulumi.Input<string>;
    readonly brokers: pulumi.Input<InNetworkAddress>;
    /** Of the platform, which says how much of a table Pinot's memory holds. */
    readonly size: Size;
}

/** How a pipeline's realtime table reads its topic. */
export function pinotStream({ topic, brokers, size }: PinotStreamArgs): ReturnType<typeof kafkaStream> {
    return kafkaStream({
        topic,
        brokers,
        flushRows: String(CONSUMING_ROWS[size]),
        // At high rates an answer of the broker brings what came within some milliseconds, instead of a message or two.
        properties: { "fetch.min.bytes": "65536", "fetch.max.wait.ms": "10" },
    });
}
