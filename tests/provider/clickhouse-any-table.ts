import fc from "fast-check";

/** None is Nullable: the server wants a DEFAULT for a column that ceases to be. */
const NUMBERS = ["UInt8", "UInt64", "INT", "Decimal(10,2)"];
const TEXTS = ["String", "LowCardinality(String)", "varchar(20)"];

const column = fc
    .record({
        type: fc.constantFrom(...NUMBERS, ...TEXTS),
        value: fc.option(fc.constantFrom("default", "materialized", "alias"), { nil: undefined }),
        comment: fc.option(fc.constantFrom("it's", "b"), { nil: undefined }),
        codec: fc.option(fc.constantFrom("ZSTD", "LZ4"), { nil: undefined }),
        ttl: fc.option(fc.constantFrom("at + INTERVAL 1 DAY", "at+interval 2 week"), { nil: undefined }),
    })
    .map(({ type, value, comment, codec, ttl }) => {
        const expression = NUMBERS.includes(type) ? "1+1" : "upper( 'x' )";
        return {
            type,
            ...(value && { [value]: expression }),
            ...(comment && { comment }),
            ...(codec && value !== "alias" && { codec }),
            ...(ttl && value !== "alias" && { ttl }),
        };
    });

/** Declarations that a server takes, and among which a table without rows can change: all have the same keys. */
export const anyDeclaration: fc.Arbitrary<Record<string, unknown>> = fc
    .record({
        names: fc.shuffledSubarray(["id", "at", "a", "b", "odd name", "p.x"], { minLength: 0 }),
        columns: fc.array(column, { minLength: 6, maxLength: 6 }),
        ttl: fc.option(fc.constantFrom("at + INTERVAL 30 DAY", "at + toIntervalDay(60) DELETE"), { nil: undefined }),
        settings: fc.dictionary(
            fc.constantFrom("min_bytes_for_wide_part", "min_rows_for_wide_part"),
            fc.integer({ min: 0, max: 9 }),
        ),
        indices: fc.uniqueArray(
            fc.record({
                name: fc.constantFrom("one", "two"),
                expression: fc.constantFrom("id", "(id, at)", "id*2"),
                type: fc.constantFrom("minmax", "set(10)"),
            }),
            { selector: ({ name }) => name },
        ),
        constraints: fc.uniqueArray(
            fc.record({ name: fc.constantFrom("c", "d"), check: fc.constantFrom("id>=0", "id < 100") }),
            { selector: ({ name }) => name },
        ),
        comment: fc.option(fc.constantFrom("x", "it's y"), { nil: undefined }),
    })
    .map(({ names, columns, ...rest }) => {
        const keys: Record<string, object> = { id: { type: "UInt64" }, at: { type: "DateTime" } };
        const called = [...new Set([...names, "id", "at"])];
        return {
            columns: called.map((name, at) => ({ name, ...(keys[name] ?? columns[at]) })),
            orderBy: "id",
            ...rest,
        };
    });
