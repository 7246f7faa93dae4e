import { CURRENT, capabilitiesFrom, LEGACY, lacksOf, readCapabilities } from "../../../../resources/pinot/capabilities";
import { reloadJobs } from "../../../../resources/pinot/reload";
import { unrecognizedProblems } from "../../../../resources/pinot/unrecognized";
import { tableOf } from "../../../provider/pinot-pair";
import { FakePinot } from "../../../support/fakes/pinot";

describe("capabilities", () => {
    it.each([
        ["0.11.0", LEGACY],
        ["1.5.1", CURRENT],
    ] as const)("of %s are read from what it answers, without writing", async (generation, expected) => {
        const pinot = await new FakePinot(generation).up();
        try {
            expect(await readCapabilities({ controllerUrl: pinot.url })).toEqual(expected);
            expect(pinot.writes()).toEqual([]);
        } finally {
            await pinot.down();
        }
    });
    it("come from single properties where a server stands between the generations", () => {
        const between = capabilitiesFrom(200, ["/realtime/upsertConfig/deleteRecordColumn"]);
        expect(between).toMatchObject({ needReload: true, comparisonColumns: true, deleteRecordColumn: false });
    });
    it("fall back on the generation where the validation did not get that far", () => {
        expect(capabilitiesFrom(406, undefined)).toEqual(LEGACY);
        expect(capabilitiesFrom(200, undefined)).toEqual(CURRENT);
    });
    it("name what a table asks for and the server would ignore", () => {
        const table = tableOf("t", "topic", "kafka:9092");
        const upsertConfig = { mode: "FULL" as const, deleteRecordColumn: "gone", comparisonColumns: ["a", "b"] };
        expect(lacksOf({ ...table, upsertConfig }, CURRENT)).toEqual([]);
        expect(lacksOf({ ...table, upsertConfig }, LEGACY).map(({ path }) => path)).toEqual([
            "upsertConfig.deleteRecordColumn",
            "upsertConfig.comparisonColumns",
        ]);
    });
});

describe("answers of both generations", () => {
    it("name their reload jobs, as JSON in JSON and behind words", () => {
        const details = JSON.stringify({ t_REALTIME: { reloadJobId: "one" }, t_OFFLINE: { reloadJobId: "two" } });
        expect(reloadJobs({ status: details })).toEqual(["one", "two"]);
        expect(reloadJobs({ status: `Segment reload details: ${details}` })).toEqual(["one", "two"]);
        expect(reloadJobs({ status: "nothing to do" })).toEqual([]);
    });
    it("turn into problems at the property that is not recognized", () => {
        const unrecognized = {
            "/realtime/upsertConfig/comparisonColumns/0": "ts",
            "/schema/bogus": 1,
            "/realtime/a~1b": 1,
        };
        expect(unrecognizedProblems(unrecognized, "table", "/realtime").map(({ property }) => property)).toEqual([
            "table.upsertConfig.comparisonColumns[0]",
            'table["a/b"]',
        ]);
    });
});
