import { containersOf, engine, networksOf, volumesOf } from "../../cli/engine";
import { expectWell, make, TEST_STACK } from "../support/make";

const MINUTE = 60_000;

describe("a stack that is taken down", () => {
    it(
        "leaves no container, volume or network",
        async () => {
            expectWell(await make("down"));
            expect(await containersOf(engine(), TEST_STACK)).toEqual([]);
            expect(await volumesOf(engine(), TEST_STACK)).toEqual([]);
            expect(await networksOf(engine(), TEST_STACK)).toEqual([]);
        },
        3 * MINUTE,
    );

    it(
        "can be taken down again",
        async () => {
            expectWell(await make("down"));
        },
        MINUTE,
    );

    it(
        "says that it is not up when it is asked",
        async () => {
            const { code, text } = await make("verify");
            expect(code).not.toBe(0);
            expect(text).toMatch(/not up.*Way out: make up/s);
        },
        MINUTE,
    );
});
