import { type FakeAnswer, type FakeRequest, FakeServer } from "./fake-server";
import {
    AT,
    aggregates,
    CHECKPOINTING,
    DIRECTORY,
    type FakeJob,
    failed,
    folderOf,
    isAlive,
    listed,
    ok,
    refused,
    result,
    statementOf,
    userConfig,
} from "./flink-answers";

interface Session {
    readonly properties: Record<string, string>;
    readonly tables: Map<string, string>;
    readonly results: FakeAnswer[];
    readonly looked: Set<number>;
}

const MS_PER_CHECKPOINT = 60;

/**
 * A JobManager and a SQL gateway on one port, answering as Flink 2.3.0 was seen to: the gateway accepts any statement and
 * gives its error with the result, a savepoint is asked for until it is there, unknown jobs are 404 with a stack trace.
 *
 * What a job does is read off its statement: `CAST(s AS BIGINT)` fails again and again, a state of GROUP BY fits no
 * statement without one, and that of one aggregate no statement with two.
 */
export class FakeFlink extends FakeServer {
    readonly jobs: FakeJob[] = [];
    /** Complete checkpoints and savepoints that are on disk, whatever the JobManager knows. */
    readonly onDisk = new Map<string, string>();
    /** Folders of checkpoints that are not complete: files, and no `_metadata`. */
    readonly incomplete: string[] = [];
    /** Where savepoints fail. */
    savepointsFail = false;
    slots = 4;
    /** Jobs get no slot. */
    withoutSlots = false;
    /** So many of the next submissions fail. */
    refuseSubmissions = 0;

    /** For so long it repeats what it last said of a job's checkpoints; Flink does for 3000. */
    repeatsMs = 0;
    /** Called once, when the next job is there. */
    onSubmit: (() => void) | undefined;

    private readonly sessions = new Map<string, Session>();
    private readonly requestsOfSavepoints = new Map<string, FakeAnswer[]>();
    private readonly said = new Map<string, { at: number; answer: FakeAnswer }>();
    private count = 0;

    /** Sessions that nobody has closed. */
    get openSessions(): number {
        return this.sessions.size;
    }

    alive(name: string): FakeJob | undefined {
        return this.jobs.find((job) => job.name === name && isAlive(job));
    }

    /** From now on a job fails as often as it starts. */
    failing(jid: string): void {
        const job = this.jobs.find((one) => one.jid === jid);
        if (job === undefined) return;
        this.freeze(job);
        job.state = "RESTARTING";
    }

    /** As when the JobManager dies without high availability: its jobs are unknown, their checkpoints stay. */
    loseJobManager(): void {
        for (const job of this.jobs.splice(0)) this.freeze(job);
    }

    end(job: FakeJob, state: string): void {
        this.freeze(job);
        job.state = state;
    }

    /** Ends a job as slowly as one whose tasks take their time to be cancelled. */
    endSlowly(job: FakeJob): void {
        this.freeze(job);
        job.state = "CANCELLING";
        setTimeout(() => this.end(job, "CANCELED"), 300);
    }

    /** Sessions come and go in previews too; what changes something is about jobs. */
    protected override isWrite({ method, path, body }: FakeRequest): boolean {
        if (method === "PATCH") return true;
        if (method !== "POST") return false;
        if (!path.endsWith("/statements")) return /\/stop$|disposal$/.test(path);
        return /^(INSERT|EXECUTE)\b/.test(statementOf(body));
    }

    protected answer({ method, path, body, query }: FakeRequest): FakeAnswer {
        const gateway = /^\/v1\/sessions(?:\/([^/]+))?(?:\/(.*))?$/.exec(path);
        if (gateway !== null) return this.gateway(method, gateway[1], gateway[2] ?? "", body);
        if (path === "/overview") return ok({ "slots-total": this.slots, "slots-available": 0 });
        if (path === "/jobmanager/config") {
            return ok([{ key: "execution.checkpointing.dir", value: `file://${DIRECTORY}/checkpoints` }]);
        }
        if (path === "/jobs/overview") return ok({ jobs: this.jobs.map((job) => listed(job, this.repeatsMs > 0)) });
        if (path === "/savepoint-disposal")
            return this.dispose((body as Record<string, string>)["savepoint-path"] ?? "");
        if (path.startsWith("/savepoint-disposal/")) return ok({ status: { id: "COMPLETED" }, operation: {} });
        const [, jid = "", rest = ""] = /^\/jobs\/([^/]+)(.*)$/.exec(path) ?? [];
        const job = this.jobs.find((one) => one.jid === jid);
        if (job === undefined)
            return failed(404, `org.apache.flink.runtime.rest.NotFoundException: Job ${jid} not found\n${AT}`);
        if (method === "PATCH" && query.get("mode") === "cancel") {
            if (isAlive(job)) this.end(job, "CANCELED");
            return { status: 202, body: {} };
        }
        if (rest === "/stop") return this.stop(job);
        if (rest.startsWith("/savepoints/")) return this.stopped(rest.slice("/savepoints/".length));
        if (rest === "/config") return ok({ "execution-config": { "user-config": userConfig(job) } });
        if (rest === "/checkpoints") return this.repeated(job);
        if (rest === "/checkpoints/config") return ok(CHECKPOINTING);
        if (rest === "/exceptions") return ok({ exceptionHistory: { entries: this.failures(job), truncated: false } });
        return failed(404, "Not found");
    }

    private gateway(method: string, handle: string | undefined, rest: string, body: unknown): FakeAnswer {
        if (handle === undefined) {
            const id = `session-${++this.count}`;
            const properties = (body as { properties?: Record<string, string> }).properties ?? {};
            this.sessions.set(id, { properties, tables: new Map(), results: [], looked: new Set() });
            return ok({ sessionHandle: id });
        }
        const session = this.sessions.get(handle);
        if (session === undefined) {
            const words = `org.apache.flink.table.gateway.api.utils.SqlGatewayException: Session '${handle}' does not exist.`;
            return failed(
                500,
                "Internal server error.",
                `<Exception on server side:\n${words}\n${AT}End of exception on server side>`,
            );
        }
        if (method === "DELETE") {
            this.sessions.delete(handle);
            return ok({ status: "CLOSED" });
        }
        if (rest === "statements") {
            session.results.push(this.carryOut(session, statementOf(body)));
            return ok({ operationHandle: String(session.results.length - 1) });
        }
        const [, operation = ""] = /^operations\/(\d+)\/result\/\d+$/.exec(rest) ?? [];
        const number = Number(operation);
        // The first look comes too early, as it mostly does.
        if (!session.looked.has(number)) {
            session.looked.add(number);
            return ok({ resultType: "NOT_READY", nextResultUri: `/v1/sessions/${handle}/${rest}` });
        }
        return session.results[number] ?? failed(404, "no such operation");
    }

    private carryOut(session: Session, sql: string): FakeAnswer {
        const bad = Object.entries(session.properties).find(
            ([key, value]) => /interval$/.test(key) && !/^\d/.test(value),
        );
        if (bad !== undefined) {
            return refused(
                `java.lang.IllegalArgumentException: Could not parse value '${bad[1]}' for key '${bad[0]}'.`,
                `java.lang.NumberFormatException: text does not start with a number`,
            );
        }
        if (session.properties["execution.checkpointing.interval"] === "0 ms") {
            return refused(
                "java.lang.IllegalArgumentException: Checkpoint interval must be larger than or equal to 10 ms",
            );
        }
        const created = /^CREATE TEMPORARY TABLE (\S+)/.exec(sql);
        if (created !== null) {
            session.tables.set(created[1] ?? "", sql);
            return result(["OK"]);
        }
        if (/^(SET|USE|CREATE|SHOW)\b/.test(sql)) return result(["OK"]);
        if (sql.startsWith("SELECT `file.path`")) return this.files(session.tables.get("files") ?? "");
        const query = sql.replace(/^EXPLAIN |^EXECUTE STATEMENT SET BEGIN |; END$/g, "");
        if (!/^INSERT INTO /.test(query)) {
            const words = `Encountered "${query.split(" ")[0]}" at line 1, column 1.\nWas expecting one of:\n    "INSERT" ...\n    `;
            return refused(
                `org.apache.flink.table.api.SqlParserException: SQL parse failed. ${words}`,
                `org.apache.flink.sql.parser.impl.ParseException: ${words}`,
            );
        }
        for (const [, name = ""] of query.matchAll(/(?:FROM|INTO) (\w+)/g)) {
            if (session.tables.has(name)) continue;
            const words = `From line 1, column 15 to line 1, column 41: Object '${name}' not found in ${query}`;
            return refused(
                `org.apache.flink.table.api.ValidationException: SQL validation failed. ${words}`,
                `org.apache.calcite.runtime.CalciteContextException: ${words}`,
                `org.apache.calcite.sql.validate.SqlValidatorException: Object '${name}' not found in ${query}`,
            );
        }
        return sql.startsWith("EXPLAIN") ? result(["== Abstract Syntax Tree ==\n…"]) : this.submit(session, query);
    }

    private submit(session: Session, sql: string): FakeAnswer {
        if (this.refuseSubmissions > 0) {
            this.refuseSubmissions--;
            return refused(
                "org.apache.flink.table.api.TableException: Failed to execute sql",
                "java.lang.OutOfMemoryError: out of metaspace",
            );
        }
        const from = session.properties["execution.state-recovery.path"]?.replace("file:///", "file:/");
        const kept = from === undefined ? "" : this.onDisk.get(from);
        if (kept === undefined) {
            return refused(
                "org.apache.flink.table.api.TableException: Failed to execute sql",
                "java.lang.RuntimeException: org.apache.flink.runtime.client.JobInitializationException: Could not start the JobMaster.",
                `java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '${from}' on file system 'file'.`,
            );
        }
        if (kept !== "" && /GROUP BY/.test(kept) && !/GROUP BY/.test(sql)) {
            return refused(
                "org.apache.flink.table.api.TableException: Failed to execute sql",
                `java.lang.IllegalStateException: Failed to rollback to checkpoint/savepoint ${from}. Cannot map checkpoint/savepoint state for operator 90bea66de1c231edf33913ecd54406c1 to the new program, because the operator is not available in the new program. If you want to allow to skip this, you can set the --allowNonRestoredState option on the CLI.`,
            );
        }
        const incompatible = kept !== "" && aggregates(kept) !== aggregates(sql);
        const fails = incompatible || this.withoutSlots || sql.includes("CAST(s AS BIGINT)");
        const jid = (++this.count).toString(16).padStart(32, "a");
        this.jobs.unshift({
            jid,
            name: session.properties["pipeline.name"] ?? "",
            state: fails ? "RESTARTING" : "RUNNING",
            sql: incompatible ? `INCOMPATIBLE ${sql}` : sql,
            properties: { ...session.properties },
            startedAt: Date.now() + this.count,
            from,
            base: Number(/chk-(\d+)$/.exec(from ?? "")?.[1] ?? 0),
        });
        this.onSubmit?.();
        this.onSubmit = undefined;
        return result([jid], jid);
    }

    private repeated(job: FakeJob): FakeAnswer {
        const said = this.said.get(job.jid);
        if (said !== undefined && Date.now() - said.at < this.repeatsMs) return said.answer;
        const answer = ok(this.checkpoints(job));
        this.said.set(job.jid, { at: Date.now(), answer });
        return answer;
    }

    private checkpoints(job: FakeJob): object {
        const id = this.lastCheckpoint(job);
        const path = `${folderOf(job)}/chk-${id}`;
        const hasOne = id > job.base;
        if (hasOne && isAlive(job)) this.onDisk.set(path, job.sql);
        const completed = hasOne ? { id, external_path: path, checkpoint_type: "CHECKPOINT", state_size: 2_897 } : null;
        const savepoint =
            job.savepoint === undefined
                ? null
                : { id: id + 1, external_path: job.savepoint, checkpoint_type: "SYNC_SAVEPOINT", state_size: 2_897 };
        const restored = job.from === undefined ? null : { id: job.base, external_path: job.from, is_savepoint: true };
        return { counts: { completed: id - job.base }, latest: { completed, savepoint, failed: null, restored } };
    }

    private lastCheckpoint(job: FakeJob): number {
        if (job.state === "RESTARTING" && job.frozenAt === undefined) return job.base;
        return job.base + Math.floor(Math.max(0, (job.frozenAt ?? Date.now()) - job.startedAt) / MS_PER_CHECKPOINT);
    }

    private freeze(job: FakeJob): void {
        if (job.frozenAt !== undefined) return;
        this.checkpoints(job);
        job.frozenAt = Date.now();
    }

    private failures(job: FakeJob): object[] {
        if (job.state !== "RESTARTING" && job.state !== "FAILED") return [];
        if (this.withoutSlots) {
            const words =
                "org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException: Could not acquire the minimum required resources.";
            return [{ stacktrace: `${words}\n${AT}`, taskName: null }];
        }
        const stacktrace = job.sql.startsWith("INCOMPATIBLE")
            ? `java.lang.RuntimeException: Error while getting state\n${AT}Caused by: org.apache.flink.util.StateMigrationException: For heap backends, the new state serializer (org.apache.flink.table.runtime.typeutils.RowDataSerializer@22ce91a1) must not be incompatible with the old state serializer (org.apache.flink.table.runtime.typeutils.RowDataSerializer@2916748e).\n${AT}`
            : `java.lang.NumberFormatException: For input string: '36d80b67a5c0c01c'. Invalid character found.\n${AT}`;
        const entry = (execution: number) => ({
            exceptionName: "java.lang.RuntimeException",
            stacktrace,
            taskName: `Source: numbers[47] -> Calc[48] (1/1) - execution #${execution}`,
        });
        return [2, 1, 0].map(entry);
    }

    private stop(job: FakeJob): FakeAnswer {
        const id = `request-${++this.count}`;
        const progress = ok({ status: { id: "IN_PROGRESS" }, operation: null });
        if (job.state !== "RUNNING" || this.savepointsFail) {
            const words =
                "java.util.concurrent.CompletionException: org.apache.flink.runtime.checkpoint.CheckpointException: Checkpoint triggering task Source: numbers[78] (1/1) is not being executed at the moment. Aborting checkpoint. Failure reason: Not all required tasks are currently running.";
            const operation = { "failure-cause": { "stack-trace": `${words}\n${AT}` } };
            this.requestsOfSavepoints.set(id, [progress, ok({ status: { id: "COMPLETED" }, operation })]);
        } else {
            const location = `file:${DIRECTORY}/savepoints/savepoint-${job.jid.slice(-6)}-${this.count}`;
            job.savepoint = location;
            this.onDisk.set(location, job.sql);
            this.end(job, "FINISHED");
            this.requestsOfSavepoints.set(id, [progress, ok({ status: { id: "COMPLETED" }, operation: { location } })]);
        }
        return { status: 202, body: { "request-id": id } };
    }

    private stopped(request: string): FakeAnswer {
        const answers = this.requestsOfSavepoints.get(request) ?? [];
        const next = answers.length > 1 ? answers.shift() : answers[0];
        return next ?? failed(404, `Operation not found under key ${request}`);
    }

    private dispose(path: string): FakeAnswer {
        this.onDisk.delete(path);
        return ok({ "request-id": `disposal-${++this.count}` });
    }

    /** What SQL sees of a folder: one file each, but none that begins with an underscore. */
    private files(table: string): FakeAnswer {
        const option = (key: string): string | undefined => new RegExp(`'${key}' = '([^']*)'`).exec(table)?.[1];
        const path = (option("path") ?? "").replace("file:///", "file:/");
        const pattern = option("source\\.path\\.regex-pattern");
        const folders = [...this.onDisk.keys(), ...this.incomplete];
        if (pattern === undefined) {
            const exists = [...this.onDisk.keys()].some((folder) => `${folder}/_metadata` === path);
            return exists ? result() : this.noFile(path);
        }
        const below = folders.filter((folder) => folder.startsWith(`${path}/`)).map((folder) => `${folder}/c51f-42`);
        if (below.length === 0) return this.noFile(path);
        const [first] = below
            .map((file) => file.replace("file:", ""))
            .filter((file) => new RegExp(`^${pattern}$`).test(file));
        return first === undefined ? result() : result([first]);
    }

    private noFile(path: string): FakeAnswer {
        return refused(
            "org.apache.flink.util.FlinkRuntimeException: Could not enumerate file splits",
            `java.io.FileNotFoundException: File ${path} does not exist or the user running Flink ('flink') has insufficient permissions to access it.`,
        );
    }
}
