import { join } from "node:path";
import { providerText } from "../../resources/managed-resource";
import { type ProviderProcess, StackResource } from "../support/provider-process";

/** Where the provider of jobs stands. */
export const SQL_JOB_CODE = {
    folder: join(__dirname, "..", "..", "resources", "flink"),
    module: "sql-job-provider",
    exportName: "sqlJobProvider",
};

/** The code that manages jobs, as it stands in their state. */
export function sqlJobProviderText(): string {
    return providerText(SQL_JOB_CODE);
}

/** A Flink cluster that a matrix runs against. */
export interface FlinkUnderTest {
    readonly restUrl: string;
    readonly sqlGatewayUrl: string;
    readonly process: ProviderProcess;
    /** Kills the JobManager, and returns when it is there again, without its jobs. */
    loseJobManager(): Promise<void>;
}

/** Sums up how many numbers are even and odd. */
export const COUNTS = "INSERT INTO nowhere SELECT MOD(n, 2), COUNT(*) FROM numbers GROUP BY MOD(n, 2)";
/** Keeps a state that is written differently from that of {@link COUNTS}. */
export const OTHER_AGGREGATES =
    "INSERT INTO nowhere SELECT MOD(n, 2), COUNT(*) + MAX(n) FROM numbers GROUP BY MOD(n, 2)";
/** Has no place for the state of {@link COUNTS}. */
export const STATELESS = "INSERT INTO nowhere SELECT MOD(n, 2), n FROM numbers";
/** Fails with the first number. */
export const BROKEN = "INSERT INTO nowhere SELECT CAST(s AS BIGINT), n FROM numbers";

export const TABLES = [
    "CREATE TEMPORARY TABLE numbers (n BIGINT, s STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '10', 'fields.s.length' = '9')",
    "CREATE TEMPORARY TABLE nowhere (parity BIGINT, amount BIGINT) WITH ('connector' = 'blackhole')",
    "CREATE TEMPORARY TABLE elsewhere (n BIGINT) WITH ('connector' = 'blackhole')",
];

interface RunningJob {
    readonly jid: string;
    readonly name: string;
    readonly state: string;
}

/** One job under test, and the cluster's own interface to play everybody else with. */
export class JobUnderTest {
    readonly resource: StackResource;

    constructor(
        readonly under: FlinkUnderTest,
        readonly name: string,
    ) {
        this.resource = new StackResource(under.process, sqlJobProviderText());
    }

    get server() {
        const { restUrl, sqlGatewayUrl } = this.under;
        return { restUrl, sqlGatewayUrl };
    }

    /** What is declared; what a test is about replaces its part. */
    inputs(changed: object = {}): Record<string, unknown> {
        return {
            server: this.server,
            name: this.name,
            setup: TABLES,
            statement: COUNTS,
            checkpointSeconds: 0.3,
            settleSeconds: 10,
            ...changed,
        };
    }

    get outputs(): Record<string, unknown> {
        return this.resource.state?.outputs ?? {};
    }

    async running(): Promise<RunningJob | undefined> {
        const { jobs } = await this.rest<{ jobs: RunningJob[] }>("/jobs/overview");
        const ended = ["FINISHED", "CANCELED", "FAILED", "SUSPENDED"];
        return jobs.find(({ name, state }) => name === this.name && !ended.includes(state));
    }

    /** Where the running job was restored from. */
    async restoredFrom(): Promise<string | undefined> {
        const jid = (await this.running())?.jid;
        type Checkpoints = { latest: { restored: { external_path: string } | null } };
        return (await this.rest<Checkpoints>(`/jobs/${jid}/checkpoints`)).latest.restored?.external_path;
    }

    async cancel(jid = String(this.outputs.jobId)): Promise<void> {
        await fetch(`${this.under.restUrl}/jobs/${jid}?mode=cancel`, { method: "PATCH" });
        await this.untilGone();
    }

    async stop(): Promise<void> {
        const options = { method: "POST", body: JSON.stringify({ drain: false }) };
        await fetch(`${this.under.restUrl}/jobs/${this.outputs.jobId}/stop`, options);
        await this.untilGone();
    }

    /** Removes what a test left. */
    async clear(): Promise<void> {
        const job = await this.running();
        if (job !== undefined) await this.cancel(job.jid);
    }

    private async untilGone(): Promise<void> {
        while ((await this.running()) !== undefined) await new Promise((resolve) => setTimeout(resolve, 100));
    }

    private async rest<T>(path: string): Promise<T> {
        return (await fetch(`${this.under.restUrl}${path}`)).json() as Promise<T>;
    }
}

/** What every cluster must do, fake or real. */
export function sqlJobMatrix(subject: () => FlinkUnderTest): void {
    let count = 0;
    let job: JobUnderTest;
    beforeEach(() => {
        job = new JobUnderTest(subject(), `job ${++count}`);
    });
    afterEach(() => job.clear());

    it("creates a job that runs, under its name, when up returns; a second preview is empty, in any form", async () => {
        expect(await job.resource.up(job.inputs())).toBe("create");
        const { jobId, status, checkpoints, startedFrom } = job.outputs;
        expect(await job.running()).toMatchObject({ jid: jobId, state: "RUNNING" });
        expect({ status, startedFrom }).toEqual({ status: "RUNNING" });
        expect(checkpoints).toMatch(new RegExp(`^file:.*/checkpoints/${jobId}$`));
        expect(job.resource.state?.id).toBe(job.name);

        expect(await job.resource.refresh()).toBe(false);
        expect(await job.resource.preview(job.inputs())).toMatchObject({ failures: [], step: "same" });
        const { checkpointSeconds: _, ...rest } = job.inputs();
        const same = {
            ...rest,
            setup: TABLES.map((sql) => `-- of the test\n${sql.replaceAll(" ", "\n  ")} ;`),
            statement: [`/* why */ ${COUNTS};`],
            configuration: { "execution.checkpointing.interval": "300 ms" },
            onIncompatibleState: "fail",
            savepointOnDelete: true,
            deletionProtection: true,
        };
        expect(await job.resource.preview(same)).toMatchObject({ failures: [], step: "same" });
    });

    it("makes one job of several statements", async () => {
        await job.resource.up(job.inputs({ statement: [COUNTS, "INSERT INTO elsewhere SELECT n FROM numbers"] }));
        expect(await job.running()).toMatchObject({ jid: job.outputs.jobId });
        expect(await job.resource.refresh()).toBe(false);
    });

    it("stops a changed job with a savepoint, says so, and goes on from there", async () => {
        await job.resource.up(job.inputs());
        const first = job.outputs.jobId;
        const changed = job.inputs({ parallelism: 2 });
        expect(await job.resource.preview(changed)).toMatchObject({ failures: [], step: "update" });
        expect(subject().process.output).toContain(
            `FlinkSqlJob "${job.name}": job ${first} will be stopped with a savepoint and submitted again`,
        );
        expect(await job.resource.up(changed)).toBe("update");
        expect(job.outputs).toMatchObject({
            status: "RUNNING",
            startedFrom: expect.stringMatching(/savepoints\/savepoint-/),
        });
        expect(job.outputs.jobId).not.toBe(first);
        expect(await job.restoredFrom()).toBe(job.outputs.startedFrom);
        expect(subject().process.output).toContain(
            `savepoint ${job.outputs.startedFrom} is of no use any more, and removed`,
        );
        expect(await job.resource.preview(changed)).toMatchObject({ step: "same" });
    });

    it("brings the old version back when the new one cannot take over its state, unless it may start without", async () => {
        await job.resource.up(job.inputs());
        const first = job.outputs.jobId;
        await expect(job.resource.up(job.inputs({ statement: STATELESS }))).rejects.toThrow(
            /cannot take over the state of the running version\n {2}.*Cannot map checkpoint.*\n {2}Way out: onIncompatibleState: "restartFresh".*\n {2}The old version runs again, as job .*, from file:.*savepoint-/,
        );
        expect(job.outputs).toMatchObject({ status: "RUNNING", statement: COUNTS });
        expect(job.outputs.jobId).not.toBe(first);
        expect(await job.running()).toMatchObject({ jid: job.outputs.jobId, state: "RUNNING" });

        await expect(job.resource.up(job.inputs({ statement: OTHER_AGGREGATES }))).rejects.toThrow(
            /cannot take over the state.*StateMigrationException: .*must not be incompatible.*The old version runs again/s,
        );
        const fresh = { statement: STATELESS, onIncompatibleState: "restartFresh" };
        expect(await job.resource.up(job.inputs(fresh))).toBe("update");
        expect(await job.restoredFrom()).toBeUndefined();
        expect(subject().process.output).toMatch(/cannot take over the state of file:.*, and starts without/);
    });

    it("refuses at preview what the gateway refuses, each at its property, and leaves the running job alone", async () => {
        const wrong = [
            "INSERT INTO nowhere SELECT n, n FROM nothing",
            COUNTS,
            "INSERT INTO nothing_else SELECT n FROM numbers",
        ];
        const { failures } = await job.resource.preview(job.inputs({ statement: wrong }));
        expect(failures.map(({ property }) => property)).toEqual(["statement[0]", "statement[2]"]);
        expect(failures[0]?.reason).toMatch(
            /the SQL gateway refuses it\n {2}.*'nothing' not found.*\n {2}Nothing was changed/,
        );
        expect(failures[0]?.reason).not.toMatch(/\tat |Caused by/);

        await job.resource.up(job.inputs());
        const first = job.outputs.jobId;
        await expect(job.resource.up(job.inputs({ statement: wrong }))).rejects.toThrow(/'nothing' not found/);
        const { checkpointSeconds: _, ...rest } = job.inputs();
        for (const [value, property] of [
            ["soon", 'configuration["execution.checkpointing.interval"]'],
            ["0 ms", "configuration"],
        ] as const) {
            const configuration = { "execution.checkpointing.interval": value };
            expect((await job.resource.preview({ ...rest, configuration })).failures).toMatchObject([{ property }]);
        }
        expect(await job.running()).toMatchObject({ jid: first });
    });

    it("fails the creation of a job that fails at once, with the root cause, and leaves nothing running", async () => {
        const error: Error = await job.resource.up(job.inputs({ statement: BROKEN })).then(
            () => new Error("it was created"),
            (thrown) => thrown,
        );
        expect(error.message).toMatch(
            /cannot be created: it does not work\n {2}job \w+ failed \d times: NumberFormatException: For input string.*\(in Source: numbers.*\n {2}The job was cancelled/,
        );
        expect(error.message.split("\n").length).toBeLessThan(6);
        expect([await job.running(), job.resource.state]).toEqual([undefined, undefined]);
    });

    it("finds a job that was cancelled, or stopped with a savepoint, at refresh, and starts it from there", async () => {
        await job.resource.up(job.inputs());
        await job.cancel();
        expect(await job.resource.refresh()).toBe(true);
        expect(job.outputs).toMatchObject({ status: "CANCELED", resumeFrom: expect.stringMatching(/\/chk-\d+$/) });
        const checkpoint = job.outputs.resumeFrom;
        expect(await job.resource.up(job.inputs())).toBe("update");
        expect(await job.restoredFrom()).toBe(checkpoint);
        expect(job.outputs).not.toHaveProperty("resumeFrom");

        await job.stop();
        expect(await job.resource.refresh()).toBe(true);
        expect(job.outputs).toMatchObject({ status: "STOPPED", resumeFrom: expect.stringMatching(/savepoint-/) });
        expect(await job.resource.up(job.inputs())).toBe("update");
        expect(await job.restoredFrom()).toMatch(/savepoint-/);
        expect(await job.resource.refresh()).toBe(false);
    });

    it("goes on from the last checkpoint when a JobManager has come back without its jobs", async () => {
        await job.resource.up(job.inputs());
        const first = job.outputs.jobId;
        await subject().loseJobManager();
        expect(await job.resource.refresh()).toBe(true);
        expect(job.outputs).toMatchObject({ status: "LOST", jobId: first });
        expect(await job.resource.up(job.inputs())).toBe("update");
        expect(job.outputs).toMatchObject({ status: "RUNNING" });
        expect(await job.restoredFrom()).toMatch(new RegExp(`^file:.*/checkpoints/${first}/chk-\\d+$`));
        expect((await job.resource.preview(job.inputs())).step).toBe("same");
    }, 120_000);

    it("shows another job under its name at refresh, and replaces it", async () => {
        await job.resource.up(job.inputs());
        const intruder = new JobUnderTest(subject(), job.name);
        await intruder.resource.up(intruder.inputs({ onExists: "adopt", parallelism: 2 }));
        expect(await job.resource.refresh()).toBe(true);
        expect(job.outputs).toMatchObject({ status: "CHANGED", jobId: intruder.outputs.jobId });
        expect(await job.resource.up(job.inputs())).toBe("update");
        expect(await job.restoredFrom()).toMatch(/savepoint-/);
        expect(await intruder.resource.refresh()).toBe(true);
    });

    it("refuses to stop what is protected; otherwise stops it with a savepoint and says where that is", async () => {
        await job.resource.up(job.inputs());
        await expect(job.resource.destroy()).rejects.toThrow(
            /is protected .*\n.*runs as job \w+ since .*bytes of state.*\n.*Way out/s,
        );
        const renamed = await job.resource.preview(job.inputs({ name: `${job.name} renamed` }));
        expect(renamed.failures.map(({ property }) => property)).toEqual(["name"]);
        expect(await job.resource.up(job.inputs({ deletionProtection: false }))).toBe("update");
        const again = job.resource.state;
        await job.resource.destroy();
        expect(await job.running()).toBeUndefined();
        const [, path] =
            /stopped with savepoint (\S+) \(startFrom goes on from there\)/.exec(subject().process.output) ?? [];
        job.resource.state = again;
        await job.resource.destroy();

        job.resource.state = undefined;
        expect(await job.resource.up(job.inputs({ startFrom: path }))).toBe("create");
        expect(await job.restoredFrom()).toBe(path);
        expect((await job.resource.preview(job.inputs({ startFrom: path }))).step).toBe("same");
    });

    it("takes over a job that runs only when asked, and only when it is equal or asked to change it", async () => {
        await job.resource.up(job.inputs());
        const { jobId } = job.outputs;
        const second = new JobUnderTest(subject(), job.name);
        expect((await second.resource.preview(second.inputs())).failures.map(({ property }) => property)).toEqual([
            "onExists",
        ]);
        const open = { deletionProtection: false };
        await expect(second.resource.up(second.inputs(open))).rejects.toThrow(/exists already .*adoptIfEqual/s);
        const equal = { onExists: "adoptIfEqual" };
        await expect(second.resource.up(second.inputs({ ...equal, parallelism: 2 }))).rejects.toThrow(
            /is not what is declared\n {2}job.declaration: declared \w+, there is \w+/,
        );
        expect(second.resource.state).toBeUndefined();
        // As after a crash between create and record.
        expect(await second.resource.up(second.inputs(equal))).toBe("create");
        expect(second.outputs.jobId).toBe(jobId);
        expect((await second.resource.preview(second.inputs(equal))).step).toBe("same");
        const third = new JobUnderTest(subject(), job.name);
        expect(await third.resource.up(third.inputs({ onExists: "adopt", parallelism: 2 }))).toBe("create");
        expect(await third.restoredFrom()).toMatch(/savepoint-/);
    });
}
