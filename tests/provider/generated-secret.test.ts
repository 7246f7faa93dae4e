import { join } from "node:path";
import { providerText } from "../../resources/managed-resource";
import { ProviderProcess, StackResource } from "../support/provider-process";

const TEXT = providerText({
    folder: join(__dirname, "..", "..", "resources", "secret"),
    module: "secret-provider",
    exportName: "secretProvider",
});

describe("a generated secret", () => {
    let provider: ProviderProcess;
    beforeAll(async () => {
        provider = await ProviderProcess.start();
    });
    afterAll(() => provider.stop());

    const stack = () => new StackResource(provider, TEXT);
    const secretOf = (resource: StackResource): string => resource.state?.outputs.value as string;

    it("is random: two of them differ, and hold letters and digits only", async () => {
        const [one, other] = [stack(), stack()];
        await one.up({});
        await other.up({});
        expect(secretOf(one)).toMatch(/^[A-Za-z0-9]{24}$/);
        expect(secretOf(one)).not.toBe(secretOf(other));
    });
    it("stays the same at a later up, also with newer code and at another length", async () => {
        const secret = stack();
        await secret.up({ length: 40 });
        const first = secretOf(secret);
        expect(first).toHaveLength(40);
        expect(await secret.up({ length: 40 })).toBe("same");
        secret.provider = `${TEXT} `;
        expect(await secret.up({ length: 20 })).toBe("same");
        expect(secretOf(secret)).toBe(first);
    });
    it("is replaced when it is rotated", async () => {
        const secret = stack();
        await secret.up({});
        const first = secretOf(secret);
        expect(await secret.up({ rotation: "2026-11" })).toBe("replace");
        expect(secretOf(secret)).not.toBe(first);
    });
    it("does not print itself", async () => {
        const secret = stack();
        await secret.up({});
        expect(provider.output).not.toContain(secretOf(secret));
    });
    it.each([8, 15, 257, 24.5])("refuses length %p", async (length) => {
        const { failures } = await stack().preview({ length });
        expect(failures).toHaveLength(1);
        expect(failures[0]?.reason).toContain("Way out");
    });
});
