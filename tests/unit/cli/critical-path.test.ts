import { criticalPath, type Timing, timeline } from "../../../cli/critical-path";

const at = (name: string, start: number, end: number): Timing => ({ urn: name, name, start, end });
const names = (path: readonly Timing[]): string[] => path.map(({ name }) => name);

describe("the critical path of an update", () => {
    const timings = [
        at("topic", 6, 7),
        at("kafka", 0, 6),
        at("pinot", 0, 15),
        at("table", 15, 17),
        at("postgres", 0, 2),
    ];
    const dependencies = new Map([
        ["topic", ["kafka"]],
        ["table", ["topic", "pinot"]],
    ]);

    it("goes back from what ended last, each time to what was ready last", () => {
        expect(names(criticalPath(timeline(timings, dependencies)))).toEqual(["pinot", "table"]);
    });
    it("says of each resource what held it back", () => {
        const waits = timeline(timings, dependencies).map(({ name, waitedFor }) => [name, waitedFor?.name]);
        expect(waits).toEqual([
            ["postgres", undefined],
            ["kafka", undefined],
            ["pinot", undefined],
            ["topic", "kafka"],
            ["table", "pinot"],
        ]);
    });
    it("does not count what was there before the update", () => {
        const left = timings.filter(({ name }) => name !== "pinot");
        expect(names(criticalPath(timeline(left, dependencies)))).toEqual(["kafka", "topic", "table"]);
    });
    it("is empty where nothing was done", () => {
        expect(criticalPath([])).toEqual([]);
    });
});
