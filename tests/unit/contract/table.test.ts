import {
    dimension,
    key,
    metric,
    pinotIndexes,
    pinotSchema,
    problemsOf,
    table,
    time,
    union,
} from "../../../lib/contract";

const products = () =>
    table("product_analytics", {
        product_id: key.string(),
        product_name: dimension.string({ nullable: true }),
        views: metric.long({ use: "range" }),
        revenue: metric.double({ unit: "EUR" }),
        update_time: time.epochMillis(),
    });

const events = () =>
    union(
        "events",
        {
            by: "kind",
            common: { id: dimension.string({ use: "unique" }), at: time.epochMillis() },
            variants: {
                seen: { page: dimension.string() },
                bought: {
                    page: dimension.string(),
                    amount: metric.double(),
                    note: dimension.string({ nullable: true }),
                },
            },
        },
        { messageKey: "id" },
    );

describe("a table", () => {
    it("takes its primary key, message key and time column from its fields", () => {
        expect(products()).toMatchObject({
            primaryKey: ["product_id"],
            messageKey: "product_id",
            timeColumn: "update_time",
        });
    });

    it("keeps the order of its fields", () => {
        expect(products().columns.map(({ name }) => name)).toEqual([
            "product_id",
            "product_name",
            "views",
            "revenue",
            "update_time",
        ]);
    });

    it("names every problem of its definition in one error", () => {
        const define = () =>
            table("Bad-Name", { id: key.string({ nullable: true }), total: metric.long() }, { messageKey: "other" });
        expect(define).toThrow(/"Bad-Name" is not lower case/);
        expect(define).toThrow(/key "id" cannot be nullable/);
        expect(define).toThrow(/needs a time column/);
        expect(define).toThrow(/message key "other"/);
    });

    it.each(["1st", "select *", "Ünicode", "a-b", ""])("refuses the column name %p", (name) => {
        expect(() => table("t", { [name]: dimension.string(), at: time.epochMillis() })).toThrow("is not lower case");
    });
});

describe("a union", () => {
    it("holds common fields, the discriminator and the fields of all variants, each once", () => {
        expect(events().columns.map(({ name }) => name)).toEqual(["id", "at", "kind", "page", "amount", "note"]);
    });

    it("makes nullable what not every variant has, and only that", () => {
        const nullable = events().columns.filter((column) => column.nullable);
        expect(nullable.map(({ name }) => name)).toEqual(["amount", "note"]);
    });

    it("refuses a field that means different things in two variants", () => {
        const define = () =>
            union("e", {
                by: "kind",
                common: { at: time.epochMillis() },
                variants: {
                    a: { size: metric.long() },
                    b: { size: dimension.string() },
                    c: { at: dimension.string() },
                },
            });
        expect(define).toThrow(/"size" is metric.long and dimension.string/);
        expect(define).toThrow(/"at" is also a common field/);
    });
});

describe("the judgement of a row", () => {
    it("finds nothing wrong with a row of each variant", () => {
        expect(problemsOf(events(), { id: "1", at: 1, kind: "seen", page: "/" })).toEqual([]);
        expect(problemsOf(events(), { id: "1", at: 1, kind: "bought", page: "/", amount: 1.5, note: null })).toEqual(
            [],
        );
    });

    it("names every wrong column, and columns that do not belong to the variant", () => {
        const problems = problemsOf(events(), { id: "", at: 1.5, kind: "seen", page: "/", amount: 3 });
        expect(problems.join("\n")).toMatch(/id: .*\n.*at: .*\n.*amount/s);
    });

    it("refuses an unknown variant and what is no row at all", () => {
        for (const value of [{ id: "1", at: 1, kind: "other" }, "text", null, 3]) {
            expect(problemsOf(events(), value)).not.toEqual([]);
        }
    });
});

describe("the Pinot schema", () => {
    it("sorts columns into dimensions, metrics and times, and names the primary key", () => {
        expect(pinotSchema(products())).toEqual({
            schemaName: "product_analytics",
            dimensionFieldSpecs: [
                { name: "product_id", dataType: "STRING" },
                { name: "product_name", dataType: "STRING" },
            ],
            metricFieldSpecs: [
                { name: "views", dataType: "LONG" },
                { name: "revenue", dataType: "DOUBLE" },
            ],
            dateTimeFieldSpecs: [
                {
                    name: "update_time",
                    dataType: "LONG",
                    format: "1:MILLISECONDS:EPOCH",
                    granularity: "1:MILLISECONDS",
                },
            ],
            primaryKeyColumns: ["product_id"],
        });
    });

    it("has no primary key when the contract has none", () => {
        expect(pinotSchema(events())).not.toHaveProperty("primaryKeyColumns");
    });

    it("turns the use of columns into indexes", () => {
        expect(pinotIndexes(events())).toEqual({
            invertedIndexColumns: ["kind"],
            rangeIndexColumns: [],
            noDictionaryColumns: ["id"],
        });
        expect(pinotIndexes(products()).rangeIndexColumns).toEqual(["views"]);
    });
});
