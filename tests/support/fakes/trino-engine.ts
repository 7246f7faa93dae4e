import { type FakeAnswer, type FakeRequest, FakeServer } from "./fake-server";
import {
    catalogOf,
    definitionTrouble,
    type FakeCatalog,
    type FakeSchema,
    NAME,
    propertiesOf,
    type Relation,
    TEXT,
} from "./trino-definitions";
import { formatted, type Problem, SqlRefusal, viewProblem } from "./trino-sql";

interface Result {
    readonly columns?: readonly string[];
    readonly rows?: readonly (readonly unknown[])[];
    readonly updateType?: string;
    readonly prepared?: string;
}

/** A Trino 476 that holds catalogs, schemas and views, and answers in the words that the real one was heard to use. */
export class FakeTrino extends FakeServer {
    readonly catalogs = new Map<string, FakeCatalog>();
    /** Names of the secrets in its environment. */
    readonly environment: string[] = [];
    /** Every statement that was carried out and changed something. */
    readonly executed: string[] = [];
    /** A statement that matches is carried out, and then forgotten as by a restart: asked for it, the server knows it not. */
    forgetAfter: RegExp | undefined;
    /** Before 478 there is no such column. */
    showsState = false;

    private readonly queries = new Map<string, { sql: string; answer?: FakeAnswer }>();

    constructor() {
        super();
        this.catalogs.set("tpch", catalogOf("tpch", {}));
        this.catalogs.set("system", catalogOf("system", {}));
    }

    override writes(): string[] {
        return this.executed;
    }

    protected answer({ method, path, body }: FakeRequest): FakeAnswer {
        if (method === "POST" && path === "/v1/statement") {
            const id = `q${this.queries.size + 1}`;
            this.queries.set(id, { sql: String(body) });
            return { status: 200, body: { id, nextUri: `http://elsewhere:8080/v1/statement/queued/${id}/x/1` } };
        }
        const id = /\/(q\d+)\//.exec(path)?.[1] ?? "";
        const query = this.queries.get(id);
        if (method === "DELETE") return { status: 204, body: "" };
        if (query === undefined) return { status: 404, body: "Query not found" };
        // A page may be fetched again: it is the same, and nothing is carried out twice.
        query.answer ??= this.finished(id, query.sql);
        if (this.forgetAfter?.test(query.sql) !== true) return query.answer;
        this.forgetAfter = undefined;
        this.queries.set(id, { sql: query.sql, answer: FORGOTTEN });
        return FORGOTTEN;
    }

    private finished(id: string, sql: string): FakeAnswer {
        try {
            const { columns = [], rows = [], updateType, prepared } = this.execute(sql);
            if (updateType !== undefined && updateType !== "PREPARE") this.executed.push(sql);
            return {
                status: 200,
                headers: prepared === undefined ? {} : { "x-trino-added-prepare": preparedHeader(prepared) },
                body: {
                    id,
                    columns: columns.map((name) => ({ name, type: "varchar" })),
                    data: rows,
                    ...(updateType !== undefined && { updateType }),
                },
            };
        } catch (error) {
            if (!(error instanceof SqlRefusal)) throw error;
            return { status: 200, body: { id, error: error.wire } };
        }
    }

    private execute(sql: string): Result {
        const statements: readonly [RegExp, (...found: string[]) => Result][] = [
            [/^SELECT 1$/, () => ({ columns: ["_col0"], rows: [[1]] })],
            [/^SELECT \* FROM system\.metadata\.catalogs WHERE catalog_name = '(.*)'$/, (name) => this.listed(name)],
            [/^CREATE CATALOG "([^"]+)" USING (\w+)(?: WITH \((.*)\))?$/s, (...found) => this.createCatalog(...found)],
            [/^DROP CATALOG "([^"]+)"$/, (name) => this.dropCatalog(name)],
            [/^SHOW SCHEMAS FROM "([^"]+)"$/, (name) => this.showSchemas(name)],
            [
                /^EXPLAIN \(TYPE VALIDATE\) SELECT 1 FROM "([^"]+)"\."information_schema"\."schemata"$/,
                (name) => {
                    this.catalog(name);
                    return VALID;
                },
            ],
            [/^SELECT 'SCHEMA' AS kind, .* FROM "([^"]+)"\."information_schema".*$/, (name) => this.counts(name, sql)],
            [/^CREATE SCHEMA "([^"]+)"\."([^"]+)"(?: WITH \((.*)\))?$/s, (...found) => this.createSchema(...found)],
            [/^DROP SCHEMA "([^"]+)"\."([^"]+)"( CASCADE)?$/, (...found) => this.dropSchema(...found)],
            [/^SHOW CREATE SCHEMA "([^"]+)"\."([^"]+)"$/, (...found) => this.showSchema(...found)],
            [/^CREATE TABLE "([^"]+)"\."([^"]+)"\."([^"]+)" AS .*$/s, (...found) => this.createTable(...found)],
            [/^DROP TABLE "([^"]+)"\."([^"]+)"\."([^"]+)"$/, (...found) => this.dropRelation(...found)],
            [
                new RegExp(
                    `^CREATE (OR REPLACE )?((?:MATERIALIZED )?VIEW) ${NAME}\\.${NAME}\\.${NAME}(?: COMMENT ${TEXT})?(?: SECURITY (\\w+))?(?: WITH \\(([^\\n]*)\\))? AS\\n(.*)$`,
                    "s",
                ),
                (...found) => this.createView(sql, ...found),
            ],
            [
                /^EXPLAIN \(TYPE VALIDATE\)\nCREATE .* AS\n(.*)$/s,
                (query) => {
                    this.refuseView(sql, query);
                    return VALID;
                },
            ],
            [
                new RegExp(`^EXPLAIN \\(TYPE VALIDATE\\) SELECT \\* FROM ${NAME}\\.${NAME}\\.${NAME}$`),
                (...found) => this.readable(...found),
            ],
            [
                new RegExp(`^COMMENT ON VIEW ${NAME}\\.${NAME}\\.${NAME} IS (.*)$`, "s"),
                (...found) => this.comment(...found),
            ],
            [
                new RegExp(`^REFRESH MATERIALIZED VIEW ${NAME}\\.${NAME}\\.${NAME}$`),
                (...found) => this.refresh(...found),
            ],
            [
                new RegExp(`^SHOW CREATE ((?:MATERIALIZED )?VIEW) ${NAME}\\.${NAME}\\.${NAME}$`),
                (...found) => this.showView(...found),
            ],
            [
                new RegExp(`^DROP (?:MATERIALIZED )?VIEW IF EXISTS ${NAME}\\.${NAME}\\.${NAME}$`),
                (...found) => this.dropRelation(...found),
            ],
            [
                /^PREPARE millrace FROM (.*)$/s,
                (query) => ({ updateType: "PREPARE", prepared: `${formatted(query)}\n\n` }),
            ],
        ];
        for (const [pattern, answer] of statements) {
            const found = pattern.exec(sql);
            if (found !== null) return answer(...(found.slice(1) as string[]));
        }
        throw internal(`the fake has no answer to ${sql}`);
    }

    private listed(name = ""): Result {
        const found = this.catalogs.get(name);
        const columns = ["catalog_name", "connector_id", "connector_name"];
        if (this.showsState) columns.push("state");
        const state = found?.broken === true ? "FAILED_TO_LOAD" : "OPERATIONAL";
        const row = [name, name, found?.connector, ...(this.showsState ? [state] : [])];
        return { columns, rows: found === undefined ? [] : [row] };
    }

    private createCatalog(name = "", connector = "", list?: string): Result {
        if (this.catalogs.has(name)) throw refusal("ALREADY_EXISTS", `Catalog '${name}' already exists`);
        const properties = propertiesOf(list);
        const trouble = definitionTrouble(connector, properties, this.environment);
        if (trouble !== undefined) throw internal(trouble);
        this.catalogs.set(name, catalogOf(connector, properties));
        return { updateType: "CREATE CATALOG" };
    }

    private dropCatalog(name = ""): Result {
        if (!this.catalogs.delete(name)) throw refusal("CATALOG_NOT_FOUND", `Catalog '${name}' not found`);
        return { updateType: "DROP CATALOG" };
    }

    private catalog(name = "", place = ""): FakeCatalog {
        const found = this.catalogs.get(name);
        if (found === undefined) throw refusal("CATALOG_NOT_FOUND", `${place}Catalog '${name}' not found`);
        if (found.broken === true) {
            throw refusal("CATALOG_UNAVAILABLE", `Catalog '${name}' failed to initialize and is disabled`);
        }
        return found;
    }

    private showSchemas(name = ""): Result {
        const { connector, properties, schemas } = this.catalog(name);
        if (connector === "postgresql" && properties["connection-url"]?.includes("nowhere")) {
            const message = `Error listing schemas for catalog ${name}: The connection attempt failed.`;
            throw new SqlRefusal({ errorName: "JDBC_ERROR", errorType: "EXTERNAL", message });
        }
        return { columns: ["Schema"], rows: [...schemas.keys(), "information_schema"].map((schema) => [schema]) };
    }

    private counts(name: string | undefined, sql: string): Result {
        const { schemas } = this.catalog(name, "line 1:15: ");
        const only = /table_schema = '([^']*)'/.exec(sql)?.[1];
        const counted = [...schemas].filter(([schema]) => only === undefined || schema === only);
        const relations = counted.flatMap(([, { relations }]) => [...relations.values()]);
        const rows: [string, number][] = [
            ["SCHEMA", [...schemas.keys()].filter((schema) => schema !== "default").length],
            ["BASE TABLE", relations.filter(({ kind }) => kind !== "view").length],
            ["VIEW", relations.filter(({ kind }) => kind === "view").length],
        ];
        return { columns: ["kind", "number"], rows: rows.filter(([kind, count]) => kind === "SCHEMA" || count > 0) };
    }

    private schema(catalog = "", schema = ""): FakeSchema {
        const found = this.catalogs.has(catalog) ? this.catalog(catalog).schemas.get(schema) : undefined;
        if (found === undefined) {
            throw refusal("SCHEMA_NOT_FOUND", `line 1:1: Schema '${catalog}.${schema}' does not exist`);
        }
        return found;
    }

    private createSchema(catalog = "", schema = "", list?: string): Result {
        const { connector, properties, schemas } = this.catalog(catalog, "line 1:1: ");
        if (connector === "tpch") throw refusal("NOT_SUPPORTED", "This connector does not support creating schemas");
        if (schemas.has(schema)) {
            throw refusal("SCHEMA_ALREADY_EXISTS", `line 1:1: Schema '${catalog}.${schema}' already exists`);
        }
        const given = propertiesOf(list);
        const wrong = Object.keys(given).find((key) => connector !== "hive" || key !== "location");
        if (wrong !== undefined) {
            throw refusal(
                "INVALID_SCHEMA_PROPERTY",
                `line 1:26: Catalog '${catalog}' schema property '${wrong}' does not exist`,
            );
        }
        const location =
            connector === "hive" ? { location: `${properties["hive.metastore.catalog.dir"]}/${schema}` } : {};
        schemas.set(schema, { properties: { ...location, ...given }, relations: new Map() });
        return { updateType: "CREATE SCHEMA" };
    }

    private dropSchema(catalog = "", schema = "", cascade?: string): Result {
        const { relations } = this.schema(catalog, schema);
        if (relations.size > 0 && cascade === undefined) {
            throw refusal("SCHEMA_NOT_EMPTY", `line 1:1: Cannot drop non-empty schema '${schema}'`);
        }
        this.catalog(catalog).schemas.delete(schema);
        return { updateType: "DROP SCHEMA" };
    }

    private showSchema(catalog = "", schema = ""): Result {
        const properties = Object.entries(this.schema(catalog, schema).properties);
        const list = properties.map(([key, value]) => `   ${key} = '${value}'`).join(",\n");
        const text = `CREATE SCHEMA ${catalog}.${schema}${list === "" ? "" : `\nWITH (\n${list}\n)`}`;
        return { columns: ["Create Schema"], rows: [[text]] };
    }

    private createTable(catalog = "", schema = "", table = ""): Result {
        this.schema(catalog, schema).relations.set(table, { kind: "table" });
        return { updateType: "CREATE TABLE" };
    }

    private dropRelation(catalog = "", schema = "", name = ""): Result {
        this.schema(catalog, schema).relations.delete(name);
        return { updateType: "DROP" };
    }

    private createView(statement: string, ...found: string[]): Result {
        const [
            replace,
            kind = "",
            catalog = "",
            schema = "",
            view = "",
            comment,
            security = "DEFINER",
            list,
            query = "",
        ] = found;
        this.refuseView(statement, query);
        const { connector, schemas } = this.catalog(catalog, "line 1:1: ");
        const isMaterialized = kind !== "VIEW";
        if (connector === "tpch" || (isMaterialized && connector !== "iceberg")) {
            const what = isMaterialized ? "materialized views" : "views";
            throw refusal("NOT_SUPPORTED", `This connector does not support creating ${what}`);
        }
        const relations = schemas.get(schema)?.relations;
        if (relations === undefined) throw refusal("NOT_FOUND", `Schema ${schema} not found`);
        const there = relations.get(view);
        if (
            there !== undefined &&
            (there.kind !== (isMaterialized ? "materialized view" : "view") || replace === undefined)
        ) {
            const what = { table: "Table", view: "View", "materialized view": "Materialized view" }[there.kind];
            throw refusal("TABLE_ALREADY_EXISTS", `line 1:1: ${what} already exists: '${catalog}.${schema}.${view}'`);
        }
        const text = comment?.replaceAll("''", "'");
        relations.set(view, {
            kind: isMaterialized ? "materialized view" : "view",
            ...(isMaterialized && {
                properties: { format: "PARQUET", ...propertiesOf(list), location: `x-${Math.random()}` },
            }),
            sql: formatted(query),
            security,
            ...(text !== undefined && { comment: text }),
        });
        return { updateType: "CREATE VIEW" };
    }

    private refuseView(statement: string, query = ""): void {
        const problem: Problem | undefined = viewProblem(statement, query, (catalog, schema, relation) => {
            const found = this.catalogs.get(catalog);
            if (found === undefined) return "catalog";
            if (schema === "information_schema" || found.connector === "tpch") return undefined;
            const held = found.schemas.get(schema);
            if (held === undefined) return "schema";
            return held.relations.has(relation) ? undefined : "table";
        });
        if (problem !== undefined) throw new SqlRefusal({ errorType: "USER_ERROR", ...problem });
    }

    private readable(catalog = "", schema = "", view = ""): Result {
        const { sql = "" } = this.schema(catalog, schema).relations.get(view) ?? {};
        this.refuseView(sql, sql);
        return VALID;
    }

    private refresh(catalog = "", schema = "", view = ""): Result {
        if (/\/ ?0/.test(this.view("materialized view", catalog, schema, view).sql ?? "")) {
            throw refusal("DIVISION_BY_ZERO", "Division by zero");
        }
        return { updateType: "REFRESH MATERIALIZED VIEW" };
    }

    private view(kind: string, catalog = "", schema = "", view = ""): Relation {
        if (this.catalogs.get(catalog)?.broken === true) this.catalog(catalog);
        const found = this.catalogs.get(catalog)?.schemas.get(schema)?.relations.get(view);
        const name = `${catalog}.${schema}.${view}`;
        if (found === undefined) throw refusal("TABLE_NOT_FOUND", `line 1:1: ${kind} '${name}' does not exist`);
        if (found.kind !== kind) {
            throw refusal("NOT_SUPPORTED", `line 1:1: Relation '${name}' is a ${found.kind}, not a ${kind}`);
        }
        return found;
    }

    private comment(catalog = "", schema = "", view = "", text = ""): Result {
        const found = this.view("view", catalog, schema, view);
        if (text === "NULL") delete found.comment;
        else found.comment = text.slice(1, -1).replaceAll("''", "'");
        return { updateType: "COMMENT" };
    }

    private showView(kind = "", catalog = "", schema = "", view = ""): Result {
        const { sql, security, comment, properties } = this.view(kind.toLowerCase(), catalog, schema, view);
        const clause = comment === undefined ? "" : ` COMMENT '${comment.replaceAll("'", "''")}'`;
        const list = Object.entries(properties ?? {}).map(([key, value]) => `   ${key} = '${value}'`);
        const rest = properties === undefined ? ` SECURITY ${security}` : `\nWITH (\n${list.join(",\n")}\n)`;
        const text = `CREATE ${kind} ${catalog}.${schema}.${view}${clause}${rest} AS\n${sql}`;
        return { columns: ["Create View"], rows: [[text]] };
    }
}

const FORGOTTEN: FakeAnswer = { status: 404, body: "Query not found" };

const VALID: Result = { columns: ["Valid"], rows: [[true]] };

function preparedHeader(text: string): string {
    return `millrace=${encodeURIComponent(text).replaceAll("%20", "+")}`;
}

function refusal(errorName: string, message: string): SqlRefusal {
    return new SqlRefusal({ errorName, errorType: "USER_ERROR", message });
}

function internal(message: string): SqlRefusal {
    return new SqlRefusal({ errorName: "GENERIC_INTERNAL_ERROR", errorType: "INTERNAL_ERROR", message });
}
