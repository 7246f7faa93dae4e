import { type Ask, quotedName } from "./api";
import type { PublicationDocument, PublishedOperation } from "./documents";
import { OPERATIONS, qualified } from "./publication-rules";

/** A publication as it is; tables with a column list or a filter carry it in their text. */
export type HeldPublication = Required<PublicationDocument>;

/** What a table of a publication is. */
export interface TableState {
    readonly table: string;
    readonly exists: boolean;
    /** Tells rows of an UPDATE or DELETE apart. */
    readonly hasIdentity: boolean;
}

/** The publication as it is; undefined when there is none. */
export async function readPublication(ask: Ask, publication: string): Promise<HeldPublication | undefined> {
    const [row] = await ask(
        "SELECT oid, puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot, " +
            "pg_get_userbyid(pubowner) AS owner FROM pg_publication WHERE pubname = $1",
        [publication],
    );
    if (row === undefined) return undefined;
    // Column lists and filters are those of PostgreSQL 15; to_jsonb reads them from servers that have them.
    const tables = await ask(
        "SELECT n.nspname || '.' || c.relname AS name, to_jsonb(r) ->> 'prattrs' AS columns, " +
            "to_jsonb(r) ->> 'prqual' IS NOT NULL AS filtered FROM pg_publication_rel r " +
            "JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace " +
            "WHERE r.prpubid = $1 ORDER BY 1",
        [row.oid],
    );
    return {
        allTables: row.puballtables === true,
        tables: tables.map(({ name, columns, filtered }) =>
            [String(name), columns === null ? "" : " (some columns)", filtered === true ? " (some rows)" : ""].join(""),
        ),
        operations: OPERATIONS.filter((operation) => row[`pub${operation}`] === true),
        viaRoot: row.pubviaroot === true,
        owner: String(row.owner),
    };
}

/** Whether tables are there, and can be told of. */
export async function tableStates(ask: Ask, tables: readonly string[]): Promise<TableState[]> {
    const rows = await ask(
        "SELECT t.name AS name, c.oid IS NOT NULL AS there, " +
            // d: the primary key; n: nothing; f: the whole row; i: an index.
            "coalesce(c.relkind = 'p' OR c.relreplident IN ('f', 'i') OR (c.relreplident = 'd' AND EXISTS " +
            "(SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)), false) AS identified " +
            "FROM unnest($1::text[]) AS t (name) LEFT JOIN pg_class c ON c.oid = to_regclass(t.name)",
        [tables.map(qualified)],
    );
    return rows.map(({ name, there, identified }) => ({
        table: String(name),
        exists: there === true,
        hasIdentity: identified === true,
    }));
}

/** Creates it. Errors: code 42710 when it is there, 42P01 when a table is not. */
export async function createPublication(ask: Ask, publication: string, document: PublicationDocument): Promise<void> {
    const { tables = [], allTables, operations = OPERATIONS, viaRoot = false } = document;
    const what = allTables === true ? "FOR ALL TABLES" : `FOR TABLE ${tableList(tables)}`;
    await ask(`CREATE PUBLICATION ${quotedName(publication)} ${what} WITH (${options({ operations, viaRoot })})`);
}

/** Says which tables it tells of, instead of those that it told of. */
export async function setTables(ask: Ask, publication: string, tables: readonly string[]): Promise<void> {
    await ask(`ALTER PUBLICATION ${quotedName(publication)} SET TABLE ${tableList(tables)}`);
}

/** Says what it tells of these tables. */
export async function setOptions(
    ask: Ask,
    publication: string,
    { operations = OPERATIONS, viaRoot = false }: PublicationDocument,
): Promise<void> {
    await ask(`ALTER PUBLICATION ${quotedName(publication)} SET (${options({ operations, viaRoot })})`);
}

/** Gives it to another role. */
export async function setOwner(ask: Ask, publication: string, owner: string): Promise<void> {
    await ask(`ALTER PUBLICATION ${quotedName(publication)} OWNER TO ${quotedName(owner)}`);
}

/** Removes it; a missing one is removed. */
export async function dropPublication(ask: Ask, publication: string): Promise<void> {
    await ask(`DROP PUBLICATION IF EXISTS ${quotedName(publication)}`);
}

function options({ operations, viaRoot }: { operations: readonly PublishedOperation[]; viaRoot: boolean }): string {
    const publish = OPERATIONS.filter((operation) => operations.includes(operation)).join(", ");
    return `publish = '${publish}', publish_via_partition_root = ${viaRoot}`;
}

function tableList(tables: readonly string[]): string {
    return tables.map((table) => qualified(table).split(".").map(quotedName).join(".")).join(", ");
}
