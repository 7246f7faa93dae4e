import * as pulumi from "@pulumi/pulumi";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import type { RecordReaderSettings, SegmentFileFormat } from "./segment-load-rules";
import { type PinotServer, secretServer } from "./session";

const CODE: ProviderCode = {
    folder: __dirname,
    module: "segment-load-provider",
    exportName: "pinotSegmentLoadProvider",
};

/** Arguments of {@link PinotSegmentLoad}. */
export interface PinotSegmentLoadArgs {
    /** Which controller. An address, no identity: when it changes, the segments are looked for at the new one. */
    server: PinotServer;
    /** The table, which has an offline half: `table.tableName` of its `PinotTable`, so that it is made first. */
    table: pulumi.Input<string>;
    /**
     * Files on the machine that runs Pulumi, relative to the folder in which the program runs. Each becomes one segment,
     * which the controller builds: not for files that it could not hold on its disk.
     */
    files: pulumi.Input<pulumi.Input<string>[]>;
    /** What the files are written in. The server needs the plug-in that reads it. */
    format: pulumi.Input<SegmentFileFormat>;
    /** Settings of the reader, in Pinot's own words: `{ delimiter: ";", multiValueDelimiter: "|" }` for CSV. @default none */
    reader?: pulumi.Input<RecordReaderSettings>;
    /** How names of its segments begin. Everything called so and by a checksum belongs to it. @default the resource's name */
    segmentPrefix?: pulumi.Input<string>;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to remove the rows, or to replace them by those of another table or prefix. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** Bounds on waiting: `ready` for one file, and until all are online. @default ready 180 s, delete 180 s */
    timeouts?: Timeouts;
}

/**
 * Files, loaded into the offline half of a Pinot table: each file is one segment, called by what is in it.
 *
 * A file that changes is loaded anew, and what it was before is removed once the new segment answers queries: no row is
 * missing at any time, and for that moment those of both are there. What was removed or overwritten by others comes back
 * with the next `up`. State holds checksums, never data.
 */
export class PinotSegmentLoad extends ManagedResource {
    /** The table that was given: what needs the rows takes it from here. */
    declare readonly table: pulumi.Output<string>;
    /** The segments that are there: name → checksum of the server. */
    declare readonly segments: pulumi.Output<Readonly<Record<string, string>>>;

    constructor(name: string, args: PinotSegmentLoadArgs, opts?: pulumi.CustomResourceOptions) {
        const server = secretServer(args.server, (value) => pulumi.secret(value));
        super(
            CODE,
            "pinot:SegmentLoad",
            name,
            { segmentPrefix: name, ...args, server, contents: undefined, segments: undefined },
            opts,
        );
    }
}
