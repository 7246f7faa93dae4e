import { isStatementError, quotedName } from "./api";
import { type CatalogDocument, canonicalProperties } from "./catalog-rules";
import { propertyList } from "./properties";
import { rowsOf, run, runOnce, type Session, where } from "./session";

/** A catalog as the server knows it. Its properties do not come back. */
export interface HeldCatalog {
    readonly connector: string;
    /** False when its definition is stored and could not be loaded. */
    readonly loaded: boolean;
}

/** How much lives in a catalog, or in one of its schemas. */
export interface Contents {
    /** Beside `default`, where a whole catalog is counted. */
    readonly schemas: number;
    readonly tables: number;
    readonly views: number;
}

/** The catalog as it is; undefined when there is none. Errors: no answer, refused credentials. */
export async function readCatalog(session: Session, catalog: string): Promise<HeldCatalog | undefined> {
    const found = await findCatalog(session, catalog);
    if (found === undefined) return undefined;
    const { connector_name: connector, state } = found;
    // A column since Trino 478.
    const loaded = typeof state === "string" ? !/fail/i.test(state) : await isLoaded(session, catalog);
    return { connector: String(connector), loaded };
}

/** The connector of a catalog; undefined when there is no such catalog. */
export async function connectorOf(session: Session, catalog: string): Promise<string | undefined> {
    const found = await findCatalog(session, catalog);
    return found && String(found.connector_name);
}

/** Creates it. Errors: `ALREADY_EXISTS`; what the connector says about its properties. Nothing is left behind then. */
export async function createCatalog(session: Session, catalog: string, document: CatalogDocument): Promise<void> {
    const properties = propertyList(canonicalProperties(document.properties));
    const create = `CREATE CATALOG ${quotedName(catalog)} USING ${document.connector}`;
    await runOnce(session, properties === "" ? create : `${create} WITH (${properties})`, async () => {
        const found = await findCatalog(session, catalog);
        return found?.connector_name === document.connector;
    });
}

/** Drops it; a missing one is dropped. */
export async function dropCatalog(session: Session, catalog: string): Promise<void> {
    const isGone = async () => (await findCatalog(session, catalog)) === undefined;
    try {
        await runOnce(session, `DROP CATALOG ${quotedName(catalog)}`, isGone);
    } catch (error) {
        if (!isStatementError(error, "CATALOG_NOT_FOUND")) throw error;
    }
}

/** Asks what the catalog connects to for its schemas: the least that any use of it needs. */
export async function askForSchemas(session: Session, catalog: string): Promise<void> {
    try {
        await run(session, `SHOW SCHEMAS FROM ${quotedName(catalog)}`);
    } catch (error) {
        // Whoever makes catalogs need not be allowed to look into them.
        if (!isStatementError(error, "PERMISSION_DENIED")) throw error;
    }
}

/** Counts what is in a catalog, or in one schema of it. A catalog that is missing or not loaded shows nothing. */
export async function countContents(session: Session, catalog: string, schema?: string): Promise<Contents> {
    const information = quotedName(catalog, "information_schema");
    const tables = schema === undefined ? "table_schema <> 'information_schema'" : where({ table_schema: schema });
    const sql =
        "SELECT 'SCHEMA' AS kind, count(*) AS number " +
        `FROM ${information}.schemata WHERE schema_name NOT IN ('default', 'information_schema') ` +
        `UNION ALL SELECT table_type, count(*) FROM ${information}.tables WHERE ${tables} GROUP BY table_type`;
    try {
        const counted = new Map((await rowsOf(session, sql)).map(({ kind, number }) => [kind, Number(number)]));
        const [schemas = 0, tables = 0, views = 0] = ["SCHEMA", "BASE TABLE", "VIEW"].map((kind) => counted.get(kind));
        return { schemas: schema === undefined ? schemas : 0, tables, views };
    } catch (error) {
        if (!isStatementError(error, "CATALOG_NOT_FOUND", ...NOT_LOADED)) throw error;
        return { schemas: 0, tables: 0, views: 0 };
    }
}

/** True when there is nothing to lose. */
export function isEmpty({ schemas, tables, views }: Contents): boolean {
    return schemas + tables + views === 0;
}

/** `2 tables and 1 view`; `no tables and no views` as `nothing`. */
export function contentsText(contents: Contents): string {
    const parts = (["schemas", "tables", "views"] as const)
        .filter((kind) => contents[kind] > 0)
        .map((kind) => `${contents[kind]} ${contents[kind] === 1 ? kind.slice(0, -1) : kind}`);
    return parts.length === 0 ? "nothing" : parts.join(" and ");
}

/** What Trino says of a catalog whose stored definition does not load: up to 476, and later. */
const NOT_LOADED = ["CATALOG_UNAVAILABLE", "CATALOG_NOT_AVAILABLE"];

/** Loaded is what an analysed statement may name; what the catalog connects to is not asked. */
async function isLoaded(session: Session, catalog: string): Promise<boolean> {
    try {
        await run(
            session,
            `EXPLAIN (TYPE VALIDATE) SELECT 1 FROM ${quotedName(catalog, "information_schema", "schemata")}`,
        );
        return true;
    } catch (error) {
        if (isStatementError(error, ...NOT_LOADED)) return false;
        if (isStatementError(error)) return true;
        throw error;
    }
}

async function findCatalog(session: Session, catalog: string): Promise<Record<string, unknown> | undefined> {
    const [found] = await rowsOf(
        session,
        `SELECT * FROM system.metadata.catalogs WHERE ${where({ catalog_name: catalog })}`,
    );
    return found;
}
