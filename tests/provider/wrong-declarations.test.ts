import { join } from "node:path";
import { providerText } from "../../resources/managed-resource";
import { type FakeAnswer, FakeServer } from "../support/fakes/fake-server";
import { ProviderProcess } from "../support/provider-process";
import { KINDS, type Kind, WRONG } from "./corpus/wrong-declarations";

/** A server of any kind that is just starting. */
class StartingServer extends FakeServer {
    protected answer(): FakeAnswer {
        return { status: 503, body: "starting" };
    }
}

const RESOURCES = join(__dirname, "..", "..", "resources");
const kinds = Object.entries(KINDS) as [keyof typeof KINDS, Kind][];

describe("a wrong declaration", () => {
    let process: ProviderProcess;
    let server: StartingServer;

    beforeAll(async () => {
        process = await ProviderProcess.start();
        server = await new StartingServer().up();
    });
    afterAll(async () => {
        await process?.stop();
        await server?.down();
    });

    const check = async ({ folder, module, exportName }: Kind, inputs: Record<string, unknown>) => {
        const __provider = providerText({ folder: join(RESOURCES, folder), module, exportName });
        return (await process.check({}, { ...inputs, __provider })).failures;
    };

    it("is one of a hundred and twenty at least", () => {
        expect(Object.values(WRONG).flat().length).toBeGreaterThanOrEqual(120);
    });

    describe.each(kinds)("of a %s", (name, kind) => {
        it("is none when everything is right", async () => {
            expect(await check(kind, kind.right(server.url))).toEqual([]);
        });

        it.each(WRONG[name].map(([changed, property, said]) => ({ changed, property, said, inputs: shown(changed) })))(
            "is refused at $property, before any server is asked: $inputs",
            async ({ changed, property, said }) => {
                const asked = server.requests.length;
                const failures = await check(kind, { ...kind.right(server.url), ...changed });
                const reasons = failures.filter((failure) => failure.property === property).map(({ reason }) => reason);
                expect({ failures, found: reasons.some((reason) => said.test(reason)) }).toEqual({
                    failures,
                    found: true,
                });
                for (const reason of reasons) {
                    expect(reason).toMatch(new RegExp(`^${name} "`));
                    expect(reason).toMatch(/Nothing was changed\.$/);
                }
                expect(server.requests.length).toBe(asked);
            },
        );
    });
});

function shown(changed: object): string {
    const text = JSON.stringify(changed) ?? "";
    return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
