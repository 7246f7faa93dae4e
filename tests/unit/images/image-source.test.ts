import { chooseImageSource } from "../../../build/image-builder/image-source";
import { type RegistryClient, refusalReason, registryAnswers } from "../../../build/image-builder/registry";

const unasked = (): never => {
    throw new Error("the registry was asked");
};

describe("the way images come", () => {
    it.each(["registry", "built"] as const)("is %s where the setting says so, and nobody is asked", async (setting) => {
        expect(await chooseImageSource(setting, unasked)).toEqual({
            source: setting,
            reason: `millrace:images is ${setting}`,
        });
    });

    it("is the registry where one answers, and building where none does; the reason is said", async () => {
        const probe = (answers: boolean, reason: string) => async () => ({ answers, reason });
        expect(await chooseImageSource("auto", probe(true, "an image registry answers"))).toEqual({
            source: "registry",
            reason: "an image registry answers",
        });
        expect(await chooseImageSource("auto", probe(false, "no image registry answers"))).toEqual({
            source: "built",
            reason: "no image registry answers",
        });
    });
});

describe("the look at the registry", () => {
    const client = (asked: () => Promise<void>, has = false): RegistryClient => ({ has: async () => has, ask: asked });

    it("finds one that answers", async () => {
        expect(await registryAnswers({ client: client(async () => undefined) })).toEqual({
            answers: true,
            reason: "an image registry answers",
        });
    });

    it("needs no registry where the engine has the image: a laptop without a network goes on as before", async () => {
        expect(await registryAnswers({ client: client(unasked, true) })).toEqual({
            answers: true,
            reason: "apache/kafka:4.3.1 is on this engine already",
        });
    });

    it("gives up on one that does not answer in time", async () => {
        const never = client(() => new Promise(() => undefined));
        expect(await registryAnswers({ client: never, timeout: 20 })).toEqual({
            answers: false,
            reason: "no image registry answers",
        });
    });

    it.each([
        [
            "Get https://registry.example/v2/: dial tcp: lookup registry.example: no such host",
            /its name is unknown here/,
        ],
        ["dial tcp 10.0.0.1:443: connect: connection refused", /^no image registry answers$/],
        ["toomanyrequests: You have reached your pull rate limit", /rate limit/],
        ["(HTTP code 403) unexpected - errors: denied: requested access is denied", /refuses apache\/kafka/],
        ["manifest unknown", /has no apache\/kafka/],
        ["no matching manifest for linux/riscv64 in the manifest list entries", /does not exist for this machine's/],
        ["x509: certificate signed by unknown authority", /does not trust/],
    ])("says why nothing can be pulled: %s", (said, reason) => {
        expect(refusalReason(new Error(said))).toMatch(reason);
        expect(refusalReason(new Error(said))).not.toMatch(/registry\.example|10\.0/);
    });
});
