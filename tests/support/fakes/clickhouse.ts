import { viewOfCreate } from "../../../resources/clickhouse/create-query";
import type { ViewDocument } from "../../../resources/clickhouse/documents";
import { canonicalSql, cutAt, literal, splitList, textOf, tokensOf } from "../../../resources/clickhouse/sql-text";
import { engineName, isMergeTree } from "../../../resources/clickhouse/table-form";
import { altered, createdTable, createTableQuery, type FakeTable, Refused, type Row } from "./clickhouse-table";
import { type FakeAnswer, type FakeRequest, FakeServer } from "./fake-server";

interface FakeView extends ViewDocument {
    readonly columns: string;
    readonly ownTable?: boolean;
}

type FakeObject = FakeTable | FakeView;

interface FakeDatabase {
    readonly engine: string;
    comment: string;
    readonly objects: Map<string, FakeObject>;
}

/** ClickHouse's HTTP interface as far as our kinds and their matrices use it: statements, refusals, words. */
export class FakeClickHouse extends FakeServer {
    readonly username = "millrace";
    readonly password = "fake-password";
    readonly databases = new Map<string, FakeDatabase>();
    readonly collections = new Map<string, Map<string, string>>();
    /** Statements that match are refused with these words. */
    refusing: { statement: RegExp; code: number; type: string; words: string } | undefined;
    /** Statements that match are answered well, and not carried out. */
    ignoring: RegExp | undefined;

    private readonly scratch = new Map<string, FakeObject>();

    /** `CREATE TABLE`, `ALTER TABLE` and so on, of what changed something that others see. */
    override writes(): string[] {
        return this.requests
            .filter((request) => this.isWrite(request))
            .map(({ body }) => String(body).split(/\s+/).slice(0, 2).join(" "));
    }

    protected override isWrite({ body }: FakeRequest): boolean {
        return /^(CREATE|ALTER|DROP|RENAME|SYSTEM|KILL) (?!TEMPORARY)/.test(String(body));
    }

    protected answer(request: FakeRequest): FakeAnswer {
        try {
            const expected = `Basic ${Buffer.from(`${this.username}:${this.password}`).toString("base64")}`;
            if (request.authorization !== expected) {
                throw new Refused(
                    516,
                    "AUTHENTICATION_FAILED",
                    `${this.username}: Authentication failed: password is incorrect, or there is no user with such name.`,
                );
            }
            const statement = String(request.body ?? "")
                .replace(/\s*FORMAT JSONEachRow\s*$/, "")
                .trim();
            const { refusing } = this;
            if (refusing?.statement.test(statement)) throw new Refused(refusing.code, refusing.type, refusing.words);
            if (this.ignoring?.test(statement)) return { status: 200, body: "" };
            const rows = this.run(statement, request.query);
            return { status: 200, body: rows.map((row) => `${JSON.stringify(row)}\n`).join("") };
        } catch (error) {
            if (!(error instanceof Refused)) return { status: 500, body: `the fake failed: ${(error as Error).stack}` };
            const status = error.code === 516 ? 403 : error.code === 60 || error.code === 47 ? 404 : 500;
            return {
                status,
                body: `Code: ${error.code}. DB::Exception: ${error.message}. (${error.type}) (version 26.7.2.1)`,
            };
        }
    }

    private run(statement: string, query: URLSearchParams): object[] {
        if (statement.startsWith("SELECT")) return this.select(statement, query);
        const session = query.get("session_id") ?? "";
        const words = statement.split(/\s+/);
        if (/^CREATE TEMPORARY TABLE/.test(statement)) this.scratch.set(session, createdTable(statement));
        else if (/^CREATE TEMPORARY VIEW/.test(statement))
            this.scratch.set(session, this.view(statement, query.get("database") ?? "default"));
        else if (/^DROP TEMPORARY/.test(statement)) this.scratch.delete(session);
        else if (/^ALTER TEMPORARY/.test(statement)) {
            const commands = statement.replace(/^ALTER TEMPORARY TABLE \S+ /, "");
            this.scratch.set(session, altered(this.scratch.get(session) as FakeTable, commands));
        } else if (/^\w+ DATABASE/.test(statement)) this.database(statement);
        else if (/^\w+ NAMED/.test(statement)) this.collection(statement);
        else if (words[0] === "CREATE") this.create(statement, query.get("database") ?? "default");
        else if (words[0] === "ALTER") this.alter(statement);
        else if (words[0] === "DROP") this.drop(statement);
        else if (words[0] === "INSERT") this.insert(statement);
        else if (words[0] === "TRUNCATE") (this.find(words[2] ?? "").object as FakeTable).rows = [];
        else if (words[0] !== "SYSTEM") throw new Refused(62, "SYNTAX_ERROR", `Syntax error: ${words[0]}`);
        return [];
    }

    private create(statement: string, database: string): void {
        const [, replace, kind, path = ""] =
            /^CREATE (OR REPLACE )?(TABLE|VIEW|MATERIALIZED VIEW) (\S+)/.exec(statement) ?? [];
        const { objects, name } = this.place(path);
        if (replace === undefined && objects.has(name))
            throw new Refused(57, "TABLE_ALREADY_EXISTS", `Table ${path} already exists`);
        objects.set(name, kind === "TABLE" ? createdTable(statement) : this.view(statement, database));
    }

    private alter(statement: string): void {
        const [, path = "", commands = ""] = /^ALTER TABLE (\S+) ([\s\S]*)$/.exec(statement) ?? [];
        const { objects, name, object } = this.find(path);
        if ("document" in object) {
            objects.set(name, altered(object, commands));
            return;
        }
        const [, part, text = ""] = /^MODIFY (QUERY|COMMENT|REFRESH) ([\s\S]*)$/.exec(commands) ?? [];
        // Unlike CREATE, MODIFY QUERY leaves names without their database.
        const change = {
            QUERY: { query: canonicalSql(text) },
            COMMENT: { comment: tokensOf(text)[0]?.text ?? "" },
            REFRESH: { refresh: text },
        }[part ?? ""];
        objects.set(name, { ...object, ...change });
    }

    private drop(statement: string): void {
        const [, ifExists, path = ""] = /^DROP (?:TABLE|VIEW) (IF EXISTS )?(\S+)/.exec(statement) ?? [];
        const { objects, name } = this.place(path);
        if (!objects.delete(name) && ifExists === undefined)
            throw new Refused(60, "UNKNOWN_TABLE", `Table ${path} does not exist`);
    }

    private database(statement: string): void {
        const [, verb, path = "", rest = ""] = /^(\w+) DATABASE (?:IF EXISTS )?(\S+)([\s\S]*)$/.exec(statement) ?? [];
        const name = tokensOf(path)[0]?.text ?? "";
        const clauses = cutAt(tokensOf(rest), ["ENGINE", "COMMENT"]);
        const comment = clauses.get("COMMENT")?.[0]?.text ?? "";
        if (verb === "DROP") this.databases.delete(name);
        else if (verb === "ALTER") (this.databases.get(name) as FakeDatabase).comment = comment;
        else if (this.databases.has(name))
            throw new Refused(82, "DATABASE_ALREADY_EXISTS", `Database ${name} already exists`);
        else {
            const engine = textOf(clauses.get("ENGINE")?.slice(1) ?? []) || "Atomic";
            this.databases.set(name, { engine, comment, objects: new Map() });
        }
    }

    private collection(statement: string): void {
        const [, verb, path = "", rest = ""] =
            /^(\w+) NAMED COLLECTION (?:IF EXISTS )?(\S+)([\s\S]*)$/.exec(statement) ?? [];
        const name = tokensOf(path)[0]?.text ?? "";
        if (verb === "DROP") {
            this.collections.delete(name);
            return;
        }
        const held = this.collections.get(name) ?? new Map<string, string>();
        const clauses = cutAt(tokensOf(rest), ["AS", "SET", "DELETE"]);
        for (const [key, , , ...may] of splitList(clauses.get("AS") ?? clauses.get("SET") ?? [])) {
            const given = may.map(({ text }) => text).join(" ");
            held.set(key?.text ?? "", given === "" ? (held.get(key?.text ?? "") ?? "") : ` ${given}`);
        }
        for (const [key] of splitList(clauses.get("DELETE") ?? [])) held.delete(key?.text ?? "");
        this.collections.set(name, held);
    }

    private insert(statement: string): void {
        const [, path = "", columns = "", values = ""] =
            /^INSERT INTO (\S+) \(([^)]*)\) VALUES ([\s\S]*)$/.exec(statement) ?? [];
        const names = columns.split(", ");
        const rows = splitList(tokensOf(values)).map((tuple) => {
            const items = splitList(tuple.slice(1, -1)).map(([token]) =>
                token?.kind === "number" ? Number(token.text) : (token?.text ?? ""),
            );
            return Object.fromEntries(names.map((name, at) => [name, items[at] ?? 0])) as Row;
        });
        this.arrive(path, rows);
    }

    /** Rows go into a table, and through the materialised views of it. */
    private arrive(path: string, rows: readonly Row[]): void {
        (this.find(path).object as FakeTable).rows.push(...rows);
        for (const [database, { objects }] of this.databases) {
            for (const view of objects.values()) {
                if ("document" in view || view.to === undefined || !view.query.endsWith(` FROM ${path}`)) continue;
                const items = itemsOf(view.query);
                const seen = rows.map((row) => Object.fromEntries(items.map(({ called, of }) => [called, of(row)])));
                this.arrive(view.to.includes(".") ? view.to : `${database}.${view.to}`, seen);
            }
        }
    }

    private view(statement: string, database: string): FakeView {
        const query = textOf(cutAt(tokensOf(statement), ["AS"]).get("AS") ?? []);
        const whole = query.replace(/\b(FROM|JOIN) (\w+)(?![\w.(])/g, `$1 ${database}.$2`);
        const source = / FROM (\S+)/.exec(whole)?.[1];
        const held = source === undefined ? undefined : this.find(source).object;
        const columns = itemsOf(whole).map(({ called, type }) => {
            const own =
                held !== undefined && "document" in held
                    ? held.document.columns.find((column) => column.name === type)
                    : undefined;
            return `\`${called}\` ${own?.type ?? type}`;
        });
        const ownTable = statement.includes("ENGINE =");
        return { ...viewOfCreate(statement, whole), columns: columns.join(", "), ...(ownTable ? { ownTable } : {}) };
    }

    private select(statement: string, query: URLSearchParams): object[] {
        const parameter = (of: string): string =>
            query.get(`param_${of}`) ?? new RegExp(`\\b(?:${of}|name) = '([^']*)'`).exec(statement)?.[1] ?? "";
        if (statement.includes("formatQuerySingleLineOrNull")) {
            const statements = splitList(tokensOf(parameter("statements").slice(1, -1))).map(
                ([token]) => token?.text ?? "",
            );
            return [{ forms: statements.map((one) => (isReadable(one) ? one : null)) }];
        }
        if (statement.includes("is_temporary")) {
            const object = this.scratch.get(query.get("session_id") ?? "");
            return object === undefined ? [] : [{ create: createQuery(parameter("scratch"), object, true) }];
        }
        if (statement.includes("FROM system.databases")) {
            const { engine, comment } = this.databases.get(parameter("database")) ?? {};
            return engine === undefined ? [] : [{ engine, comment }];
        }
        if (statement.includes("FROM system.named_collections")) return this.namedCollection(parameter("collection"));
        if (statement.includes("FROM system.tables")) {
            const database = query.get("param_database") ?? /database = '([^']*)'/.exec(statement)?.[1] ?? "";
            const objects = [...(this.databases.get(database)?.objects ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
            const isList = statement.includes("OVER ()");
            const wanted = parameter("object");
            return objects
                .filter(([name]) => isList || name === wanted)
                .map(([name, object]) => ({
                    name,
                    total: objects.length,
                    ...described(`${database}.${name}`, object),
                }));
        }
        return this.selectRows(statement);
    }

    private namedCollection(name: string): object[] {
        const held = this.collections.get(name);
        if (held === undefined) return [];
        const items = [...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, may]) => `${key} = '[HIDDEN]'${may}`);
        return [{ source: "SQL", create: `CREATE NAMED COLLECTION ${name} AS ${items.join(", ")}` }];
    }

    private selectRows(statement: string): object[] {
        const { document, rows } = this.find(/ FROM (\S+)/.exec(statement)?.[1] ?? "").object as FakeTable;
        const [, cast, to = ""] = /accurateCastOrNull\(`(\w+)`, 'UInt(\d+)'/.exec(statement) ?? [];
        if (cast !== undefined) return [{ lost: rows.filter((row) => Number(row[cast]) >= 2 ** Number(to)).length }];
        const [, sum, called = ""] = /SELECT (?:sum\((\w+)\)|count\(\)) AS (\w+)/.exec(statement) ?? [];
        if (called !== "") {
            const total = rows.reduce((all, row) => all + Number(row[sum ?? ""]), 0);
            return [{ [called]: sum === undefined ? rows.length : total }];
        }
        const items = itemsOf(statement);
        return rows.map((row) =>
            Object.fromEntries(
                items.map(({ called: column }) => [
                    column,
                    row[column] ?? Number(document.columns.find((one) => one.name === column)?.default ?? 0),
                ]),
            ),
        );
    }

    private place(path: string): { objects: Map<string, FakeObject>; name: string } {
        const [database, object] = tokensOf(path).filter(({ kind }) => kind !== "sign");
        const held = this.databases.get(database?.text ?? "");
        if (held === undefined) throw new Refused(81, "UNKNOWN_DATABASE", `Database ${database?.text} does not exist`);
        return { objects: held.objects, name: object?.text ?? "" };
    }

    private find(path: string): { objects: Map<string, FakeObject>; name: string; object: FakeObject } {
        const { objects, name } = this.place(path);
        const object = objects.get(name);
        if (object === undefined) throw new Refused(60, "UNKNOWN_TABLE", `Table ${path} does not exist`);
        return { objects, name, object };
    }
}

function described(path: string, object: FakeObject): object {
    const create = createQuery(path, object, false);
    if (!("document" in object)) {
        const engine = object.to === undefined && object.ownTable !== true ? "View" : "MaterializedView";
        return { engine, create, query: object.query, has_own_data: 0, rows: null, bytes: null };
    }
    const engine = engineName(object.document.engine ?? "");
    const hasOwnData = isMergeTree(engine) ? 1 : 0;
    const rows = object.rows.length;
    return {
        engine,
        create,
        query: "",
        has_own_data: hasOwnData,
        rows: hasOwnData ? rows : null,
        bytes: hasOwnData ? rows * 100 : null,
    };
}

function createQuery(path: string, object: FakeObject, isTemporary: boolean): string {
    if ("document" in object) return createTableQuery(path, object, isTemporary);
    const { columns, to, refresh, comment, query } = object;
    return [
        `CREATE ${isTemporary ? "TEMPORARY " : ""}${to === undefined ? "" : "MATERIALIZED "}VIEW ${path}`,
        ...(refresh === undefined ? [] : [`REFRESH ${refresh}`]),
        ...(to === undefined ? [] : [`TO ${to}`]),
        `(${columns})`,
        ...(comment ? [`COMMENT ${literal(comment)}`] : []),
        `AS ${query}`,
    ].join(" ");
}

/** What a simple SELECT shows: names, `upper(name) AS name`, `1 AS id`. */
function itemsOf(query: string): { called: string; type: string; of: (row: Row) => string | number }[] {
    const list = cutAt(tokensOf(query), ["SELECT", "FROM"]).get("SELECT") ?? [];
    return splitList(list).map((item) => {
        const text = textOf(item);
        const [, fn, column = "", called = ""] = /^(?:(upper|lower)\()?(\w+)\)?(?: AS (\w+))?$/.exec(text) ?? [];
        const apply = { upper: (value: string) => value.toUpperCase(), lower: (value: string) => value.toLowerCase() }[
            fn ?? ""
        ];
        return {
            called: called || column,
            type: /^\d/.test(column) ? "UInt8" : column,
            of: (row: Row) => (apply === undefined ? (row[column] ?? 0) : apply(String(row[column] ?? ""))),
        };
    });
}

/** Whether the server's parser takes a statement: brackets, and operators that lack what they work on. */
function isReadable(statement: string): boolean {
    const tokens = tokensOf(statement).filter(({ kind }) => kind === "sign");
    const count = (sign: string): number => tokens.filter(({ text }) => text === sign).length;
    return count("(") === count(")") && !/[+*/]\s*(\)|,|$)/.test(statement) && !/SELECT\s+FROM/i.test(statement);
}
