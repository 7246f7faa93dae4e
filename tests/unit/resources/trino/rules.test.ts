import fc from "fast-check";
import { UNKNOWN } from "../../../../resources/lifecycle";
import { StatementError } from "../../../../resources/trino/api";
import {
    type CatalogDocument,
    catalogDifferences,
    catalogProblems,
    secretValues,
} from "../../../../resources/trino/catalog-rules";
import { catalogNameProblems } from "../../../../resources/trino/names";
import { canonicalSchema, schemaProblems } from "../../../../resources/trino/schema-rules";
import { serverProblems } from "../../../../resources/trino/session";
import { queryTroubleOf } from "../../../../resources/trino/view-api";
import { viewProblems } from "../../../../resources/trino/view-rules";

// biome-ignore lint/suspicious/noTemplateCurlyInString: Trino's own form of a reference.
const REFERENCE = "${ENV:POSTGRES_PASSWORD}";

function paths(properties: object, plain = false): string[] {
    const document = { connector: "postgresql", properties } as CatalogDocument;
    return catalogProblems("pg", document, plain).map(({ property }) => property);
}

describe("a catalog's declaration", () => {
    it.each([
        "connection-password",
        "s3.aws-secret-key",
        "s3.aws-access-key",
        "azure.access-key",
        "azure.oauth.secret",
        "gcs.json-key",
        "iceberg.rest-catalog.oauth2.credential",
        "iceberg.rest-catalog.oauth2.token",
        "pinot.controller.authentication.password",
        "hive.metastore.thrift.client.ssl.key-password",
        "bigquery.credentials-key",
        "snowflake.private-key",
    ])("holds no %s in clear, unless that was asked for", (name) => {
        expect(paths({ [name]: "planted" })).toEqual([expect.stringContaining(name)]);
        expect(paths({ [name]: "planted" }, true)).toEqual([]);
        expect(paths({ [name]: REFERENCE })).toEqual([]);
        expect(paths({ [name]: UNKNOWN })).toEqual([]);
    });

    it.each([
        ["fs.s3.enabled", true],
        ["iceberg.rest-catalog.oauth2.token-exchange-enabled", "false"],
        ["password-file.refresh", "5s"],
        ["bigquery.credentials-file", "/etc/key.json"],
        ["s3.sse.kms-key-id", "alias/x"],
        ["redis.key-delimiter", ":"],
        ["connection-url", "jdbc:postgresql://postgres:5432/db?sslmode=require"],
        ["pinot.controller-urls", "http://pinot:9000"],
    ])("may say %s in clear", (name, value) => {
        expect(paths({ [name]: value })).toEqual([]);
    });

    it("holds no secret within an address either, and an error shows none", () => {
        const url = "mongodb://ann:planted-one@mongo:27017";
        const jdbc = "jdbc:postgresql://pg/db?user=ann&password=planted-two";
        expect(paths({ "mongodb.connection-url": url, "connection-url": jdbc })).toHaveLength(2);
        const properties = { "mongodb.connection-url": url, "connection-url": jdbc, "a.password": "three", b: "four" };
        expect(secretValues({ properties })).toEqual(["three", "planted-two", "planted-one"]);
        expect(secretValues({ properties: { "a.password": REFERENCE } })).toEqual([]);
    });

    it("is refused with every problem at its own path", () => {
        const properties = { "connector.name": "x", a: { b: 1 }, "connection-password": "p" };
        const problems = catalogProblems("Pg", { connector: "Postgre SQL", properties } as never, false);
        expect(problems.map(({ property }) => property)).toEqual([
            "catalog",
            "connector",
            'properties["connector.name"]',
            "properties.a",
            "properties.connection-password",
        ]);
        expect(catalogProblems("a", { connector: "memory", properties: "x" } as never, false)).toHaveLength(1);
        expect(catalogProblems(UNKNOWN, { connector: UNKNOWN, properties: UNKNOWN } as never, false)).toEqual([]);
    });

    it.each([undefined, "", "Upper", "../evil", "with.dot", "with space", "äö", "system", "-a"])(
        "is refused with the name %p",
        (name) => {
            expect(catalogNameProblems("catalog", name)).toHaveLength(1);
        },
    );

    it("is the same in any order and with numbers for texts, and another with another value", () => {
        const value = fc.oneof(fc.string(), fc.integer(), fc.boolean());
        fc.assert(
            fc.property(fc.dictionary(fc.string({ minLength: 1 }), value), fc.string(), (properties, other) => {
                const names = Object.keys(properties);
                const same = Object.fromEntries(names.reverse().map((name) => [name, String(properties[name])]));
                const one: CatalogDocument = { connector: "memory", properties };
                expect(catalogDifferences({ connector: "memory", properties: same }, one)).toEqual([]);
                const [name] = names;
                fc.pre(name !== undefined && String(properties[name]) !== other);
                const changed = { ...properties, [String(name)]: other };
                expect(catalogDifferences({ connector: "memory", properties: changed }, one)).toHaveLength(1);
                const { [String(name)]: _gone, ...fewer } = properties;
                expect(catalogDifferences({ connector: "memory", properties: fewer }, one)).toHaveLength(1);
            }),
        );
    });
});

describe("a schema's declaration", () => {
    it("is the same with and without a slash at the end of its location", () => {
        const at = (location: string) => canonicalSchema({ properties: { location } });
        expect(at("s3://lake/sales/")).toEqual(at("s3://lake/sales"));
        expect(at("s3://lake/sales")).not.toEqual(at("s3://lake/Sales"));
    });

    it("is refused with every problem at its own path", () => {
        const problems = schemaProblems("C", "information_schema", { properties: { location: ["a"] } } as never);
        expect(problems.map(({ property }) => property)).toEqual(["catalog", "schema", "properties.location"]);
    });
});

describe("a view's declaration", () => {
    const NAMES = { catalog: "c", schema: "s", view: "v" };

    it("is refused with every problem at its own path", () => {
        const wrong = { sql: "DROP TABLE x", security: "NOBODY", comment: 3 };
        const problems = viewProblems({ ...NAMES, view: "V" }, wrong as never);
        expect(problems.map(({ property }) => property)).toEqual(["view", "sql", "security", "comment"]);
        expect(viewProblems(NAMES, {} as never).map(({ property }) => property)).toEqual(["sql"]);
        expect(viewProblems(NAMES, { sql: UNKNOWN, security: UNKNOWN, comment: UNKNOWN } as never)).toEqual([]);
    });

    it("has the place of an error counted from the beginning of its query", () => {
        const errorLocation = { lineNumber: 4, columnNumber: 7 };
        const message = "line 4:7: Table 'a.b.c' does not exist";
        const error = new StatementError("q1", { errorName: "TABLE_NOT_FOUND", message, errorLocation }, []);
        expect(queryTroubleOf(error, "EXPLAIN\nCREATE VIEW x AS\n")).toEqual({
            said: "TABLE_NOT_FOUND: Table 'a.b.c' does not exist (query q1)",
            place: "line 2, column 7",
            isMissing: true,
        });
        expect(queryTroubleOf(error, "a\nb\nc\nd\n").place).toBeUndefined();
    });
});

describe("Trino's address", () => {
    it("is refused without a user, with credentials in it, or when it is none", () => {
        const properties = (server: object) => serverProblems(server as never).map(({ property }) => property);
        expect(properties({ url: "http://trino:8080", user: "ann" })).toEqual([]);
        expect(properties({ url: "trino:8080" })).toEqual(["server.url", "server.user"]);
        expect(properties({ url: "http://ann:x@trino:8080", user: "ann" })).toEqual(["server.url"]);
        expect(serverProblems(UNKNOWN as never)).toEqual([]);
    });
});
