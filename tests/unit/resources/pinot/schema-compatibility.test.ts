import * as fc from "fast-check";
import { mismatch } from "../../../../resources/document";
import { UNKNOWN } from "../../../../resources/lifecycle";
import type { FieldSpec, SchemaDocument } from "../../../../resources/pinot/documents";
import { schemaIncompatibilities, schemaNeedsReload } from "../../../../resources/pinot/schema-compatibility";
import {
    canonicalFormat,
    canonicalSchema,
    SCHEMA_RULES,
    schemaProblems,
    schemaToWire,
} from "../../../../resources/pinot/schema-rules";
import { answeredSchema } from "../../../support/fakes/pinot-generation";

const TYPES = ["INT", "LONG", "FLOAT", "DOUBLE", "STRING", "BOOLEAN", "TIMESTAMP", "JSON"];
const DEFAULTS: Record<string, unknown> = {
    INT: -2147483648,
    LONG: "-9223372036854775808",
    STRING: "null",
    BOOLEAN: false,
    TIMESTAMP: 0,
    JSON: "null",
};

const column = fc.record({
    dataType: fc.constantFrom(...TYPES),
    singleValueField: fc.option(fc.boolean(), { nil: undefined }),
    withDefault: fc.boolean(),
});
const schemas: fc.Arbitrary<SchemaDocument> = fc
    .record({
        columns: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/), column, { minKeys: 1, maxKeys: 8 }),
        format: fc.constantFrom(
            "1:MILLISECONDS:EPOCH",
            "EPOCH|MILLISECONDS|1",
            "EPOCH|MILLISECONDS",
            "SIMPLE_DATE_FORMAT|yyyyMMdd",
        ),
    })
    .map(({ columns, format }) => ({
        schemaName: "s",
        dimensionFieldSpecs: Object.entries(columns).map(([name, { dataType, singleValueField, withDefault }]) => ({
            name,
            dataType,
            ...(singleValueField === undefined ? {} : { singleValueField }),
            ...(withDefault && DEFAULTS[dataType] !== undefined
                ? { defaultNullValue: DEFAULTS[dataType] as string }
                : {}),
        })),
        dateTimeFieldSpecs: [{ name: "the_time", dataType: "LONG", format, granularity: "MILLISECONDS|1" }],
        primaryKeyColumns: Object.keys(columns).slice(0, 1),
    }));

describe.each(["0.11.0", "1.5.1"] as const)("a schema as %s answers it", (generation) => {
    it("is equal to what was declared, whatever its columns, defaults, forms and order", () => {
        fc.assert(
            fc.property(schemas, fc.boolean(), (schema, reverse) => {
                const answered = answeredSchema(generation, { ...schemaToWire(schema) });
                const fields = answered.dimensionFieldSpecs as unknown[];
                if (reverse) fields.reverse();
                expect(
                    mismatch(
                        canonicalSchema(schema),
                        canonicalSchema(answered as unknown as SchemaDocument),
                        SCHEMA_RULES,
                    ),
                ).toEqual([]);
            }),
        );
    });
});

describe("compatibility of schemas", () => {
    it("holds for added columns, other defaults and another order", () => {
        fc.assert(
            fc.property(schemas, (schema) => {
                const fields = [...(schema.dimensionFieldSpecs ?? [])].reverse();
                const next = { ...schema, dimensionFieldSpecs: [...fields, { name: "Added", dataType: "INT" }] };
                expect(schemaIncompatibilities(schema, next)).toEqual([]);
                expect(schemaNeedsReload(schema, next)).toBe(true);
                expect(schemaNeedsReload(schema, schema)).toBe(false);
            }),
        );
    });

    it("breaks for any illegal change, with the column, the reason and the way out", () => {
        const illegal: ((field: FieldSpec) => FieldSpec | undefined)[] = [
            () => undefined,
            (field) => ({ ...field, dataType: field.dataType === "INT" ? "STRING" : "INT" }),
            (field) => ({ ...field, singleValueField: field.singleValueField === false }),
        ];
        fc.assert(
            fc.property(schemas, fc.constantFrom(...illegal), fc.nat(), (schema, change, pick) => {
                const fields = schema.dimensionFieldSpecs ?? [];
                const index = pick % fields.length;
                const next = fields.flatMap((field, at) => (at === index ? (change(field) ?? []) : field));
                const found = schemaIncompatibilities(schema, { ...schema, dimensionFieldSpecs: next });
                expect(found.map((one) => one.column)).toContain(fields[index]?.name);
                for (const one of found) expect(one.what && one.why && one.wayOut).toBeTruthy();
            }),
        );
    });

    it("lets a column change its list, and primary keys be added but not changed", () => {
        const old = { schemaName: "s", metricFieldSpecs: [{ name: "a", dataType: "LONG" }] };
        expect(
            schemaIncompatibilities(old, { schemaName: "s", dimensionFieldSpecs: [{ name: "a", dataType: "LONG" }] }),
        ).toEqual([]);
        const keyed = { ...old, primaryKeyColumns: ["a"] };
        expect(schemaIncompatibilities(old, keyed)).toEqual([]);
        expect(schemaIncompatibilities(keyed, old).map(({ path }) => path)).toEqual(["schema.primaryKeyColumns"]);
    });

    it("gives unknown values the benefit of the doubt", () => {
        const old = {
            schemaName: "s",
            dimensionFieldSpecs: [{ name: "a", dataType: "LONG" }],
            primaryKeyColumns: ["a"],
        };
        const next = {
            schemaName: "s",
            dimensionFieldSpecs: UNKNOWN,
            primaryKeyColumns: UNKNOWN,
        } as unknown as SchemaDocument;
        expect(schemaIncompatibilities(old, next)).toEqual([]);
    });
});

describe("rules of a schema", () => {
    it("names every problem in one go", () => {
        const schema = {
            schemaName: "a__b",
            dimensionFieldSpecs: [
                { name: "x", dataType: "string" },
                { name: "x", dataType: "INT" },
                { name: "a b", dataType: "INT" },
            ],
            metricFieldSpecs: [{ name: "m", dataType: "STRING" }],
            dateTimeFieldSpecs: [{ name: "t", dataType: "LONG" }],
            primaryKeyColumns: ["nope"],
        } as unknown as SchemaDocument;
        expect(schemaProblems(schema).map(({ property }) => property)).toEqual([
            "schema.schemaName",
            "schema.dimensionFieldSpecs[0].dataType",
            "schema.dimensionFieldSpecs[1].name",
            "schema.dimensionFieldSpecs[2].name",
            "schema.metricFieldSpecs[0].dataType",
            "schema.dateTimeFieldSpecs[0].format",
            "schema.dateTimeFieldSpecs[0].granularity",
            "schema.primaryKeyColumns[0]",
        ]);
    });
    it.each([
        ["EPOCH|SECONDS|10", "10:SECONDS:EPOCH"],
        ["EPOCH", "1:MILLISECONDS:EPOCH"],
        ["TIMESTAMP", "1:MILLISECONDS:TIMESTAMP"],
        ["SIMPLE_DATE_FORMAT|yyyy-MM-dd HH:mm", "1:DAYS:SIMPLE_DATE_FORMAT:yyyy-MM-dd HH:mm"],
        ["1:HOURS:SIMPLE_DATE_FORMAT:yyyyMMdd", "1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd"],
    ])("reads %s as %s", (format, expected) => {
        expect(canonicalFormat(format)).toBe(expected);
    });
});
