import type * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import type { Projection, SettingValue, SkippingIndex, TableColumn, TableConstraint } from "./documents";
import { type ClickHouseAccess, secretServer, secretTexts } from "./session";

const CODE: ProviderCode = { folder: __dirname, module: "table-provider", exportName: "tableProvider" };

/** Arguments of {@link ClickHouseTable}. Expressions, keys and types are ClickHouse's SQL. */
export interface ClickHouseTableArgs {
    /** Which server; `clickHouseServer(clickhouse)` for one of ours. An address, no identity: when it changes, the table is looked for there. */
    server: ClickHouseAccess;
    /** @default "default" */
    database?: pulumi.Input<string>;
    /** Its name. */
    table: pulumi.Input<string>;
    /** All columns, in their order. Names are not guessed: another name is another column. */
    columns: pulumi.Input<pulumi.Input<TableColumn>[]>;
    /** With its arguments: `ReplacingMergeTree(updated)`, `Kafka`. @default "MergeTree" */
    engine?: pulumi.Input<string>;
    /** Sorting key, such as `["customer", "at"]`. Can grow by columns that come with the same change. @default none */
    orderBy?: pulumi.Input<string | readonly string[]>;
    /** Such as `toYYYYMM(at)`. @default one partition */
    partitionBy?: pulumi.Input<string>;
    /** The beginning of the sorting key that is held in memory. @default all of it */
    primaryKey?: pulumi.Input<string | readonly string[]>;
    /** Such as `intHash32(user)`, which the primary key must hold. @default none */
    sampleBy?: pulumi.Input<string>;
    /** When rows go: `at + INTERVAL 30 DAY`. @default never */
    ttl?: pulumi.Input<string | readonly string[]>;
    /** Settings of the table. A text `"${name}"` stands for that one of `secrets`. */
    settings?: pulumi.Input<Record<string, pulumi.Input<SettingValue>>>;
    /** Data-skipping indices. @default none */
    indices?: pulumi.Input<pulumi.Input<SkippingIndex>[]>;
    /** @default none */
    projections?: pulumi.Input<pulumi.Input<Projection>[]>;
    /** @default none */
    constraints?: pulumi.Input<pulumi.Input<TableConstraint>[]>;
    /** @default none */
    comment?: pulumi.Input<string>;
    /**
     * What `engine` and `settings` name as `"${name}"`, such as passwords of other servers. The server shows none of them:
     * one that is changed there is not seen; one that is changed here makes the table anew, where it keeps no rows itself.
     */
    secrets?: Record<string, pulumi.Input<string>>;
    /** Allow a change to lose values: dropped columns, types that are too small, another engine. @default false */
    allowDataLoss?: pulumi.Input<boolean>;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to drop the table, or to make it anew. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** `reload` bounds a change of values, `delete` the removal. */
    timeouts?: Timeouts;
}

/**
 * A table on a ClickHouse server, in all that it is: columns, keys, indices, settings, TTL.
 *
 * Whatever ALTER can change is changed in place, in one statement where possible. What it cannot (engine, keys) is refused
 * while the table is protected or has rows; so is what would lose values, with how many. A table that keeps no rows itself
 * (Kafka, Null, PostgreSQL) is made anew in one step instead, and its views stay.
 */
export class ClickHouseTable extends ManagedResource {
    /** Database it is in. */
    declare readonly database: pulumi.Output<string | undefined>;
    /** Name of the table. */
    declare readonly table: pulumi.Output<string>;
    /** What the server added to, dropped from or rewrote in the declaration: path → text. */
    declare readonly observed: pulumi.Output<Observed>;

    constructor(name: string, args: ClickHouseTableArgs, opts?: pulumi.CustomResourceOptions) {
        const inputs = {
            ...args,
            server: secretServer(args.server),
            ...secretTexts(args.secrets),
            observed: undefined,
        };
        super(CODE, "clickhouse:Table", name, inputs, opts);
    }
}
