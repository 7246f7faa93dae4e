import * as pulumi from "@pulumi/pulumi";
import { hostAddress, PinotSegmentLoad, PinotTableConfigs } from "../../resources";

const server = { controllerUrl: hostAddress(new pulumi.Config().require("controllerUrl")) };

const orders = new PinotTableConfigs("orders", {
    server,
    deletionProtection: false,
    schema: {
        schemaName: "example_orders",
        dimensionFieldSpecs: [{ name: "id", dataType: "STRING" }],
        metricFieldSpecs: [{ name: "amount", dataType: "LONG" }],
        dateTimeFieldSpecs: [
            { name: "ts", dataType: "LONG", format: "1:MILLISECONDS:EPOCH", granularity: "1:MILLISECONDS" },
        ],
    },
    offline: { tableName: "example_orders", tableType: "OFFLINE", segmentsConfig: { timeColumnName: "ts" } },
});

export const { segments } = new PinotSegmentLoad("orders-2024", {
    server,
    deletionProtection: false,
    table: orders.tableName,
    files: ["data/orders-2024.csv"],
    format: "csv",
});
