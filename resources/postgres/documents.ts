/** What a publication tells its readers of. */
export type PublishedOperation = "insert" | "update" | "delete" | "truncate";

/** A publication beside its name. */
export interface PublicationDocument {
    /** `schema.table`; without a schema it is in `public`. */
    readonly tables?: readonly string[];
    /** Every table of the database, also those to come. */
    readonly allTables?: boolean;
    /** @default all four */
    readonly operations?: readonly PublishedOperation[];
    /** Changes of partitions are told as changes of their partitioned table. @default false */
    readonly viaRoot?: boolean;
    /** Role that owns it. @default who made it */
    readonly owner?: string;
}
