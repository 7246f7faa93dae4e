import fc from "fast-check";
import { isAtLeast, parseVersion, shortVersion } from "../../../build/toolchain/versions";

describe("versions", () => {
    it("reads what programs print", () => {
        expect(parseVersion("v3.259.0")).toEqual([3, 259, 0]);
        expect(parseVersion("go1.26.8")).toEqual([1, 26, 8]);
        expect(parseVersion("go version go1.26 linux/amd64")).toEqual([1, 26, 0]);
        expect(parseVersion("20.10.24+dfsg1")).toEqual([20, 10, 24]);
        expect(parseVersion("command not found")).toBeUndefined();
    });

    it("compares by number, not by letter", () => {
        expect(isAtLeast("3.1000.0", "3.259.0")).toBe(true);
        expect(isAtLeast("1.9.0", "1.26")).toBe(false);
        expect(isAtLeast("2.0.0", "1.99.99")).toBe(true);
        expect(isAtLeast("go1.26.0", "1.26")).toBe(true);
    });

    it("is a total order", () => {
        const version = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)).map((parts) => parts.join("."));
        fc.assert(
            fc.property(version, version, (a, b) => {
                expect(isAtLeast(a, a)).toBe(true);
                expect(isAtLeast(a, b) || isAtLeast(b, a)).toBe(true);
                expect(isAtLeast(a, b) && isAtLeast(b, a)).toBe(a === b);
            }),
        );
    });

    it("never takes what says no version for new enough", () => {
        expect(isAtLeast("", "1.0.0")).toBe(false);
    });

    it("is short for people", () => {
        expect(shortVersion("24.21.0")).toBe("24.21");
        expect(shortVersion("unknown")).toBe("unknown");
    });
});
