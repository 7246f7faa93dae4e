import fc from "fast-check";
import { requestsOf, sorted } from "../../../generators/requests";
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
        const told = sorted({ partition: 2, messages });
        expect(told.reduce(() => undefined as never)).toEqual({ 2: messages });
        expect(told.map(({ value }) => value)).toEqual(["v"]);
        expect(Object.keys(told)).toEqual(["0"]);
    });
});
