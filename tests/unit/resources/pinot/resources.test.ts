import * as pulumi from "@pulumi/pulumi";
import {
    hostAddress,
    inNetworkAddress,
    kafkaStream,
    PinotSchema,
    PinotTable,
    realtimeTable,
} from "../../../../resources";
import { schemaOf } from "../../../provider/pinot-pair";

/** How the engine's wire format marks a secret. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

describe("PinotSchema and PinotTable in a program", () => {
    const created: pulumi.runtime.MockResourceArgs[] = [];
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
        const server = { controllerUrl: hostAddress("http://pinot:9000"), authorization: "Basic planted" };
        const schema = new PinotSchema("events", { server, schema: schemaOf("events") });
        const stream = kafkaStream({ topic: "events", brokers: inNetworkAddress("kafka:9092") });
        const table = new PinotTable("events", {
            server,
            schema: schema.schema,
            table: realtimeTable({ name: "events", timeColumn: "ts", stream }),
        });
        await new Promise((resolve) => table.urn.apply(resolve));
    });

    it("are dynamic resources that name their code", () => {
        expect(created.map(({ type }) => type)).toEqual([
            "pulumi-nodejs:dynamic/pinot:Schema",
            "pulumi-nodejs:dynamic/pinot:Table",
        ]);
        for (const { inputs } of created) expect(inputs.__provider).toMatch(/load-provider/);
    });

    it("mark the server with its authorization secret, and show it nowhere else", () => {
        for (const { inputs } of created) {
            expect(inputs.server).toMatchObject({
                [SECRET_SIGNATURE]: expect.any(String),
                value: { controllerUrl: "http://pinot:9000", authorization: "Basic planted" },
            });
            const { server: _server, __provider: _provider, ...rest } = inputs;
            expect(JSON.stringify(rest)).not.toContain("planted");
        }
    });

    it("hand the schema over to the table, so that it exists first", () => {
        expect(created[1]?.inputs.schema).toEqual(created[0]?.inputs.schema);
    });
});
