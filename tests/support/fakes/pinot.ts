import type { FakeAnswer, FakeRequest } from "./fake-server";
import {
    answeredTable,
    fieldsOf,
    isObject,
    type Json,
    refusal,
    understandSchema,
    understandTable,
} from "./pinot-generation";
import { guardedChange, topicOf } from "./pinot-guards";
import { FakePinotInstances } from "./pinot-instances";
import { FakePinotSegments } from "./pinot-segments";

interface StoredTable {
    config: Json;
    paused: boolean;
    hasIdealState: boolean;
    needReload: boolean;
    segments: number;
}

interface Job {
    readonly table: string;
    polls: number;
}

/** A Pinot controller of either generation, as it was recorded: texts, codes, what it guards and what it lets pass. */
export class FakePinot extends FakePinotSegments {
    readonly tables: Record<string, StoredTable> = {};
    /** Rows that a query counts, by table with type. */
    readonly rows: Record<string, number> = {};
    /** Topics that exist; undefined: all. */
    topics: string[] | undefined;
    /** Polls that a reload job takes. */
    reloadPolls = 2;
    /** Requests that the external view outlives a deletion by. */
    clearingRequests = 3;
    /** Requests for the tenant until instances have registered. */
    registeringRequests = 0;

    readonly instances = new FakePinotInstances();

    /** Copies of each table that are in ERROR instead of what is wanted. */
    brokenCopies = 0;

    private readonly jobs: Record<string, Job> = {};
    private readonly leaving: Record<string, number> = {};

    /** The config as GET answers it, for assertions; undefined when there is none. */
    held(tableNameWithType: string): Json | undefined {
        const table = this.tables[tableNameWithType];
        return table === undefined ? undefined : answeredTable(this.generation, table.config);
    }

    protected override schemaChanged(id: string): void {
        const table = this.tables[id];
        if (table !== undefined) table.needReload = true;
    }

    protected override hasTable(id: string): boolean {
        return this.tables[id] !== undefined;
    }

    protected override isWrite({ method, path }: FakeRequest): boolean {
        return method !== "GET" && path !== "/sql" && !path.endsWith("/validate");
    }

    protected answer(request: FakeRequest): FakeAnswer {
        const [, area = "", name = "", action = ""] = request.path.split("/");
        if (area === "health") return { status: 200, body: "OK" };
        if (area === "tenants") return this.tenant();
        if (area === "instances") return this.instances.answer(request);
        if (name === "" && request.method === "GET" && (area === "schemas" || area === "tables")) {
            const type = request.query.get("type")?.toUpperCase();
            const halves = Object.keys(this.tables);
            const tables =
                type === undefined
                    ? [...new Set(halves.map((table) => table.replace(/_(REALTIME|OFFLINE)$/, "")))]
                    : halves.filter((table) => table.endsWith(`_${type}`));
            return { status: 200, body: area === "schemas" ? Object.keys(this.schemas) : { tables } };
        }
        if (area === "schemas") return this.schema(request, name);
        if (area === "tableConfigs") return this.validateConfigs(request);
        if (area === "ingestFromFile") return this.ingest(request);
        if (area === "segments") return this.ofSegments(request) ?? this.segment(request, name, action);
        if (area === "sql") return this.query(request);
        if (area === "tables" && action === "") return this.table(request, name);
        if (area === "tables") return this.tableAction(request, name, action);
        if (area === "debug") return this.debug();
        return refusal(404, "HTTP 404 Not Found");
    }

    private tenant(): FakeAnswer {
        const ready = this.registeringRequests-- <= 0;
        return {
            status: 200,
            body: {
                ServerInstances: ready ? ["Server_pinot_8098"] : [],
                BrokerInstances: ready ? ["Broker_pinot_8099"] : [],
                tenantName: "DefaultTenant",
            },
        };
    }

    private table(request: FakeRequest, name: string): FakeAnswer {
        const { method, query, body } = request;
        const modern = this.generation === "1.5.1";
        if (method === "GET") {
            const type = query.get("type")?.toUpperCase();
            const halves = ["OFFLINE", "REALTIME"].filter((half) => type === undefined || type === half);
            const found = halves.flatMap((half) => {
                const config = this.held(`${name}_${half}`);
                return config === undefined ? [] : [[half, config]];
            });
            if (found.length === 0 && modern) return refusal(404, `Table ${name} does not exist`);
            return { status: 200, body: Object.fromEntries(found) };
        }
        if (method === "DELETE") return this.remove(name, query.get("type")?.toUpperCase() ?? "REALTIME");
        if (!isObject(body)) return refusal(400, "Invalid table config json string");
        const problem = this.tableProblem(body, name === "validate");
        if (problem !== undefined) return problem;
        const { known, ignored } = understandTable(this.generation, body);
        const id = String(known.tableName);
        if (name === "validate") {
            const type = String(known.tableType);
            const normal = answeredTable(this.generation, known, false);
            return { status: 200, body: { [type]: normal, unrecognizedProperties: ignored } };
        }
        return method === "POST" ? this.add(id, known, ignored) : this.change(name, id, known, ignored);
    }

    private add(id: string, config: Json, ignored: Json): FakeAnswer {
        if (this.tables[id] !== undefined) {
            const tail = this.generation === "1.5.1" ? " before attempting to recreate." : ".";
            return refusal(
                409,
                `Table config for ${id} already exists. If this is unexpected, try deleting the table to remove all metadata associated with it${tail}`,
            );
        }
        if (this.generation === "1.5.1" && this.isLeaving(id)) {
            return refusal(
                409,
                `External view for ${id} still exists. If the table is just deleted, please wait for the clean up to finish before recreating it.`,
            );
        }
        const topic = topicOf(config);
        if (topic !== undefined && this.topics !== undefined && !this.topics.includes(topic)) {
            return this.generation === "1.5.1"
                ? refusal(500, `Failed to fetch partition information for topic: ${topic}`)
                : refusal(
                      500,
                      `java.lang.NullPointerException: Cannot invoke "java.util.List.size()" because the return value of "org.apache.kafka.clients.consumer.Consumer.partitionsFor(String, java.time.Duration)" is null`,
                  );
        }
        const realtime = config.tableType === "REALTIME";
        this.tables[id] = {
            config,
            paused: false,
            hasIdealState: true,
            needReload: false,
            segments: realtime ? 2 : 0,
        };
        return { status: 200, body: { unrecognizedProperties: ignored, status: `Table ${id} successfully added` } };
    }

    private change(path: string, id: string, config: Json, ignored: Json): FakeAnswer {
        const raw = id.replace(/_(REALTIME|OFFLINE)$/, "");
        if (path !== id && path !== raw)
            return refusal(400, `Request table ${path} does not match table name in the body ${id}`);
        const table = this.tables[id];
        if (table === undefined) return refusal(404, `Table ${id} does not exist`);
        if (!table.hasIdealState) return refusal(500, `Ideal state is not present for the table ${id}`);
        const guarded =
            this.generation === "1.5.1"
                ? guardedChange(answeredTable(this.generation, table.config), answeredTable(this.generation, config))
                : undefined;
        if (guarded !== undefined) {
            return refusal(
                400,
                `Failed to update configuration for ${raw} due to: Failed to update table '${id}': Cannot modify [${guarded}] as it may lead to data inconsistencies. Please create a new table instead.`,
            );
        }
        if (JSON.stringify(table.config.tableIndexConfig) !== JSON.stringify(config.tableIndexConfig))
            table.needReload = true;
        table.config = config;
        return { status: 200, body: { unrecognizedProperties: ignored, status: `Table config updated for ${raw}` } };
    }

    private remove(name: string, type: string): FakeAnswer {
        const id = `${name.replace(/_(REALTIME|OFFLINE)$/, "")}_${type}`;
        if (this.tables[id] === undefined) return refusal(404, `Table '${name}' with type ${type} does not exist`);
        delete this.tables[id];
        delete this.loaded[id];
        this.leaving[id] = this.clearingRequests;
        return { status: 200, body: { status: `Tables: [${id}] deleted` } };
    }

    private tableProblem(config: Json, validating: boolean): FakeAnswer | undefined {
        const id = String(config.tableName);
        const raw = id.replace(/_(REALTIME|OFFLINE)$/, "");
        const segments = isObject(config.segmentsConfig) ? config.segmentsConfig : {};
        const schema = this.schemas[raw];
        const prefix = validating ? `Invalid table config: ${id}. ` : "";
        if (schema === undefined) {
            if (this.generation === "1.5.1") return refusal(400, `Failed to find schema for table: ${id}`);
            if (validating) return refusal(400, `Invalid table config: ${id}. Got empty schema`);
        }
        if (
            config.tableType === "REALTIME" &&
            this.generation === "0.11.0" &&
            segments.replicasPerPartition === undefined
        ) {
            return refusal(400, `${prefix}Invalid value for replicasPerPartition: 'null'`);
        }
        const time = String(segments.timeColumnName);
        if (schema !== undefined && segments.timeColumnName !== undefined && fieldsOf(schema)[time] === undefined) {
            return refusal(
                400,
                `${prefix}Cannot find valid fieldSpec for timeColumn: ${time} from the table config: ${id}, in the schema: ${raw}`,
            );
        }
        return undefined;
    }

    private validateConfigs({ body }: FakeRequest): FakeAnswer {
        const configs = isObject(body) ? body : {};
        const ignored: Json = {};
        const schema = understandSchema(this.generation, isObject(configs.schema) ? configs.schema : {});
        for (const [pointer, value] of Object.entries(schema.ignored)) ignored[`/schema${pointer}`] = value;
        for (const half of ["realtime", "offline"]) {
            const config = configs[half];
            if (!isObject(config)) continue;
            for (const [pointer, value] of Object.entries(understandTable(this.generation, config).ignored)) {
                ignored[`/${half}${pointer}`] = value;
            }
            const segments = isObject(config.segmentsConfig) ? config.segmentsConfig : {};
            const time = String(segments.timeColumnName);
            if (segments.timeColumnName !== undefined && fieldsOf(schema.known)[time] === undefined) {
                return refusal(
                    400,
                    `Invalid TableConfigs: ${configs.tableName}. Cannot find valid fieldSpec for timeColumn: ${time}`,
                );
            }
        }
        return { status: 200, body: { ...configs, unrecognizedProperties: ignored } };
    }

    private segment({ method, query }: FakeRequest, name: string, action: string): FakeAnswer {
        if (action === "needReload") {
            if (this.generation === "0.11.0") return refusal(406, "HTTP 406 Not Acceptable");
            return {
                status: 200,
                body: { needReload: this.tables[name]?.needReload ?? false, serverToSegmentsCheckReloadList: {} },
            };
        }
        if (method === "POST" && action === "reload") return this.startReload(`${name}_${query.get("type")}`);
        const job = this.jobs[action];
        if (name !== "segmentReloadStatus" || job === undefined)
            return refusal(404, `Failed to find controller job id: ${action}`);
        job.polls--;
        const table = this.tables[job.table];
        const total = table?.segments ?? 0;
        const good = job.polls > 0 ? Math.min(1, total) : total - this.brokenCopies;
        if (job.polls <= 0 && table !== undefined) table.needReload = false;
        const counts = {
            totalSegmentCount: total,
            successCount: good,
            totalServersQueried: 1,
            totalServerCallsFailed: 0,
        };
        if (this.generation === "0.11.0") return { status: 200, body: { metadata: { jobId: action }, ...counts } };
        const failureCount = job.polls > 0 ? null : this.brokenCopies;
        return {
            status: 200,
            body: {
                status: job.polls > 0 ? "IN_PROGRESS" : "COMPLETED",
                metadata: { jobId: action },
                ...counts,
                failureCount,
            },
        };
    }

    private startReload(id: string): FakeAnswer {
        const table = this.tables[id];
        if (table === undefined || table.segments === 0)
            return refusal(404, `Failed to find any segments in table: ${id}`);
        const job = `job-${Object.keys(this.jobs).length + 1}`;
        this.jobs[job] = { table: id, polls: this.reloadPolls };
        const details = JSON.stringify({
            [id]: { reloadJobId: job, reloadJobMetaZKStorageStatus: "SUCCESS", numMessagesSent: "1" },
        });
        return {
            status: 200,
            body: { status: this.generation === "0.11.0" ? `Segment reload details: ${details}` : details },
        };
    }

    private tableAction(request: FakeRequest, raw: string, action: string): FakeAnswer {
        const type = request.query.get("tableType") ?? "REALTIME";
        const id = `${raw}_${type}`;
        const table = this.tables[id];
        if (action === "externalview" && this.isLeaving(id)) {
            return {
                status: 200,
                body: { OFFLINE: null, [type]: { [`${raw}__0`]: { Server_pinot_8098: "OFFLINE" } } },
            };
        }
        if (action === "idealstate" || action === "externalview") {
            if (table === undefined || !table.hasIdealState) return refusal(404, "Table not found");
            return {
                status: 200,
                body: {
                    OFFLINE: null,
                    REALTIME: null,
                    [type]: {
                        ...view(raw, table, action === "externalview" ? this.brokenCopies : 0),
                        ...this.viewOfLoaded(id, action === "externalview"),
                    },
                },
            };
        }
        if (table === undefined) return refusal(404, `Table ${id} not found!`);
        const consuming = table.paused ? [] : Object.keys(view(raw, table, 0));
        if (action === "consumingSegmentsInfo") {
            const info = consuming.map((segment) => [
                segment,
                [{ serverName: "Server_pinot_8098", consumerState: "CONSUMING" }],
            ]);
            return { status: 200, body: { _segmentToConsumingInfoMap: Object.fromEntries(info) } };
        }
        if (action === "pauseConsumption") table.paused = true;
        if (action === "resumeConsumption") table.paused = false;
        if (["pauseStatus", "pauseConsumption", "resumeConsumption"].includes(action)) {
            return {
                status: 200,
                body: { pauseFlag: table.paused, consumingSegments: table.paused ? null : consuming },
            };
        }
        return refusal(404, "HTTP 404 Not Found");
    }

    private query({ body }: FakeRequest): FakeAnswer {
        const [, table = ""] = /FROM "([^"]+)"/i.exec(String((body as Json | undefined)?.sql)) ?? [];
        if (this.tables[table] === undefined) {
            return { status: 200, body: { exceptions: [{ errorCode: 190, message: "TableDoesNotExistError" }] } };
        }
        return {
            status: 200,
            body: { resultTable: { rows: [[this.rows[table] ?? this.loadedRows(table)]] }, exceptions: [] },
        };
    }

    private debug(): FakeAnswer {
        const broken = this.brokenCopies > 0;
        const errorMessage = broken ? "Could not open a consumer" : "";
        return {
            status: 200,
            body: [{ ingestionStatus: { ingestionState: broken ? "UNHEALTHY" : "HEALTHY", errorMessage } }],
        };
    }

    private isLeaving(id: string): boolean {
        const left = this.leaving[id] ?? 0;
        this.leaving[id] = left - 1;
        return left > 0;
    }
}

function view(raw: string, table: StoredTable, broken: number): Json {
    const state = table.config.tableType === "REALTIME" && !table.paused ? "CONSUMING" : "ONLINE";
    const names = Array.from({ length: table.segments }, (_, index) => `${raw}__${index}__0`);
    return Object.fromEntries(
        names.map((name, index) => [name, { Server_pinot_8098: index < broken ? "ERROR" : state }]),
    );
}
