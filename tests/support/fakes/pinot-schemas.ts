import { type FakeAnswer, type FakeRequest, FakeServer } from "./fake-server";
import {
    answeredSchema,
    fieldsOf,
    isObject,
    type Json,
    type PinotGeneration,
    refusal,
    understandSchema,
} from "./pinot-generation";
import { isCompatible } from "./pinot-guards";

/** The schemas of a {@link FakePinot}. */
export abstract class FakePinotSchemas extends FakeServer {
    readonly schemas: Record<string, Json> = {};

    constructor(readonly generation: PinotGeneration) {
        super();
    }

    protected abstract hasTable(tableNameWithType: string): boolean;

    /** Segments of the table lag behind its schema from now on. */
    protected abstract schemaChanged(tableNameWithType: string): void;

    protected schema(request: FakeRequest, name: string): FakeAnswer {
        const { method, query, body } = request;
        if (method === "GET") {
            const stored = this.schemas[name];
            return stored === undefined
                ? refusal(404, "Schema not found")
                : { status: 200, body: answeredSchema(this.generation, stored) };
        }
        if (method === "DELETE") {
            if (this.schemas[name] === undefined) return refusal(404, "Schema not found");
            const user = ["REALTIME", "OFFLINE"].map((type) => `${name}_${type}`).find((table) => this.hasTable(table));
            if (user !== undefined) {
                return refusal(409, `Cannot delete schema ${name}, as it is associated with table ${user}`);
            }
            delete this.schemas[name];
            return { status: 200, body: { status: `Schema ${name} deleted` } };
        }
        if (!isObject(body)) return refusal(400, `Invalid schema config json string: ${body}`);
        const { known, ignored } = understandSchema(this.generation, body);
        const own = String(known.schemaName);
        for (const [column, spec] of Object.entries(fieldsOf({ metricFieldSpecs: known.metricFieldSpecs }))) {
            if (["STRING", "BOOLEAN", "TIMESTAMP", "JSON"].includes(String(spec.dataType))) {
                const reason = `Unsupported data type: ${spec.dataType} in METRIC field: ${column}`;
                return refusal(400, `Invalid schema: ${own}. Reason: ${reason}`);
            }
        }
        if (name === "validate") {
            const answered = answeredSchema(this.generation, known);
            return { status: 200, body: { ...answered, unrecognizedProperties: ignored } };
        }
        const old = this.schemas[own];
        if (method === "PUT") {
            if (own !== name)
                return refusal(
                    400,
                    `Schema name mismatch for uploaded schema, tried to add schema with name ${own} as ${name}`,
                );
            if (old === undefined) return refusal(404, `Failed to find schema ${own}`);
        } else if (old !== undefined && query.get("override") === "false") {
            return refusal(409, `Schema: ${own} already exists`);
        }
        const forced = query.get("force") === "true" && this.generation === "1.5.1";
        if (old !== undefined && !forced && !isCompatible(old, known)) {
            return refusal(400, `Backward incompatible schema ${own}. Only allow adding new columns`);
        }
        this.schemas[own] = known;
        for (const type of ["REALTIME", "OFFLINE"]) {
            if (old !== undefined) this.schemaChanged(`${own}_${type}`);
        }
        return { status: 200, body: { unrecognizedProperties: ignored, status: `${own} successfully added` } };
    }
}
