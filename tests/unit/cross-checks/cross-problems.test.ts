import { crossProblems, type Declared, declaredPinotTable, refuseMisfits } from "../../../lib/cross-checks";

const fields = [
    { name: "id", type: "string" },
    { name: "amount", type: "double" },
] as const;
const topic = { name: "orders", messageKey: "id", fields };
const table = { title: 'PinotTable "orders"', topic: "orders", columns: fields, upsertKey: ["id"] };
const whats = (declared: Declared): string[] => crossProblems(declared).map(({ title, what }) => `${title}: ${what}`);

describe("what a pipeline declares on several servers", () => {
    it("fits together when every name and key is met", () => {
        const connectors = [{ title: 'KafkaConnector "orders"', topics: ["orders"] }];
        const bucketUses = [{ title: 'TrinoCatalog "lake"', bucket: "warehouse" }];
        const all = { topics: [topic], tables: [table], connectors, buckets: ["warehouse"], bucketUses };
        expect(crossProblems(all)).toEqual([]);
        expect(() => refuseMisfits("orders", all)).not.toThrow();
    });
    it("does not when a table reads a topic that nobody declares, and a similar name is offered", () => {
        const [problem] = crossProblems({ topics: [topic], tables: [{ ...table, topic: "Orders" }] });
        expect(problem?.what).toBe('it reads topic "Orders", which nobody declares');
        expect(problem?.wayOut).toContain('did you mean "orders"?');
    });
    it("does not when a job reads or writes a topic that nobody declares", () => {
        const job = { title: 'FlinkSqlJob "totals"', reads: ["orders", "payments"], writes: ["Orders"] };
        const [reads, writes] = crossProblems({ topics: [topic], jobs: [job] });
        expect(reads?.what).toBe('it reads topic "payments", which nobody declares');
        expect(writes?.what).toBe('it writes topic "Orders", which nobody declares');
        expect(writes?.wayOut).toContain('did you mean "orders"?');
    });
    it("takes topics and buckets that exist elsewhere as they are", () => {
        const bucketUses = [{ title: 'TrinoCatalog "lake"', bucket: "shared" }];
        expect(crossProblems({ tables: [table], bucketUses, elsewhere: ["orders", "shared"] })).toEqual([]);
    });
    it("does not when versions of a row can stand in different partitions", () => {
        expect(whats({ topics: [{ ...topic, messageKey: "amount" }], tables: [table] })).toEqual([
            'PinotTable "orders": rows are one by id, but topic "orders" is keyed by amount',
        ]);
    });
    it("accepts a topic keyed by a part of the primary key", () => {
        expect(crossProblems({ topics: [topic], tables: [{ ...table, upsertKey: ["amount", "id"] }] })).toEqual([]);
    });
    it("asks nothing of the key of a table in which every row stands for itself", () => {
        const { upsertKey: _key, ...append } = table;
        expect(crossProblems({ topics: [{ ...topic, messageKey: "amount" }], tables: [append] })).toEqual([]);
    });
    it("does not when fields are no columns, columns no fields, or their types differ", () => {
        const columns = [
            { name: "id", type: "long" },
            { name: "total", type: "double" },
        ] as const;
        expect(whats({ topics: [topic], tables: [{ ...table, columns }] })).toEqual([
            'PinotTable "orders": fields of topic "orders" are not columns: amount',
            'PinotTable "orders": columns are no fields of topic "orders": total',
            'PinotTable "orders": column id is long, the field is string',
        ]);
    });
    it("lets a table have columns that it computes", () => {
        const columns = [...fields, { name: "day" }];
        expect(crossProblems({ topics: [topic], tables: [{ ...table, columns, derived: ["day"] }] })).toEqual([]);
    });
    it("does not when a connector writes a topic, or a catalog uses a bucket, that nobody declares", () => {
        const connectors = [{ title: 'KafkaConnector "shop"', topics: ["shop.public.orders"] }];
        const bucketUses = [{ title: 'TrinoCatalog "lake"', bucket: "ware-house" }];
        expect(whats({ topics: [topic], connectors, buckets: ["warehouse"], bucketUses })).toEqual([
            'KafkaConnector "shop": it writes topic "shop.public.orders", which nobody declares',
            'TrinoCatalog "lake": it keeps its data in bucket "ware-house", which nobody declares',
        ]);
    });
    it("is refused with everything that is wrong at once", () => {
        expect(() =>
            refuseMisfits("orders", {
                topics: [{ ...topic, messageKey: "amount" }],
                tables: [table, { ...table, title: 'PinotTable "other"', topic: "none" }],
            }),
        ).toThrow(
            /^pipeline orders does not fit.*keyed by amount.*Way out.*reads topic "none".*Nothing was changed\.$/s,
        );
    });
    it("is read off the document that Pinot gets", () => {
        const schema = {
            schemaName: "orders",
            dimensionFieldSpecs: [{ name: "id", dataType: "STRING" }],
            metricFieldSpecs: [{ name: "amount", dataType: "LONG" }],
            dateTimeFieldSpecs: [],
            primaryKeyColumns: ["id"],
        } as const;
        expect(declaredPinotTable("orders", schema)).toEqual({
            title: 'PinotTable "orders"',
            topic: "orders",
            columns: [{ name: "id", type: "string" }, { name: "amount" }],
            upsertKey: [],
            derived: [],
        });
        const keyed = { ...topic, messageKey: "amount" };
        expect(whats({ topics: [keyed], tables: [declaredPinotTable("orders", schema, true)] })).toHaveLength(1);
    });
});
