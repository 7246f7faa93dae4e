import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import {
    hostAddress,
    inNetworkAddress,
    kafkaStream,
    PinotSchema,
    PinotTable,
    realtimeTable,
    Topic,
} from "../../resources";

const config = new pulumi.Config();
const server = { controllerUrl: hostAddress(config.require("controllerUrl")) };
const broker = new kafka.Provider("broker", {
    bootstrapServers: [config.require("bootstrapServers")],
    tlsEnabled: false,
});

const topic = new Topic(
    "clicks",
    { topic: "example-clicks", partitions: 1, deletionProtection: false },
    { provider: broker },
);

const schema = new PinotSchema("clicks", {
    server,
    deletionProtection: false,
    schema: {
        schemaName: "example_clicks",
        dimensionFieldSpecs: config
            .requireObject<string[]>("columns")
            .map((name) => ({ name, dataType: "STRING" as const })),
        dateTimeFieldSpecs: [
            { name: "ts", dataType: "LONG", format: "1:MILLISECONDS:EPOCH", granularity: "1:MILLISECONDS" },
        ],
    },
});

const table = new PinotTable("clicks", {
    server,
    deletionProtection: false,
    schema: schema.schema,
    table: realtimeTable({
        name: "example_clicks",
        timeColumn: "ts",
        stream: kafkaStream({
            topic: config.get("topicForPinot") ?? topic.topicName,
            brokers: inNetworkAddress(config.require("brokersForPinot")),
        }),
    }),
});

export const tableName = table.tableName;
