import { randomUUID } from "node:crypto";
import axios from "axios";
import type { Endpoints } from "../../cli/verify/endpoints";
import { pinotSchema } from "../../lib/contract";
import { rawEvents } from "../../pipelines/product-analytics/contract";
import { testEndpoints } from "../support/stack";
import { pause } from "./generators-harness";

/** Servers under test: given by variables, or those of the test stack. */
export async function testServers(): Promise<Endpoints> {
    const { MILLRACE_TEST_KAFKA_HOST: kafka, MILLRACE_TEST_PINOT_CONTROLLER: controller } = process.env;
    const broker = process.env.MILLRACE_TEST_PINOT_BROKER;
    if (kafka === undefined || controller === undefined || broker === undefined) return testEndpoints();
    return { "kafka.bootstrapServers": kafka, "pinot.controllerUrl": controller, "pinot.brokerUrl": broker };
}

/** A table like `raw_events` that reads another topic. */
export interface ScratchTable {
    readonly name: string;
    remove(): Promise<void>;
}

/** Creates such a table: everything but name and topic is as the stack declares it. */
export async function scratchTable(endpoints: Endpoints, topic: string): Promise<ScratchTable> {
    const controller = endpoints["pinot.controllerUrl"];
    const name = `test_events_${randomUUID().slice(0, 8)}`;
    const { data } = await axios.get(`${controller}/tables/${rawEvents.name}`);
    const { REALTIME: table } = data as { REALTIME?: Record<string, Record<string, unknown>> };
    if (table === undefined) throw new Error(`the stack under test has no table ${rawEvents.name}`);
    await axios.post(`${controller}/schemas`, { ...pinotSchema(rawEvents), schemaName: name });
    const indexing = { ...table.tableIndexConfig };
    indexing.streamConfigs = { ...(indexing.streamConfigs as object), "stream.kafka.topic.name": topic };
    await axios.post(`${controller}/tables`, {
        ...table,
        tableName: name,
        segmentsConfig: { ...table.segmentsConfig, schemaName: name },
        tableIndexConfig: indexing,
    });
    return {
        name,
        async remove() {
            await axios.delete(`${controller}/tables/${name}?type=realtime&retention=0d`);
            // The controller refuses to forget a schema while the table's removal is under way.
            for (let attempt = 0; attempt < 20; attempt++) {
                const { status } = await axios.delete(`${controller}/schemas/${name}`, { validateStatus: () => true });
                if (status < 300 || status === 404) return;
                await pause(500);
            }
        },
    };
}
