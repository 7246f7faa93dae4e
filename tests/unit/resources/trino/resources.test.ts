import * as pulumi from "@pulumi/pulumi";
import { hostAddress, TrinoCatalog, TrinoSchema, TrinoView, trinoAccess } from "../../../../resources";

/** How the engine's wire format marks a secret. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

describe("Trino's resources in a program", () => {
    const created: pulumi.runtime.MockResourceArgs[] = [];
    const inputsOf = (name: string) => created.find((one) => one.name === name)?.inputs ?? {};

    beforeAll(async () => {
        await pulumi.runtime.setMocks({
            newResource: (args) => {
                created.push(args);
                return { id: "id", state: args.inputs };
            },
            call: ({ token }) => {
                throw new Error(`Mock not implemented: ${token}`);
            },
        });
        const onHost = pulumi.output(hostAddress("https://trino:8443"));
        const server = trinoAccess({
            url: { onHost, inNetwork: onHost as never },
            user: "ann",
            password: pulumi.output("planted"),
            certificate: pulumi.output("PEM"),
        });
        const properties = { "connection-user": "ann" };
        const pg = new TrinoCatalog("pg", { server, catalog: "pg", connector: "postgresql", properties });
        const allowPlainSecrets = true;
        const secret = { catalog: "secret", connector: "postgresql", properties: { p: "in-clear" }, allowPlainSecrets };
        new TrinoCatalog("secret", { server, ...secret });
        const { schema } = new TrinoSchema("sales", { server, catalog: pg.catalog, schema: "sales" });
        const sql = "SELECT 1 AS one";
        const view = new TrinoView("one", { server, catalog: pg.catalog, schema, view: "one", sql });
        await new Promise((resolve) => view.urn.apply(resolve));
    });

    it("are dynamic resources that name their code", () => {
        expect(new Set(created.map(({ type }) => type))).toEqual(
            new Set(["Catalog", "Schema", "View"].map((kind) => `pulumi-nodejs:dynamic/trino:${kind}`)),
        );
        for (const { inputs } of created) expect(inputs.__provider).toMatch(/load-provider/);
    });

    it("mark the server with its password secret, and show it nowhere else", () => {
        for (const { inputs } of created) {
            expect(inputs.server).toMatchObject({
                [SECRET_SIGNATURE]: expect.any(String),
                value: { url: "https://trino:8443", user: "ann", password: "planted", certificate: "PEM" },
            });
            const { server: _server, __provider: _provider, ...rest } = inputs;
            expect(JSON.stringify(rest)).not.toContain("planted");
        }
    });

    it("keep all properties of a catalog secret when some may stand in clear, and show them otherwise", () => {
        expect(inputsOf("pg").properties).toEqual({ "connection-user": "ann" });
        expect(inputsOf("secret").properties).toMatchObject({ [SECRET_SIGNATURE]: expect.any(String) });
    });

    it("hand their names on, so that a view waits for its schema, and that for its catalog", () => {
        expect(inputsOf("one")).toMatchObject({ catalog: "pg", schema: "sales", view: "one" });
    });
});
