import fc from "fast-check";
import { funnelOf } from "../../../dashboard/server/funnel";

describe("the funnel", () => {
    it("says of each step how many took it, of the step before and of all", () => {
        expect(funnelOf([200, 100, 50, 10])).toEqual([
            { step: "page_view", sessions: 200, ofFirst: 1 },
            { step: "product_view", sessions: 100, ofPrevious: 0.5, ofFirst: 0.5 },
            { step: "add_to_cart", sessions: 50, ofPrevious: 0.5, ofFirst: 0.25 },
            { step: "purchase", sessions: 10, ofPrevious: 0.2, ofFirst: 0.05 },
        ]);
    });

    it("has no ratios where there is nothing to compare with", () => {
        expect(funnelOf([0, 0, 0, 0]).map(({ ofPrevious, ofFirst }) => [ofPrevious, ofFirst])).toEqual(
            Array(4).fill([undefined, undefined]),
        );
        expect(funnelOf([3, 0, 0, 0])[2]).toEqual({ step: "add_to_cart", sessions: 0, ofFirst: 0 });
    });

    it("refuses steps that are no parts of each other", () => {
        expect(() => funnelOf([10, 11, 0, 0])).toThrow("11 sessions reached product_view, of 10 at the step before");
    });

    it("never gives a part above the whole", () => {
        const falling = fc.array(fc.nat(), { minLength: 4, maxLength: 4 }).map((all) => all.sort((a, b) => b - a));
        fc.assert(
            fc.property(falling, (reached) => {
                for (const { ofPrevious = 0, ofFirst = 0 } of funnelOf(reached)) {
                    expect(ofPrevious).toBeLessThanOrEqual(1);
                    expect(ofFirst).toBeLessThanOrEqual(1);
                }
            }),
        );
    });
});
