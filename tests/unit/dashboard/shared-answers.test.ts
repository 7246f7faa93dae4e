import { SharedAnswers, TooManyQuestions } from "../../../dashboard/server/shared-answers";

function sharedWithClock(most = 10) {
    let time = 0;
    const shared = new SharedAnswers({ keepMillis: 1_000, most, clock: () => time });
    return {
        shared,
        pass: (millis: number) => {
            time += millis;
        },
    };
}

/** An answer that comes when it is told to. */
function held<T>() {
    let give: (value: T) => void = () => undefined;
    let fail: (error: Error) => void = () => undefined;
    const promise = new Promise<T>((resolve, reject) => {
        give = resolve;
        fail = reject;
    });
    return { promise, give, fail, ask: jest.fn(() => promise) };
}

describe("shared answers", () => {
    it("let everybody who asks the same meanwhile wait for one answer, however long it takes", async () => {
        const { shared, pass } = sharedWithClock();
        const pinot = held<number>();
        const first = shared.of("q", pinot.ask);
        pass(60_000);
        const second = shared.of("q", pinot.ask);
        pinot.give(7);
        expect(await Promise.all([first, second])).toEqual([7, 7]);
        expect(pinot.ask).toHaveBeenCalledTimes(1);
    });

    it("serve for a second and then are asked anew", async () => {
        const { shared, pass } = sharedWithClock();
        const ask = jest.fn(async () => 1);
        await shared.of("q", ask);
        pass(1_000);
        await shared.of("q", ask);
        expect(ask).toHaveBeenCalledTimes(1);
        pass(1);
        await shared.of("q", ask);
        expect(ask).toHaveBeenCalledTimes(2);
    });

    it("are not mixed up", async () => {
        const { shared } = sharedWithClock();
        expect(await shared.of("a", async () => 1)).toBe(1);
        expect(await shared.of("b", async () => 2)).toBe(2);
    });

    it("share a failure as well, and forget it as fast", async () => {
        const { shared, pass } = sharedWithClock();
        const ask = jest.fn(async () => {
            throw new Error("down");
        });
        await expect(shared.of("q", ask)).rejects.toThrow("down");
        await expect(shared.of("q", ask)).rejects.toThrow("down");
        expect(ask).toHaveBeenCalledTimes(1);
        pass(1_001);
        expect(await shared.of("q", async () => "up")).toBe("up");
    });

    it("refuse more questions than may be under way, but not those that somebody asks already", async () => {
        const { shared } = sharedWithClock(1);
        const pinot = held<number>();
        const first = shared.of("a", pinot.ask);
        await expect(shared.of("b", async () => 2)).rejects.toThrow(TooManyQuestions);
        const again = shared.of("a", pinot.ask);
        pinot.give(1);
        expect(await Promise.all([first, again])).toEqual([1, 1]);
        expect(await shared.of("b", async () => 2)).toBe(2);
    });
});
