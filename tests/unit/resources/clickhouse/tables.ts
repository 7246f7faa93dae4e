import fc from "fast-check";
import type { TableColumn, TableDocument } from "../../../../resources/clickhouse/documents";

const expression = fc.constantFrom("id", "lower(name)", "at + INTERVAL 30 DAY", "(id, name)", "'it''s'", "1 + 1");
const type = fc.constantFrom(
    "UInt64",
    "Nullable(String)",
    "LowCardinality(String)",
    "Decimal(10,2)",
    "Enum8('a' = 1, 'b, c' = 2)",
    "Tuple(a UInt8, b Array(String))",
    "DateTime64(3, 'UTC')",
);
const called = fc.constantFrom(
    "id",
    "name",
    "at",
    "odd name",
    "parts.x",
    "price",
    "order",
    "comment",
    "Ünit",
    "tick`s",
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const column: fc.Arbitrary<TableColumn> = fc
    .record({
        name: called,
        type,
        value: optional(fc.tuple(fc.constantFrom("default", "materialized", "alias", "ephemeral"), expression)),
        comment: optional(fc.string({ minLength: 1 })),
        codec: optional(fc.constantFrom("ZSTD(3)", "Delta(4), LZ4")),
        ttl: optional(fc.constant("at + INTERVAL 1 DAY")),
    })
    .map(({ value, ...rest }) => ({ ...rest, ...(value && { [value[0]]: value[1] }) }) as TableColumn);

const named = <T extends object>(more: fc.Arbitrary<T>) =>
    fc
        .uniqueArray(fc.tuple(fc.constantFrom("one", "two", "odd one"), more), {
            selector: ([name]) => name,
            maxLength: 3,
        })
        .map((items) => items.map(([name, rest]) => ({ name, ...rest })));

/** Tables as people may declare them. */
export const anyTable: fc.Arbitrary<TableDocument> = fc.record(
    {
        columns: fc.uniqueArray(column, { selector: ({ name }) => name, minLength: 1, maxLength: 6 }),
        engine: fc.constantFrom("MergeTree", "MergeTree()", "ReplacingMergeTree(at)", "Kafka", "Null"),
        orderBy: fc.constantFrom<string | string[]>("id", "(id, name)", ["id", "lower(name)"], "tuple()"),
        partitionBy: fc.constantFrom("toYYYYMM(at)", "(a, b)"),
        ttl: fc.constantFrom<string | string[]>("at + INTERVAL 1 DAY", [
            "at + INTERVAL 1 DAY DELETE",
            "at TO DISK 'cold'",
        ]),
        settings: fc.dictionary(
            fc.constantFrom("index_granularity", "min_bytes_for_wide_part", "topic"),
            fc.oneof(fc.nat(), fc.boolean(), fc.string({ minLength: 1 })),
        ),
        indices: named(
            fc.record({
                expression,
                type: fc.constantFrom("minmax", "bloom_filter(0.01)"),
                granularity: fc.integer({ min: 1, max: 9 }),
            }),
        ),
        projections: named(fc.record({ query: fc.constant("SELECT id ORDER BY name") })),
        constraints: named(
            fc.oneof(fc.record({ check: fc.constant("id > 0") }), fc.record({ assume: fc.constant("id > 0") })),
        ),
        comment: fc.string({ minLength: 1 }),
    },
    { requiredKeys: ["columns"] },
) as fc.Arbitrary<TableDocument>;
