import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { providerText } from "../../resources/managed-resource";
import { ProviderProcess, StackResource } from "../support/provider-process";

const TEXT = providerText({
    folder: join(__dirname, "..", "..", "resources", "secret"),
    module: "certificate-provider",
    exportName: "certificateProvider",
});

describe("a server's certificate", () => {
    let provider: ProviderProcess;
    beforeAll(async () => {
        provider = await ProviderProcess.start();
    });
    afterAll(() => provider.stop());

    const stack = () => new StackResource(provider, TEXT);
    const certificateOf = (resource: StackResource): string => resource.state?.outputs.certificate as string;
    const keyOf = (resource: StackResource): string => resource.state?.outputs.privateKey as string;

    it("belongs to its key, is valid now and for ten years", async () => {
        const resource = stack();
        await resource.up({ hosts: ["trino", "127.0.0.1"] });
        const certificate = new X509Certificate(certificateOf(resource));
        expect(certificate.checkPrivateKey(createPrivateKey(keyOf(resource)))).toBe(true);
        expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
        expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 3649 * 86_400_000);
        expect(provider.output).not.toContain(keyOf(resource).split("\n")[1]);
    });
    it("stays the same at a later up, also with newer code and another length of life", async () => {
        const resource = stack();
        await resource.up({ hosts: ["trino"] });
        const first = certificateOf(resource);
        resource.provider = `${TEXT} `;
        expect(await resource.up({ hosts: ["trino"], days: 30 })).toBe("same");
        expect(certificateOf(resource)).toBe(first);
    });
    it.each([{ hosts: ["trino", "10.0.0.1"] }, { hosts: ["trino"], rotation: "2026-11" }])(
        "is replaced for %j",
        async (inputs) => {
            const resource = stack();
            await resource.up({ hosts: ["trino"] });
            const first = certificateOf(resource);
            expect(await resource.up(inputs)).toBe("replace");
            expect(certificateOf(resource)).not.toBe(first);
        },
    );
    it.each([[[]], [["two words"]]])("refuses the hosts %j at preview", async (hosts) => {
        const { failures } = await stack().preview({ hosts });
        expect(failures).toHaveLength(1);
        expect(failures[0]).toMatchObject({ property: "hosts", reason: expect.stringContaining("Way out") });
    });
});
