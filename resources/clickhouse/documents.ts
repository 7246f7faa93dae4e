/** One column of a table. Expressions are SQL texts: a text in them has its own quotes, as in `default: "'none'"`. */
export interface TableColumn {
    readonly name: string;
    /** As in `LowCardinality(String)`. */
    readonly type: string;
    /** Expression for rows that bring no value. One of `default`, `materialized`, `ephemeral` and `alias` at most. */
    readonly default?: string;
    /** Expression that is computed at each INSERT and stored. */
    readonly materialized?: string;
    /** Taken at INSERT for other columns' expressions, not stored; the text is its default. */
    readonly ephemeral?: string | true;
    /** Expression that is computed when it is read. */
    readonly alias?: string;
    readonly comment?: string;
    /** As in `Delta, ZSTD(3)`. @default the server's */
    readonly codec?: string;
    /** When its values become the default, as in `at + INTERVAL 30 DAY`. @default never */
    readonly ttl?: string;
    /** Statistics for the planner, as in `tdigest, uniq`. @default none */
    readonly statistics?: string;
}

/** What skips granules that cannot hold what a query asks for. It is built for rows that arrive from then on. */
export interface SkippingIndex {
    readonly name: string;
    readonly expression: string;
    /** As in `bloom_filter(0.01)`, `minmax`, `set(100)`. */
    readonly type: string;
    /** @default 1 */
    readonly granularity?: number;
}

/** The same rows in another order, or aggregated. It is built for rows that arrive from then on. */
export interface Projection {
    readonly name: string;
    /** As in `SELECT id, sum(amount) GROUP BY id`. */
    readonly query: string;
}

/** What every row is checked for at INSERT, or what the planner may assume of it. */
export interface TableConstraint {
    readonly name: string;
    readonly check?: string;
    readonly assume?: string;
}

/** Value of a setting. */
export type SettingValue = string | number | boolean;

/** What a table is beside its name, in ClickHouse's own words. */
export interface TableDocument {
    /** All of them, in their order. */
    readonly columns: readonly TableColumn[];
    /** With its arguments, as in `ReplacingMergeTree(updated)`. @default "MergeTree" */
    readonly engine?: string;
    /** Sorting key. @default none, for engines of MergeTree */
    readonly orderBy?: string | readonly string[];
    readonly partitionBy?: string;
    /** The beginning of the sorting key that is held in memory. @default all of it */
    readonly primaryKey?: string | readonly string[];
    readonly sampleBy?: string;
    /** When rows are deleted, moved or aggregated, as in `at + INTERVAL 30 DAY DELETE`. @default never */
    readonly ttl?: string | readonly string[];
    /** Settings of the table: `index_granularity`, `kafka_topic_list`. */
    readonly settings?: Readonly<Record<string, SettingValue>>;
    readonly indices?: readonly SkippingIndex[];
    readonly projections?: readonly Projection[];
    readonly constraints?: readonly TableConstraint[];
    readonly comment?: string;
}

/** What a view is beside its name. */
export interface ViewDocument {
    /** The SELECT. Names without a database are those of the view's own. */
    readonly query: string;
    /** Materialised: the table, `database.table` or one of the same database, that holds its rows. */
    readonly to?: string;
    /** Materialised, and computed anew from time to time: `EVERY 1 HOUR`. @default with each INSERT */
    readonly refresh?: string;
    readonly comment?: string;
}
