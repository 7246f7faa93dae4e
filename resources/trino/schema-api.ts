import { isStatementError, quotedName } from "./api";
import { propertyList } from "./properties";
import type { SchemaDocument } from "./schema-rules";
import { run, runOnce, type Session } from "./session";
import { shown } from "./sql-text";

/** The schema as it is; undefined when there is none, or no catalog that could have it. */
export async function readSchema(
    session: Session,
    catalog: string,
    schema: string,
): Promise<SchemaDocument | undefined> {
    try {
        const { rows } = await run(session, `SHOW CREATE SCHEMA ${quotedName(catalog, schema)}`);
        return { properties: shown(String(rows[0]?.[0])).properties };
    } catch (error) {
        if (isStatementError(error, "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND")) return undefined;
        throw error;
    }
}

/** Creates it. Errors: `SCHEMA_ALREADY_EXISTS`; what the connector says. */
export async function createSchema(
    session: Session,
    catalog: string,
    schema: string,
    { properties = {} }: SchemaDocument,
): Promise<void> {
    const list = propertyList(properties);
    const create = `CREATE SCHEMA ${quotedName(catalog, schema)}`;
    const isThere = async () => (await readSchema(session, catalog, schema)) !== undefined;
    await runOnce(session, list === "" ? create : `${create} WITH (${list})`, isThere);
}

/**
 * Drops it; a missing one is dropped. Errors: `SCHEMA_NOT_EMPTY`.
 * @param cascade with every table and view in it.
 */
export async function dropSchema(session: Session, catalog: string, schema: string, cascade: boolean): Promise<void> {
    const isGone = async () => (await readSchema(session, catalog, schema)) === undefined;
    try {
        await runOnce(session, `DROP SCHEMA ${quotedName(catalog, schema)}${cascade ? " CASCADE" : ""}`, isGone);
    } catch (error) {
        if (!isStatementError(error, "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND")) throw error;
    }
}
