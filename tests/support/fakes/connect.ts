import { type FakeAnswer, type FakeRequest, FakeServer } from "./fake-server";

type Config = Record<string, string>;
type Target = "RUNNING" | "PAUSED" | "STOPPED";

interface Part {
    readonly state: string;
    readonly trace?: string;
}

interface Status {
    readonly connector: Part;
    readonly tasks: readonly Part[];
}

/** One partition of a position. */
export interface FakeOffset {
    readonly partition: Record<string, unknown>;
    readonly offset: Record<string, unknown> | null;
}

/** A connector that a fake holds. */
export interface FakeConnector {
    config: Config;
    target: Target;
}

const POSTGRES = "io.debezium.connector.postgresql.PostgresConnector";

/** Keys that its plugin knows: type, and what it says of a value that is none. */
const KNOWN: Readonly<Record<string, "INT" | "LONG" | "MODE" | "BOOLEAN" | "STRING" | "PASSWORD" | "REQUIRED">> = {
    name: "STRING",
    "connector.class": "STRING",
    "tasks.max": "INT",
    "plugin.name": "STRING",
    "database.hostname": "REQUIRED",
    "database.user": "REQUIRED",
    "database.dbname": "REQUIRED",
    "database.password": "PASSWORD",
    "topic.prefix": "REQUIRED",
    "slot.name": "STRING",
    "publication.name": "STRING",
    "publication.autocreate.mode": "STRING",
    "poll.interval.ms": "LONG",
    "snapshot.mode": "MODE",
    "tombstones.on.delete": "BOOLEAN",
    "table.include.list": "STRING",
};

/**
 * A worker of Kafka Connect 4.3 with Debezium 3.7 for PostgreSQL: what it answers, and how long its status lags behind,
 * was recorded from the real one, and the same tests run against both.
 */
export class FakeConnect extends FakeServer {
    readonly connectors: Record<string, FakeConnector> = {};
    /** Positions by connector; they outlive it. */
    readonly offsets: Record<string, FakeOffset[]> = {};
    /** What there is in the source: without it tasks fail. */
    publications = ["people"];
    /** Sources that can be reached from the worker. */
    hosts = ["postgres"];
    /** Milliseconds until a status shows what was done, in each of two steps. */
    lagMs = 80;
    /** What the worker adds to every configuration, as those with an interceptor do. */
    added: Config = {};
    /** How many starts of tasks fail before one goes well. */
    badStarts = 0;
    /** Tasks that a connector makes of its work. */
    taskCount = 1;

    private readonly shown: Record<string, { at: number; status: Status | undefined }[]> = {};

    protected override isWrite({ method, path }: FakeRequest): boolean {
        return method !== "GET" && !path.endsWith("/validate");
    }

    /** Lets the tasks of a running connector fail, as when its source went away. */
    break(name: string, trace = NO_PUBLICATION): void {
        this.shown[name] = [{ at: 0, status: running([{ state: "FAILED", trace }]) }];
    }

    protected answer(request: FakeRequest): FakeAnswer {
        const { method, path, body } = request;
        if (path === "/connector-plugins") return { status: 200, body: [{ class: POSTGRES, type: "source" }] };
        const plugin = /^\/connector-plugins\/([^/]+)\/config\/validate$/.exec(path)?.[1];
        if (plugin !== undefined) return this.validated(plugin, body as Config);
        if (path === "/connectors") return method === "POST" ? this.create(body as never) : this.all();
        const [, name = "", action = ""] = /^\/connectors\/([^/]+)\/?(.*)$/.exec(path) ?? [];
        if (action === "status") return this.statusOf(name);
        const connector = this.connectors[name];
        if (method === "PUT" && action === "config") return this.configure(name, body as Config);
        if (connector === undefined) return error(404, `Connector ${name} not found`);
        if (action === "offsets") return this.answerOffsets(request, name, connector);
        if (action === "restart") return this.restart(name);
        if (method === "DELETE") return this.remove(name);
        if (method === "PUT") return this.command(name, connector, action);
        if (action === "config") return { status: 200, body: connector.config };
        return { status: 200, body: this.described(name) };
    }

    private all(): FakeAnswer {
        const names = Object.keys(this.connectors);
        return { status: 200, body: Object.fromEntries(names.map((name) => [name, { info: this.described(name) }])) };
    }

    private create(body: { name: string; config: Config; initial_state?: Target }): FakeAnswer {
        const { name, config, initial_state: target = "RUNNING" } = body;
        if (this.connectors[name] !== undefined) return error(409, `Connector ${name} already exists`);
        const refusal = this.refusal({ name, ...config });
        if (refusal !== undefined) return refusal;
        this.connectors[name] = { config: { ...config, name, ...this.added }, target };
        this.begin(name);
        return { status: 201, body: this.described(name) };
    }

    private configure(name: string, config: Config): FakeAnswer {
        const refusal = this.refusal(config);
        if (refusal !== undefined) return refusal;
        const known = this.connectors[name];
        this.connectors[name] = {
            config: { ...config, name, ...this.added },
            target: known?.target ?? "RUNNING",
        };
        this.begin(name);
        return { status: known === undefined ? 201 : 200, body: this.described(name) };
    }

    private command(name: string, connector: FakeConnector, verb: string): FakeAnswer {
        const targets: Record<string, Target> = { resume: "RUNNING", pause: "PAUSED", stop: "STOPPED" };
        const target = targets[verb];
        if (target === undefined) return error(404, "HTTP 404 Not Found");
        if (connector.target !== target) {
            connector.target = target;
            this.begin(name);
        }
        return { status: verb === "stop" ? 204 : 202, body: "" };
    }

    private restart(name: string): FakeAnswer {
        const now = this.nowShown(name);
        if (now?.tasks.some(({ state }) => state === "FAILED") === true) {
            this.shown[name] = [{ at: 0, status: running([{ state: "RESTARTING" }]) }];
            this.later(name, 1, this.outcome(name));
        }
        return { status: 202, body: { name, ...now } };
    }

    private remove(name: string): FakeAnswer {
        delete this.connectors[name];
        this.later(name, 1, undefined);
        return { status: 204, body: "" };
    }

    private answerOffsets({ method, body }: FakeRequest, name: string, { target }: FakeConnector): FakeAnswer {
        const stored = this.offsets[name] ?? [];
        if (method === "GET") return { status: 200, body: { offsets: stored } };
        if (target !== "STOPPED" || (this.nowShown(name)?.tasks.length ?? 0) > 0) {
            return error(400, "Connectors must be in the STOPPED state before their offsets can be modified.");
        }
        if (method === "DELETE") {
            this.offsets[name] = [];
            return { status: 200, body: { message: "have been reset successfully" } };
        }
        const { offsets = [] } = body as { offsets?: FakeOffset[] };
        if (offsets.length === 0) {
            return error(400, "Partitions / offsets need to be provided for an alter offsets request");
        }
        const key = ({ partition }: FakeOffset): string => JSON.stringify(partition);
        const kept = stored.filter((one) => !offsets.some((other) => key(one) === key(other)));
        this.offsets[name] = [...kept, ...offsets.filter(({ offset }) => offset !== null)];
        return { status: 200, body: { message: "have been altered successfully" } };
    }

    /** Old tasks are shown as they were, then the new ones. */
    private begin(name: string): void {
        const { target } = this.connectors[name] ?? { target: "STOPPED" };
        const tasks = this.nowShown(name)?.tasks ?? [];
        this.later(name, 1, { connector: { state: target }, tasks });
        this.later(name, 2, this.outcome(name));
    }

    /** What comes of a start. */
    private outcome(name: string): Status {
        const { target, config } = this.connectors[name] ?? { target: "STOPPED", config: {} as Config };
        if (target === "STOPPED") return { connector: { state: target }, tasks: [] };
        if (target === "PAUSED") return { connector: { state: target }, tasks: this.tasks("PAUSED") };
        const isBad = this.badStarts > 0 || !this.publications.includes(config["publication.name"] ?? "");
        this.badStarts = Math.max(0, this.badStarts - 1);
        if (isBad) return running([{ state: "FAILED", trace: NO_PUBLICATION }]);
        this.offsets[name] ??= [];
        if (this.offsets[name]?.length === 0) {
            this.offsets[name] = [
                { partition: { server: config["topic.prefix"] }, offset: { lsn: 29193024, txId: 761 } },
            ];
        }
        return running(this.tasks("RUNNING"));
    }

    private tasks(state: string): Part[] {
        return Array.from({ length: this.taskCount }, () => ({ state }));
    }

    private later(name: string, steps: number, status: Status | undefined): void {
        const at = Date.now() + steps * this.lagMs;
        // What was begun later than this is not begun any more.
        const waiting = (this.shown[name] ?? []).filter((one) => one.at < at);
        this.shown[name] = [...waiting, { at, status }];
    }

    private nowShown(name: string): Status | undefined {
        return (this.shown[name] ?? []).filter(({ at }) => at <= Date.now()).at(-1)?.status;
    }

    private statusOf(name: string): FakeAnswer {
        const status = this.nowShown(name);
        if (status === undefined) return error(404, `No status found for connector ${name}`);
        const tasks = status.tasks.map((task, id) => ({ id, worker_id: "connect:8083", ...task }));
        const type = this.connectors[name] === undefined ? "unknown" : "source";
        return {
            status: 200,
            body: { name, connector: { worker_id: "connect:8083", ...status.connector }, tasks, type },
        };
    }

    private described(name: string): object {
        return { name, config: this.connectors[name]?.config, tasks: [], type: "source" };
    }

    private validated(plugin: string, config: Config): FakeAnswer {
        if (plugin !== POSTGRES) return error(500, `org.apache.kafka…BadRequestException: ${noSuchClass(plugin)}`);
        if (config["connector.class"] !== plugin)
            return error(400, "Included connector type does not match request type");
        const errors = this.errorsOf(config);
        const configs = Object.entries(KNOWN).map(([name, type]) => ({
            definition: { name, type: type === "PASSWORD" ? type : "STRING" },
            value: { name, value: config[name] ?? null, errors: errors[name] ?? [] },
        }));
        return { status: 200, body: { name: plugin, error_count: Object.keys(errors).length, configs } };
    }

    private refusal(config: Config): FakeAnswer | undefined {
        const plugin = config["connector.class"] ?? "";
        if (plugin !== POSTGRES) return error(400, `org.apache.kafka…ConnectException: ${noSuchClass(plugin)}`);
        const texts = Object.values(this.errorsOf(config)).flat();
        if (texts.length === 0) return undefined;
        return error(
            400,
            `Connector configuration is invalid and contains the following ${texts.length} error(s):\n${texts.join("\n")}\n` +
                "You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`",
        );
    }

    private errorsOf(config: Config): Record<string, string[]> {
        const errors: Record<string, string[]> = {};
        for (const [key, type] of Object.entries(KNOWN)) {
            const texts = errorsOfValue(key, type, config[key]);
            if (texts.length > 0) errors[key] = texts;
        }
        // Whether the source answers is asked only when the declaration itself is right.
        if (Object.keys(errors).length === 0 && !this.hosts.includes(config["database.hostname"] ?? "")) {
            errors["database.hostname"] = ["Error while validating connector config: The connection attempt failed."];
        }
        return errors;
    }
}

function errorsOfValue(key: string, type: string, value: string | undefined): string[] {
    if (value === undefined) return type === "REQUIRED" ? [`The '${key}' value is invalid: A value is required`] : [];
    if (type === "INT" && !/^\d+$/.test(value)) {
        return [
            `Invalid value ${value} for configuration ${key}: Not a number of type INT`,
            `Invalid value null for configuration ${key}: Value must be non-null`,
        ];
    }
    if (type === "LONG" && !/^\d+$/.test(value)) return [`The '${key}' value is invalid: A long value is expected`];
    if (type === "MODE" && value !== "initial") return [`The '${key}' value is invalid: Value must be one of initial`];
    if (type === "BOOLEAN" && !/^(true|false)$/.test(value)) {
        const text = `The '${key}' value is invalid: Either 'true' or 'false' is expected`;
        return [text, text];
    }
    return [];
}

function running(tasks: readonly Part[]): Status {
    return { connector: { state: "RUNNING" }, tasks };
}

function noSuchClass(plugin: string): string {
    return `Failed to find any class that implements Connector and which name matches ${plugin}, available connectors are: PluginDesc{klass=class ${POSTGRES}}`;
}

function error(status: number, message: string): FakeAnswer {
    return { status, body: { error_code: status, message } };
}

const NO_PUBLICATION = [
    "org.apache.kafka.connect.errors.ConnectException: An exception occurred in the change event producer. This connector will be stopped.",
    "\tat io.debezium.pipeline.ErrorHandler.setProducerThrowable(ErrorHandler.java:67)",
    "Caused by: org.apache.kafka.connect.errors.ConnectException: Publication autocreation is disabled, please create one and restart the connector.",
    "\tat io.debezium.connector.postgresql.connection.PostgresReplicationConnection.initPublication(PostgresReplicationConnection.java:242)",
    "\t... 3 more",
].join("\n");
