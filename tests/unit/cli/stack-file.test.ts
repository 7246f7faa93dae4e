import { withoutSalt } from "../../../cli/stack-file";

const salt = "encryptionsalt: v1:abc=:v1:def\n";

describe("the salt of a stack's file", () => {
    it("goes when it protects nothing, so that a clone with another passphrase can start", () => {
        expect(withoutSalt(`${salt}config:\n  millrace:size: small # a comment\n`)).toBe(
            "config:\n  millrace:size: small # a comment\n",
        );
    });
    it("stays while a value is encrypted with it", () => {
        const text = `${salt}config:\n  millrace:token:\n    secure: v1:xyz\n`;
        expect(withoutSalt(text)).toBe(text);
    });
    it("is no matter where there is none", () => {
        const text = "config:\n  millrace:size: small\n";
        expect(withoutSalt(text)).toBe(text);
    });
});
