import { join } from "node:path";
import { providerText } from "../../resources/managed-resource";
import type { SchemaDocument, TableDocument } from "../../resources/pinot/documents";
import { type ProviderProcess, StackResource } from "../support/provider-process";

const FOLDER = join(__dirname, "..", "..", "resources", "pinot");

/** What the matrix is run against. */
export interface PinotUnderTest {
    readonly controllerUrl: string;
    /** As Pinot reaches it. */
    readonly brokers: string;
    /** Exists, and is keyed. */
    readonly topic: string;
    /** Prefix of everything the tests create. */
    readonly prefix: string;
    /** True where `deleteRecordColumn` works. */
    readonly current: boolean;
    readonly process: ProviderProcess;
    /** Whether a name is gone for good, on a server that needs time. */
    readonly patience: number;
}

/** A stack's schema and table, and the words to change them with. */
export class PinotPair {
    readonly schema: StackResource;
    readonly table: StackResource;

    constructor(
        readonly under: PinotUnderTest,
        readonly name: string,
    ) {
        const { process } = under;
        const text = (module: string, exportName: string): string =>
            providerText({ folder: FOLDER, module, exportName });
        this.schema = new StackResource(process, text("schema-provider", "pinotSchemaProvider"));
        this.table = new StackResource(process, text("table-provider", "pinotTableProvider"));
    }

    schemaInputs(change: Partial<SchemaDocument> = {}, settings: object = {}): Record<string, unknown> {
        return {
            server: { controllerUrl: this.under.controllerUrl },
            schema: { ...schemaOf(this.name), ...change },
            ...settings,
        };
    }

    tableInputs(change: Partial<TableDocument> = {}, settings: object = {}): Record<string, unknown> {
        const { controllerUrl, topic, brokers } = this.under;
        const table = { ...tableOf(this.name, topic, brokers), ...change };
        return { server: { controllerUrl }, table, retentionOnDelete: "0d", timeouts: { ready: 150 }, ...settings };
    }

    async up(): Promise<void> {
        await this.schema.up(this.schemaInputs());
        await this.table.up(this.tableInputs());
    }

    /** Removes both, whatever the guards say. */
    async clear(): Promise<void> {
        await this.ask("DELETE", `/tables/${this.name}?type=realtime&retention=0d`);
        const gone = async (): Promise<boolean> => (await this.ask("DELETE", `/schemas/${this.name}`)).status !== 409;
        for (let tries = 0; tries < 20 && !(await gone()); tries++) await pause(250);
    }

    /** Asks the server past the provider. */
    async ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }> {
        const response = await fetch(`${this.under.controllerUrl}${path}`, {
            method,
            headers: { accept: "application/json", "content-type": "application/json" },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        return { status: response.status, body: (text.startsWith("{") ? JSON.parse(text) : {}) as Json };
    }

    async held(): Promise<Json> {
        return ((await this.ask("GET", `/tables/${this.name}?type=realtime`)).body.REALTIME ?? {}) as Json;
    }

    async heldSchema(): Promise<Json> {
        return (await this.ask("GET", `/schemas/${this.name}`)).body;
    }

    /** Changes the table past the provider. */
    async drift(change: (config: Json) => Json): Promise<void> {
        const answer = await this.ask("PUT", `/tables/${this.name}_REALTIME`, change(await this.held()));
        if (answer.status !== 200) throw new Error(JSON.stringify(answer));
    }
}

/** A JSON document. */
export type Json = Record<string, unknown>;

/** A schema with every kind of column. */
export function schemaOf(name: string): SchemaDocument {
    return {
        schemaName: name,
        dimensionFieldSpecs: [
            { name: "id", dataType: "STRING" },
            { name: "kind", dataType: "STRING", defaultNullValue: "none" },
            { name: "tags", dataType: "STRING", singleValueField: false },
        ],
        metricFieldSpecs: [{ name: "amount", dataType: "DOUBLE" }],
        dateTimeFieldSpecs: [
            { name: "ts", dataType: "LONG", format: "1:MILLISECONDS:EPOCH", granularity: "1:MILLISECONDS" },
        ],
        primaryKeyColumns: ["id"],
    };
}

/** A realtime upsert table, in the words of 1.5. */
export function tableOf(name: string, topic: string, brokers: string): TableDocument {
    return {
        tableName: name,
        tableType: "REALTIME",
        segmentsConfig: { timeColumnName: "ts", replication: "1" },
        tableIndexConfig: { loadMode: "MMAP", nullHandlingEnabled: true, noDictionaryColumns: ["amount"] },
        ingestionConfig: {
            streamIngestionConfig: {
                streamConfigMaps: [
                    {
                        streamType: "kafka",
                        "stream.kafka.topic.name": topic,
                        "stream.kafka.broker.list": brokers,
                        "stream.kafka.consumer.factory.class.name":
                            "org.apache.pinot.plugin.stream.kafka30.KafkaConsumerFactory",
                        "stream.kafka.decoder.class.name":
                            "org.apache.pinot.plugin.stream.kafka.KafkaJSONMessageDecoder",
                        "stream.kafka.consumer.prop.auto.offset.reset": "smallest",
                    },
                ],
            },
        },
        upsertConfig: { mode: "FULL", comparisonColumns: ["ts"] },
        routing: { instanceSelectorType: "strictReplicaGroup" },
    };
}

function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
