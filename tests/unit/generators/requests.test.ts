import fc from "fast-check";
// @ts-expect-error Part of the library without types: what its producer encodes requests with.
import produce from "kafkajs/src/protocol/requests/produce/v3/request";
import { prepared, requestsOf } from "../../../generators/requests";
import type { Message } from "../../../generators/source";

const message = fc.record({
    key: fc.constantFrom("k", "key", null),
    value: fc.string({ maxLength: 300 }),
    partition: fc.nat(3),
});

describe("the requests for a batch", () => {
    it("have every message once, each partition's in their order", () => {
        fc.assert(
            fc.property(fc.array(message), fc.integer({ min: 100, max: 2_000 }), (messages: Message[], most) => {
                for (const requests of requestsOf(messages, most)) {
                    const [first] = requests;
                    const sent = requests.flatMap((request) => request.messages);
                    expect(requests.every(({ partition }) => partition === first?.partition)).toBe(true);
                    expect(sent).toEqual(messages.filter(({ partition }) => partition === first?.partition));
                }
                const all = requestsOf(messages, most).flat();
                expect(all.flatMap((request) => request.messages)).toHaveLength(messages.length);
            }),
        );
    });

    it("stay below the limit, unless one message alone is above it", () => {
        fc.assert(
            fc.property(fc.array(message), fc.integer({ min: 100, max: 2_000 }), (messages: Message[], most) => {
                for (const { messages: own } of requestsOf(messages, most).flat()) {
                    const bytes = own.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0);
                    expect(own.length === 1 || bytes <= most).toBe(true);
                }
            }),
        );
    });

    it("are as few as the limit allows", () => {
        const messages = Array.from({ length: 3_000 }, () => ({ key: "k", value: "x".repeat(500), partition: 0 }));
        expect(requestsOf(messages).flat()).toHaveLength(2);
    });

    it("say by themselves which partition they are for, and are ordinary arrays otherwise", () => {
        const messages = [{ key: "k", value: "v", partition: 2 }];
        const told = prepared({ partition: 2, messages });
        expect(told.reduce(() => undefined as never)).toEqual({ 2: messages });
        expect(told.map(({ value }) => value)).toEqual(["v"]);
        expect(told.map((_, index) => ({ index }))).toEqual([{ index: 0 }]);
        expect(Object.keys(told)).toEqual(["0"]);
    });
});

describe("a request as kafkajs encodes it", () => {
    const request = (messages: Message[]): Promise<{ buffer: Buffer }> => {
        const topicData = [{ topic: "t", partitions: [{ partition: 1, messages, firstSequence: 7 }] }];
        return produce({ acks: -1, timeout: 1_000, topicData }).encode();
    };
    beforeEach(() => {
        jest.spyOn(Date, "now").mockReturnValue(1_795_250_417_987);
    });
    afterEach(() => jest.restoreAllMocks());

    const anyMessage = fc.record({
        key: fc.oneof(fc.constant(null), fc.string({ unit: "grapheme", maxLength: 80 })),
        value: fc.oneof(
            fc.string({ unit: "grapheme" }),
            fc.nat(20_000).map((length) => "x".repeat(length)),
        ),
        partition: fc.constant(1),
    });

    it("is the same to the byte when it is prepared", async () => {
        const messagesOf = fc.array(anyMessage, { minLength: 1, maxLength: 150 });
        await fc.assert(
            fc.asyncProperty(messagesOf, async (messages: Message[]) => {
                const plain = await request([...messages]);
                const ours = await request(prepared({ partition: 1, messages: [...messages] }));
                expect(ours.buffer.equals(plain.buffer)).toBe(true);
            }),
            { numRuns: 60 },
        );
    });

    it("is so too with thousands of messages, and with one of a megabyte", async () => {
        const thousands = Array.from({ length: 9_000 }, (_, index) => ({
            key: String(index),
            value: `${index}`.repeat(10),
            partition: 1,
        }));
        for (const messages of [thousands, [{ key: null, value: "x".repeat(1_000_000), partition: 1 }]]) {
            const plain = await request([...messages]);
            const ours = await request(prepared({ partition: 1, messages: [...messages] }));
            expect(ours.buffer.equals(plain.buffer)).toBe(true);
        }
    });

    it("is kafkajs's own when its records are not ours, as with timestamps", async () => {
        const late = Array.from({ length: 5 }, (_, index) => ({
            key: "k",
            value: "v",
            partition: 1,
            timestamp: String(1_795_250_418_000 + index),
            headers: { h: "x" },
        }));
        const plain = await request([...late]);
        const ours = await request(prepared({ partition: 1, messages: [...late] }));
        expect(ours.buffer.equals(plain.buffer)).toBe(true);
    });
});
