import type * as pulumi from "@pulumi/pulumi";
import type { InNetworkAddress } from "../../lib/address";
import { type PinotSchemaDocument, pinotIndexes, pinotSchema, type Table } from "../../lib/contract";
import { type Deep, kafkaStream, realtimeTable, type TableDocument, upsert } from "../../resources";
import { NULL_TEXT } from "./contract";

/** A dimension as a captured table has it. */
export type CapturedFieldSpec = PinotSchemaDocument["dimensionFieldSpecs"][number] & {
    /** What stands for a null. */
    readonly defaultNullValue?: string;
    readonly maxLength?: number;
};

/** As long as a text can be. Pinot cuts texts at 512 characters unless it is told otherwise, and says nothing. */
const ANY_LENGTH = 2_147_483_647;

/** A captured table's schema; a type, not an interface: only that can be handed to a resource that passes fields through. */
export type CapturedSchema = Omit<PinotSchemaDocument, "dimensionFieldSpecs"> & {
    readonly dimensionFieldSpecs: readonly CapturedFieldSpec[];
};

/** A table's schema in Pinot; a null text is {@link NULL_TEXT}, and no text is cut. */
export function capturedSchema(table: Table): CapturedSchema {
    const schema = pinotSchema(table);
    const nullable = new Set(table.columns.filter((column) => column.nullable).map(({ name }) => name));
    return {
        ...schema,
        dimensionFieldSpecs: schema.dimensionFieldSpecs.map((spec) => ({
            ...spec,
            ...(spec.dataType === "STRING" && { maxLength: ANY_LENGTH }),
            ...(spec.dataType === "STRING" && nullable.has(spec.name) && { defaultNullValue: NULL_TEXT }),
        })),
    };
}

/** What {@link capturedTable} takes. */
export interface CapturedTableArgs {
    readonly topic: pulumi.Input<string>;
    readonly brokers: pulumi.Input<InNetworkAddress>;
    /** Let Pinot hide deleted rows itself: 1.0 and later. @default false: queries filter on `deleted` */
    readonly deleteRecords?: boolean;
    /** Let a query see all segments as they were in one moment: 1.2 and later. @default false: see the views */
    readonly consistentReads?: boolean;
    /** Rows until a consuming segment is closed. @default Pinot's five million */
    readonly flushRows?: number;
}

/** A table in which the newest change of each key is the row. */
export function capturedTable(table: Table, args: CapturedTableArgs): Deep<TableDocument> {
    return realtimeTable({
        name: table.name,
        timeColumn: table.timeColumn,
        upsert: upsert({
            comparisonColumn: "ts_us",
            ...(args.deleteRecords === true && { deleteRecordColumn: "deleted" }),
            // Not SNAPSHOT, which shows what was seconds ago.
            ...(args.consistentReads === true && { consistencyMode: "SYNC" }),
        }),
        stream: kafkaStream({
            topic: args.topic,
            brokers: args.brokers,
            ...(args.flushRows !== undefined && { flushRows: String(args.flushRows) }),
            // The connector writes in transactions: what it took back must not be seen.
            properties: { "stream.kafka.isolation.level": "read_committed" },
        }),
        ...pinotIndexes(table),
    });
}
