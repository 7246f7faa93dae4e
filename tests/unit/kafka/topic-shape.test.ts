import { isCompacted, topicShapeProblems } from "../../../resources/kafka/topic-shape";

const shape = { topic: "raw-events", partitions: 3, replicationFactor: 1 };

describe("a topic's shape", () => {
    it("may be new", () => expect(topicShapeProblems(undefined, shape)).toEqual([]));
    it("may stay", () => expect(topicShapeProblems(shape, shape)).toEqual([]));
    it("may gain partitions", () => expect(topicShapeProblems(shape, { ...shape, partitions: 6 })).toEqual([]));

    it("may not lose partitions, because the provider would delete the topic", () => {
        const [problem] = topicShapeProblems(shape, { ...shape, partitions: 2 });
        expect(problem).toMatchObject({ property: "partitions" });
        expect(problem?.reason).toMatch(/raw-events.*from 3 to 2.*Way out: keep 3.*Nothing was changed/s);
    });

    it("may not gain partitions when it is read by key: older records would stay where nothing replaces them", () => {
        const keyed = { ...shape, keyed: true };
        expect(topicShapeProblems(shape, keyed)).toEqual([]);
        const [problem] = topicShapeProblems(shape, { ...keyed, partitions: 6 });
        expect(problem).toMatchObject({ property: "partitions" });
        expect(problem?.reason).toMatch(/raw-events.*from 3 to 6.*read by key.*Way out: keep 3.*Nothing was changed/s);
    });

    it.each([
        [{ "cleanup.policy": "compact" }, true],
        [{ "cleanup.policy": "delete, compact" }, true],
        [{ "cleanup.policy": "delete" }, false],
        [undefined, false],
    ])("with %p is compacted: %p", (config, compacted) => expect(isCompacted(config)).toBe(compacted));

    it("may not change its name, because the old topic would be deleted", () => {
        const [problem] = topicShapeProblems(shape, { ...shape, topic: "events" });
        expect(problem).toMatchObject({ property: "topic" });
        expect(problem?.reason).toMatch(/raw-events.*events.*Way out/s);
    });

    it.each(["", "a b", "a/b", ".", "..", "x".repeat(250), "naïve"])("refuses %p as a name", (topic) => {
        expect(topicShapeProblems(undefined, { ...shape, topic })).toHaveLength(1);
    });

    it.each([0, -1, 1.5, Number.NaN])("refuses %p partitions", (partitions) => {
        expect(topicShapeProblems(undefined, { ...shape, partitions })).toHaveLength(1);
    });
});
