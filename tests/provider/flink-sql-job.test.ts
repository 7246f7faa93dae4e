import { UNKNOWN } from "../../resources/lifecycle";
import { FakeFlink } from "../support/fakes/flink";
import { ProviderProcess } from "../support/provider-process";
import {
    BROKEN,
    COUNTS,
    type FlinkUnderTest,
    JobUnderTest,
    STATELESS,
    sqlJobMatrix,
    TABLES,
} from "./flink-sql-job-matrix";

describe("jobs on a cluster that answers like Flink 2.3.0", () => {
    let process: ProviderProcess;
    let flink: FakeFlink;
    let subject: FlinkUnderTest;

    beforeAll(async () => {
        process = await ProviderProcess.start();
    });
    afterAll(() => process.stop());
    beforeEach(async () => {
        flink = await new FakeFlink().up();
        const loseJobManager = async () => flink.loseJobManager();
        subject = { restUrl: flink.url, sqlGatewayUrl: flink.url, process, loseJobManager };
    });
    afterEach(async () => {
        expect(flink.openSessions).toBe(0);
        await flink.down();
    });

    describe("as on every cluster", () => sqlJobMatrix(() => subject));

    describe("when something goes wrong", () => {
        let job: JobUnderTest;
        beforeEach(() => {
            job = new JobUnderTest(subject, "job");
        });

        it("does not fail a preview for a cluster that does not exist yet, and touches nothing when it does not come", async () => {
            await flink.down();
            expect((await job.resource.preview(job.inputs())).failures).toEqual([]);
            await expect(job.resource.up(job.inputs())).rejects.toThrow(
                /GET .*\/jobs\/overview got no answer: ECONNREFUSED\n {2}Nothing was changed/,
            );
            expect(job.resource.state).toBeUndefined();
            await flink.up();
        });

        it("does not take a cluster that is down, or just starting, for a job that is gone", async () => {
            await job.resource.up(job.inputs());
            const before = job.resource.state;
            await flink.down();
            await expect(job.resource.refresh()).rejects.toThrow(/got no answer/);
            await flink.up();
            const starting = {
                errors: ["Service temporarily unavailable due to an ongoing leader election. Please refresh."],
            };
            flink.fail({ method: "GET", times: 8, answer: { status: 503, body: starting } });
            expect((await job.resource.preview(job.inputs({ parallelism: 2 }))).failures).toEqual([]);
            await expect(job.resource.refresh()).rejects.toThrow(/answered 503: Service temporarily unavailable/);
            expect(job.resource.state).toBe(before);
        });

        it("calls wrong credentials by their name, never gone, and keeps them to itself", async () => {
            flink.credentials = "Bearer right-token";
            const right = { ...job.server, authorization: "Bearer right-token" };
            await job.resource.up(job.inputs({ server: right }));
            const server = { ...job.server, authorization: "Bearer planted-token" };
            const inputs = job.inputs({ server, deletionProtection: false });
            const { failures } = await job.resource.preview({ ...inputs, parallelism: 2 });
            expect(failures.map(({ property }) => property)).toContain("server.authorization");
            const texts = failures.map(({ reason }) => reason);
            const recorded = { ...job.outputs, ...inputs, __provider: job.resource.provider };
            for (const attempt of [
                () => process.read(job.name, recorded),
                () => process.create(recorded),
                () => process.update(job.name, job.outputs, recorded),
                () => process.delete(job.name, recorded),
            ]) {
                const error: Error = await attempt().then(
                    () => new Error("nothing was thrown"),
                    (thrown) => thrown,
                );
                expect(error.message).toMatch(/answered 401.*Way out: set server.authorization/s);
                texts.push(error.message);
            }
            expect([...texts, process.output].join()).not.toContain("planted-token");
            expect(flink.alive("job")).toBeDefined();
            flink.credentials = undefined;
        });

        it("puts secrets into statements, and nowhere else", async () => {
            const secrets = { PASSWORD: "planted'secret" };
            const table =
                "CREATE TEMPORARY TABLE kept (n BIGINT) WITH ('connector' = 'blackhole', 'password' = '$" +
                "{PASSWORD}')";
            const inputs = job.inputs({ setup: [...TABLES, table], secrets });
            await job.resource.up(inputs);
            const sent = flink.requests.map(
                ({ body }) => (body as { statement?: string } | undefined)?.statement ?? "",
            );
            expect(sent.join()).toContain("'password' = 'planted''secret'");
            const { secrets: own, ...rest } = job.outputs;
            expect(own).toEqual(secrets);
            const wrong = await job.resource.preview({
                ...inputs,
                statement: ["INSERT INTO nowhere SELECT '$", "{PASSWORD}' FROM planted"].join(""),
            });
            const texts = [JSON.stringify(rest), process.output, ...wrong.failures.map(({ reason }) => reason)];
            expect(texts.join()).not.toMatch(/planted'+secret/);
            expect(texts.join()).toContain("[secret]");
            expect((await job.resource.preview({ ...inputs, secrets: { PASSWORD: "another" } })).step).toBe("update");
            expect((await job.resource.preview(job.inputs({ setup: [...TABLES, table] }))).failures).toMatchObject([
                { property: "setup[3]", reason: expect.stringMatching(/\$\{PASSWORD\} stands for no secret/) },
            ]);
        });

        it("checks offline what it can while values are not known yet", async () => {
            const unknown = {
                server: UNKNOWN,
                name: UNKNOWN,
                setup: UNKNOWN,
                statement: UNKNOWN,
                configuration: UNKNOWN,
                secrets: UNKNOWN,
            };
            expect((await job.resource.preview(job.inputs(unknown))).failures).toEqual([]);
            const server = { ...job.server, restUrl: UNKNOWN };
            const { failures } = await job.resource.preview(
                job.inputs({ server, statement: [COUNTS, "DROP TABLE x"], parallelism: 0 }),
            );
            expect(failures.map(({ property }) => property)).toEqual(["statement[1]", "parallelism"]);
            expect(flink.requests).toEqual([]);
        });

        it("plans a new submission while a changed value is not known yet", async () => {
            await job.resource.up(job.inputs());
            for (const changed of [
                { statement: UNKNOWN },
                { setup: [...TABLES, UNKNOWN] },
                { configuration: { a: UNKNOWN } },
            ]) {
                expect(await job.resource.preview(job.inputs(changed))).toMatchObject({ failures: [], step: "update" });
            }
        });

        it("asks nothing in a preview that changes nothing", async () => {
            await job.resource.up(job.inputs());
            const before = flink.requests.length;
            await job.resource.preview(job.inputs());
            expect(flink.requests).toHaveLength(before);
        });

        it("does not carry out in a preview what would outlive its session", async () => {
            const setup = [
                "CREATE CATALOG lake WITH ('type' = 'jdbc')",
                "CREATE TABLE lake.db.t (n BIGINT)",
                ...TABLES,
            ];
            expect((await job.resource.preview(job.inputs({ setup }))).failures).toEqual([]);
            expect(flink.requests.filter(({ path }) => path.endsWith("/statements"))).toEqual([]);
        });

        it("does not submit twice when the answer to a submission is lost", async () => {
            // After those of the preview and of the setup.
            flink.fail({ method: "POST", path: /statements$/, times: 2 * TABLES.length + 1, slowMs: 0 });
            flink.fail({ method: "POST", path: /statements$/, loseReply: true });
            expect(await job.resource.up(job.inputs())).toBe("create");
            expect(flink.jobs.map(({ name }) => name)).toEqual(["job"]);
            // Found by what it was made of.
            expect(flink.requests.map(({ path }) => path)).toContain(`/jobs/${job.outputs.jobId}/config`);
            expect(job.outputs.jobId).toBe(flink.alive("job")?.jid);
        });

        /** For as long as somebody asks patiently. */
        const goSilent = (): void => flink.fail({ method: "GET", path: /overview$/, times: 4, loseReply: true });

        it("records a job whose JobManager goes silent while it starts, and goes on with it", async () => {
            flink.onSubmit = goSilent;
            await expect(job.resource.up(job.inputs())).rejects.toThrow(
                /got no answer.*\n {2}What was done so far is recorded/,
            );
            const jid = flink.alive("job")?.jid;
            expect(job.outputs).toMatchObject({ jobId: jid });
            expect(await job.resource.up(job.inputs())).toBe("update");
            expect([flink.jobs.length, job.outputs.jobId, job.outputs.status]).toEqual([1, jid, "RUNNING"]);
        });

        it("starts no second job beside one that was changed and may run", async () => {
            await job.resource.up(job.inputs());
            flink.onSubmit = goSilent;
            await expect(job.resource.up(job.inputs({ parallelism: 2 }))).rejects.toThrow(/got no answer/);
            expect(await job.resource.up(job.inputs({ parallelism: 2 }))).toBe("update");
            expect(flink.jobs.filter(({ state }) => state === "RUNNING")).toHaveLength(1);
            expect(job.outputs).not.toHaveProperty("resumeFrom");
        });

        it("takes the savepoint of a stop whose reply was lost", async () => {
            await job.resource.up(job.inputs());
            flink.fail({ method: "POST", path: /\/stop$/, loseReply: true });
            expect(await job.resource.up(job.inputs({ parallelism: 2 }))).toBe("update");
            expect(await job.restoredFrom()).toMatch(/savepoint-/);
            expect(flink.writes().filter((write) => write.endsWith("/stop"))).toHaveLength(1);
        });

        it("leaves a job running whose savepoint fails, at a change and at its removal", async () => {
            await job.resource.up(job.inputs({ deletionProtection: false }));
            flink.savepointsFail = true;
            await expect(job.resource.up(job.inputs({ parallelism: 2, deletionProtection: false }))).rejects.toThrow(
                /the savepoint failed: CheckpointException: .*Not all required tasks/,
            );
            await expect(job.resource.destroy()).rejects.toThrow(
                /cannot be stopped with a savepoint\n.*Not all required tasks.*\n {2}Way out: .*savepointOnDelete: false.*\n {2}It is not removed/,
            );
            expect(flink.alive("job")?.state).toBe("RUNNING");
            await job.resource.up(job.inputs({ savepointOnDelete: false, deletionProtection: false }));
            await job.resource.destroy();
            expect(flink.alive("job")).toBeUndefined();
        });

        it("takes a job that fails all the time from its last checkpoint, since it can have no savepoint", async () => {
            await job.resource.up(job.inputs());
            const live = flink.alive("job");
            const { checkpoints } = job.outputs;
            await new Promise((resolve) => setTimeout(resolve, 150));
            await job.resource.refresh();
            flink.failing(live?.jid ?? "");
            expect(await job.resource.refresh()).toBe(false);
            expect(await job.resource.up(job.inputs({ parallelism: 2 }))).toBe("update");
            expect(await job.restoredFrom()).toContain(`${checkpoints}/chk-`);
        });

        it("passes over checkpoints that are not complete, and does not start without state when there is none", async () => {
            await job.resource.up(job.inputs());
            const folder = String(job.outputs.checkpoints);
            flink.loseJobManager();
            const complete = [...flink.onDisk.keys()].filter((path) => path.startsWith(folder));
            flink.incomplete.push(`${folder}/chk-9999`);
            await job.resource.refresh();
            await job.resource.up(job.inputs());
            expect(complete).toContain(await job.restoredFrom());

            const lost = String(job.outputs.checkpoints);
            flink.loseJobManager();
            flink.onDisk.clear();
            await job.resource.refresh();
            await expect(job.resource.up(job.inputs())).rejects.toThrow(
                /is lost, and its state cannot be found\n.*there is no complete checkpoint in file:.*\n {2}Way out: set startFrom to a path such as "file:.*chk-7"; or onIncompatibleState: "restartFresh"/,
            );
            expect(job.outputs).toMatchObject({ checkpoints: lost });
            expect(await job.resource.up(job.inputs({ onIncompatibleState: "restartFresh" }))).toBe("update");
            expect(await job.restoredFrom()).toBeUndefined();
        });

        it("records where the state is when neither the new version nor the old one starts", async () => {
            await job.resource.up(job.inputs());
            flink.refuseSubmissions = 2;
            await expect(job.resource.up(job.inputs({ parallelism: 2 }))).rejects.toThrow(
                /does not work in its new version\n.*out of metaspace\n {2}The old version did not start either: .*out of metaspace\n {2}Its state is in file:.*savepoint-.*: the next up goes on from there/s,
            );
            expect(job.outputs).toMatchObject({ status: "STOPPED", resumeFrom: expect.stringMatching(/savepoint-/) });
            const path = job.outputs.resumeFrom;
            expect(await job.resource.up(job.inputs({ parallelism: 2 }))).toBe("update");
            expect(await job.restoredFrom()).toBe(path);
        });

        it("does not take a job that was just stopped for one that has come to its end", async () => {
            await job.resource.up(job.inputs());
            flink.repeatsMs = 3_000;
            await fetch(`${flink.url}/jobs/${job.outputs.jobId}/checkpoints`);
            await job.stop();
            expect(await job.resource.refresh()).toBe(true);
            expect(job.outputs).toMatchObject({ status: "STOPPED", resumeFrom: expect.stringMatching(/savepoint-/) });
        });

        it("waits for the end of a job that is just being cancelled, instead of calling it well", async () => {
            await job.resource.up(job.inputs());
            const cancelSlowly = (): void => {
                for (const live of flink.jobs.slice(0, 1)) flink.endSlowly(live);
            };
            cancelSlowly();
            expect(await job.resource.up(job.inputs({ parallelism: 2 }))).toBe("update");
            expect(await job.restoredFrom()).toContain("/chk-");
            expect(flink.jobs.map(({ state }) => state)).toEqual(["RUNNING", "CANCELED"]);
            cancelSlowly();
            expect(await job.resource.refresh()).toBe(true);
            expect(job.outputs).toMatchObject({ status: "CANCELED" });
        });

        it("leaves a bounded job that has come to its end alone", async () => {
            await job.resource.up(job.inputs());
            const live = flink.alive("job");
            if (live !== undefined) flink.end(live, "FINISHED");
            expect(await job.resource.refresh()).toBe(true);
            expect(job.outputs).toMatchObject({ status: "FINISHED" });
            expect((await job.resource.preview(job.inputs())).step).toBe("same");
            flink.jobs.length = 0;
            expect(await job.resource.refresh()).toBe(false);
            await job.resource.up(job.inputs({ deletionProtection: false }));
            expect(flink.jobs).toEqual([]);
        });

        it("says that a place to go on from is not there, and brings the running version back", async () => {
            await job.resource.up(job.inputs());
            const startFrom = "file:///var/lib/flink/savepoints/mistyped";
            await expect(job.resource.up(job.inputs({ startFrom }))).rejects.toThrow(
                /cannot go on from file:.*mistyped: it is not there\n.*FileNotFoundException.*\n {2}Way out: set startFrom to .* that is there.*\n {2}The old version runs again/,
            );
            expect(flink.alive("job")?.from).toMatch(/savepoint-/);
        });

        it("names two jobs of one name instead of choosing", async () => {
            await job.resource.up(job.inputs());
            const [one] = flink.jobs;
            if (one !== undefined) flink.jobs.push({ ...one, jid: "b".repeat(32) });
            await expect(job.resource.refresh()).rejects.toThrow(/2 jobs run under the name job: .*b{32}/);
            flink.jobs.pop();
        });

        it("says how many slots there are when a job waits for some", async () => {
            flink.withoutSlots = true;
            await expect(job.resource.up(job.inputs({ timeouts: { ready: 1 } }))).rejects.toThrow(
                /NoResourceAvailableException: .*\n {2}The cluster has 4 slots, 0 of them free.\n {2}Way out: a smaller parallelism/,
            );
            expect(flink.alive("job")).toBeUndefined();
        });

        it("writes nothing for a refused change, or when only its own code is newer", async () => {
            await job.resource.up(job.inputs());
            const before = flink.writes().length;
            await expect(job.resource.up(job.inputs({ name: "other", statement: "SELECT 1" }))).rejects.toThrow(
                /does not belong here.*while deletionProtection is on/s,
            );
            await expect(job.resource.destroy()).rejects.toThrow(/is protected/);
            job.resource.provider += "\n";
            expect(await job.resource.up(job.inputs())).toBe("update");
            expect(flink.writes()).toHaveLength(before);
            expect((await job.resource.preview(job.inputs())).step).toBe("same");
        });

        it("looks for the job at a new address, starts it there without state, and leaves the old one alone", async () => {
            await job.resource.up(job.inputs());
            const elsewhere = await new FakeFlink().up();
            const server = { restUrl: elsewhere.url, sqlGatewayUrl: elsewhere.url };
            expect(await job.resource.up(job.inputs({ server }))).toBe("update");
            expect([flink.alive("job")?.from, elsewhere.alive("job")?.from]).toEqual([undefined, undefined]);
            expect([flink.jobs, elsewhere.jobs]).toMatchObject([[{ state: "RUNNING" }], [{ state: "RUNNING" }]]);
            await elsewhere.down();
        });

        it("goes back to a savepoint that is named anew", async () => {
            await job.resource.up(job.inputs());
            flink.onDisk.set("file:/var/lib/flink/savepoints/good", COUNTS);
            expect(await job.resource.up(job.inputs({ startFrom: "file:///var/lib/flink/savepoints/good" }))).toBe(
                "update",
            );
            expect(await job.restoredFrom()).toBe("file:/var/lib/flink/savepoints/good");
            expect(flink.jobs[1]?.savepoint).toBeDefined();
        });

        it("starts a job that failed in a change without its state only where that was asked for", async () => {
            await job.resource.up(job.inputs());
            await expect(
                job.resource.up(job.inputs({ statement: BROKEN, onIncompatibleState: "restartFresh" })),
            ).rejects.toThrow(/The old version runs again/);
            expect(flink.alive("job")?.from).toMatch(/savepoint-/);
            expect((await job.resource.preview(job.inputs({ statement: STATELESS }))).step).toBe("update");
        });
    });
});
