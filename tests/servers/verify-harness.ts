import { randomUUID } from "node:crypto";
import axios from "axios";
import type { Endpoints } from "../../cli/verify/endpoints";
import { pinotSchema } from "../../lib/contract";
import { RAW_EVENTS_TOPIC, rawEvents } from "../../pipelines/product-analytics/contract";
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
    await post(`${controller}/schemas`, { ...pinotSchema(rawEvents), schemaName: name });
    const key = '"stream.kafka.topic.name":';
    const declared = JSON.stringify({ ...table, tableName: name });
    const moved = declared.replace(`${key}"${RAW_EVENTS_TOPIC}"`, `${key}${JSON.stringify(topic)}`);
    if (moved === declared) throw new Error(`table ${rawEvents.name} does not read ${RAW_EVENTS_TOPIC}`);
    const scratch = JSON.parse(moved) as { segmentsConfig: object };
    await post(`${controller}/tables`, {
        ...scratch,
        segmentsConfig: { ...scratch.segmentsConfig, schemaName: name },
    });
    return {
        name,
        async remove() {
            await axios.delete(`${controller}/tables/${name}?type=realtime&retention=0d`, {
                validateStatus: () => true,
            });
            // The controller refuses to forget a schema while the table's removal is under way.
            for (let attempt = 0; attempt < 20; attempt++) {
                const { status } = await axios.delete(`${controller}/schemas/${name}`, { validateStatus: () => true });
                if (status < 300 || status === 404) return;
                await pause(500);
            }
        },
    };
}

/** An error of axios holds sockets, which jest cannot write into its report: the server's words are enough. */
async function post(url: string, body: object): Promise<void> {
    const { status, data } = await axios.post(url, body, { validateStatus: () => true });
    if (status >= 300) throw new Error(`POST ${url} answered ${status}: ${JSON.stringify(data).slice(0, 500)}`);
}
