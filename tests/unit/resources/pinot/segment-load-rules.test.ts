import { UNKNOWN } from "../../../../resources/lifecycle";
import {
    batchConfigOf,
    beginningProblem,
    headerProblem,
    isOfLoad,
    type LoadDocument,
    loadProblems,
    offlineName,
    segmentNames,
} from "../../../../resources/pinot/segment-load-rules";

const LOAD: LoadDocument = {
    table: "orders",
    segmentPrefix: "orders-2026",
    files: ["a.csv", "b.csv"],
    format: "csv",
    contents: [
        { sha256: "a".repeat(64), bytes: 10 },
        { sha256: "b".repeat(64), bytes: 10 },
    ],
};
const propertiesOf = (changed: object): string[] =>
    loadProblems({ ...LOAD, ...changed } as LoadDocument).map(({ property }) => property);

describe("names of segments", () => {
    it("say what is in them: content, format and reader, whatever the order in which settings stand", () => {
        const [first, second] = segmentNames(LOAD);
        expect(first).toMatch(/^orders-2026_[0-9a-f]{16}$/);
        expect(second).not.toBe(first);
        expect(segmentNames({ ...LOAD, files: ["renamed.csv", "b.csv"] })[0]).toBe(first);
        expect(segmentNames({ ...LOAD, format: "json" })[0]).not.toBe(first);
        const one = segmentNames({ ...LOAD, reader: { delimiter: ";", skipHeader: true } });
        expect(segmentNames({ ...LOAD, reader: { skipHeader: "true", delimiter: ";" } })).toEqual(one);
        expect(one[0]).not.toBe(first);
    });

    it("tell segments of one load from those of others", () => {
        const [name = ""] = segmentNames(LOAD);
        expect(isOfLoad(name, "orders-2026")).toBe(true);
        for (const other of ["orders", "orders-2026_x", "x"]) expect(isOfLoad(name, other)).toBe(false);
        expect(isOfLoad("orders-2026_2026-01-01_2026-01-31_0", "orders-2026")).toBe(false);
    });

    it("are given to the controller with the settings of the reader", () => {
        expect(batchConfigOf({ ...LOAD, reader: { delimiter: ";" } }, "s")).toEqual({
            inputFormat: "csv",
            "segmentNameGenerator.type": "fixed",
            "segmentNameGenerator.configs.segment.name": "s",
            "recordReader.prop.delimiter": ";",
        });
    });
});

describe("rules of a load", () => {
    it("find nothing wrong with one that is right, nor with what is not known yet", () => {
        expect(propertiesOf({})).toEqual([]);
        const unknown = { table: UNKNOWN, segmentPrefix: UNKNOWN, files: UNKNOWN, format: UNKNOWN, reader: UNKNOWN };
        expect(propertiesOf({ ...unknown, contents: [] })).toEqual([]);
        expect([offlineName("orders"), offlineName("orders_OFFLINE")]).toEqual(["orders_OFFLINE", "orders_OFFLINE"]);
    });

    it("find files that cannot be read, are empty or are one and the same", () => {
        const [a] = LOAD.contents;
        expect(propertiesOf({ contents: [{ unreadable: "there is no such file" }, a] })).toEqual(["files[0]"]);
        expect(propertiesOf({ contents: [a, { sha256: "c", bytes: 0 }] })).toEqual(["files[1]"]);
        expect(propertiesOf({ contents: [a, a] })).toEqual(["files[1]"]);
        expect(propertiesOf({ files: [] })).toEqual(["files"]);
    });

    it.each([
        ["avro", "Obj\u0001rest", undefined],
        ["avro", "id,amount", /does not begin like avro/],
        ["parquet", "PAR1rest", undefined],
        ["csv", "PAR1rest", /it is parquet/],
        ["csv", "id,amount\n1,2", undefined],
        ["csv", "\u001f\u008brest", /packed with gzip/],
        ["json", ' {"a": 1}', undefined],
        ["json", '[{"a": 1}]', undefined],
        ["json", "id,amount", /neither \{ nor \[/],
        ["proto", "anything", undefined],
    ] as const)("know a file of %s by its beginning: %j", (format, beginning, said) => {
        const problem = beginningProblem(format, Buffer.from(beginning, "latin1"));
        if (said === undefined) expect(problem).toBeUndefined();
        else expect(problem).toMatch(said);
    });

    it("know a CSV file none of whose columns the schema has, unless the table computes its columns", () => {
        const schema = { schemaName: "orders", dimensionFieldSpecs: [{ name: "id", dataType: "STRING" }] };
        const table = { tableName: "orders", tableType: "OFFLINE" as const };
        const said = (text: string, reader = {}, config = table): string | undefined =>
            headerProblem({ format: "csv", reader }, Buffer.from(text), schema, config);
        expect(said("id,more\n1,2")).toBeUndefined();
        expect(said('\ufeff"id";more\r\n1;2', { delimiter: ";" })).toBeUndefined();
        expect(said("1,2", { header: "id,more" })).toBeUndefined();
        expect(said("id;more\n1;2")).toMatch(/its columns \(id;more\) are none of schema "orders" \(id\)/);
        const computing = { ...table, ingestionConfig: { transformConfigs: [] } };
        expect(said("colour\nred", {}, computing)).toBeUndefined();
    });
});
