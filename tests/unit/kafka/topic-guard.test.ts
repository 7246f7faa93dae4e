import { topicGuardProvider } from "../../../resources/kafka/topic-guard-provider";
import type { TopicShape } from "../../../resources/kafka/topic-shape";

const shape = { topic: "orders", partitions: 3, replicationFactor: 1 };
const messages = { key: "id", fields: [{ name: "id", type: "string" as const }] };
const changes = async (olds: TopicShape, news: TopicShape) =>
    (await topicGuardProvider.diff?.("orders", olds, news))?.changes;

describe("what a topic's guard remembers", () => {
    it("is the shape, and what the messages are where that is said", async () => {
        expect((await topicGuardProvider.create(shape)).outs).toEqual(shape);
        expect((await topicGuardProvider.create({ ...shape, messages })).outs).toEqual({ ...shape, messages });
    });
    it("changes when the messages are said, said otherwise, or no longer said", async () => {
        expect(await changes(shape, { ...shape, messages })).toBe(true);
        expect(await changes({ ...shape, messages }, { ...shape, messages: { ...messages, key: "other" } })).toBe(true);
        expect(await changes({ ...shape, messages }, shape)).toBe(true);
    });
    it("does not change by the order of keys", async () => {
        const reordered = { messages: { fields: messages.fields, key: "id" }, ...shape };
        expect(await changes({ ...shape, messages }, reordered)).toBe(false);
    });
});
