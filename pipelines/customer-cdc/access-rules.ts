/** Catalog and schema in which analysts make tables of their own, from what the views show. */
export const DATASETS = { catalog: "iceberg", schema: "datasets" } as const;

const EVERYTHING = ["SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP", "GRANT_SELECT"];

/**
 * Rules of Trino's file-based access control, as JSON: `platform` may do everything; everybody else reads the views and the
 * reports, makes tables in {@link DATASETS}, and sees no other catalog, so that ingestion is out of reach.
 *
 * Views have to be `DEFINER`, as `TrinoView` makes them: they then read as `platform`, who may pass on what it reads.
 * @param platform whom the platform's statements are run as.
 */
export function analystRules(platform: string): string {
    const user = platform.replace(/[^\w-]/g, "\\$&");
    return JSON.stringify({
        // The first rule that fits decides.
        catalogs: [
            // Making and dropping catalogs takes more than "all".
            { user, allow: "owner" },
            { catalog: "hive|system", allow: "read-only" },
            { catalog: DATASETS.catalog, allow: "all" },
        ],
        schemas: [{ user, owner: true }, { owner: false }],
        tables: [
            { user, privileges: EVERYTHING },
            { catalog: "hive", schema: "views", privileges: ["SELECT"] },
            { catalog: "iceberg", schema: "reports", privileges: ["SELECT"] },
            { ...DATASETS, privileges: EVERYTHING },
        ],
        // Running, seeing and ending their own needs no rule beyond "execute".
        queries: [{ user, allow: ["execute", "kill", "view"] }, { allow: ["execute"] }],
    });
}
