import {
    canonicalJob,
    fingerprint,
    sessionConfiguration,
    startStatement,
} from "../../../../resources/flink/job-options";
import { jobProblems } from "../../../../resources/flink/job-rules";

const JOB = { name: "totals", statement: "INSERT INTO b SELECT n FROM a" };

function problems(changed: object): string[] {
    return jobProblems({ ...JOB, ...changed }).map(({ property, what }) => `${property}: ${what}`);
}

describe("a job's declaration", () => {
    it("is taken as it is when nothing is wrong with it", () => {
        const whole = {
            setup: [
                "CREATE TEMPORARY TABLE a (n INT) WITH ('connector' = 'datagen');",
                "SET 'table.local-time-zone' = 'UTC'",
            ],
            statement: ["INSERT INTO b SELECT 1", "INSERT INTO c SELECT ';'"],
            parallelism: 2,
            checkpointSeconds: 0.5,
            stateTtlSeconds: 0,
            restart: { attempts: 0 },
            stateBackend: "rocksdb",
            configuration: { "table.exec.mini-batch.enabled": true },
            startFrom: "s3://state/flink/savepoints/savepoint-1",
            settleSeconds: 0,
        };
        expect(problems({})).toEqual([]);
        expect(problems(whole)).toEqual([]);
    });

    it.each<[object, string]>([
        [{ name: "" }, "name: name is missing"],
        [{ name: " x" }, "name: name is no name of a job"],
        [{ statement: undefined }, "statement: statement is missing"],
        [{ statement: [] }, "statement: statement is missing"],
        [{ statement: "SELECT 1" }, 'statement: "SELECT 1 …" does not belong here'],
        [{ statement: "INSERT INTO a SELECT 1; INSERT INTO b SELECT 2" }, "statement: statement holds 2 statements"],
        [{ statement: ["INSERT INTO a SELECT 1", "-- nothing"] }, "statement[1]: statement[1] is empty"],
        [{ statement: ["INSERT INTO a SELECT 1", 7] }, "statement[1]: statement[1] is no statement"],
        [{ setup: "SET 'a' = 'b'" }, "setup: setup is no list of statements"],
        [{ setup: [JOB.statement] }, 'setup[0]: "INSERT INTO b …" does not belong here'],
        [{ setup: ["SET 'pipeline.name' = 'x'"] }, "setup[0]: pipeline.name cannot be set here"],
        [{ setup: ["SET 'parallelism.default' = '2'"], parallelism: 2 }, "setup[0]: parallelism.default is set twice"],
        [{ parallelism: 0 }, "parallelism: parallelism is 0, and has to be a whole number of at least 1"],
        [{ parallelism: 1.5 }, "parallelism: parallelism is 1.5"],
        [{ checkpointSeconds: 0 }, "checkpointSeconds: checkpointSeconds is 0"],
        [{ stateTtlSeconds: "1 h" }, 'stateTtlSeconds: stateTtlSeconds is "1 h"'],
        [{ restart: {} }, "restart.attempts: attempts is missing"],
        [{ restart: { attempts: 2, delaySeconds: -1 } }, "restart.delaySeconds: restart.delaySeconds is -1"],
        [{ stateBackend: "heap" }, 'stateBackend: stateBackend is "heap"'],
        [{ onIncompatibleState: "drop" }, 'onIncompatibleState: onIncompatibleState is "drop"'],
        [{ configuration: [] }, "configuration: configuration is no map"],
        [{ configuration: { a: {} } }, 'configuration["a"]: a is no text, number or boolean'],
        [
            { configuration: { "table.dml-sync": true } },
            'configuration["table.dml-sync"]: table.dml-sync cannot be set here',
        ],
        [{ secrets: { P: "" } }, "secrets.P: secret P is no text, or empty"],
        [{ configuration: { a: "$".concat("{P}") } }, `configuration["a"]: $${"{P}"} stands for no secret`],
        [{ startFrom: "latest" }, 'startFrom: startFrom is "latest", and no path'],
    ])("is refused: %j", (changed, words) => {
        const found = problems(changed);
        expect(found).toHaveLength(1);
        expect(found[0]).toContain(words);
    });

    it("is told all that is wrong at once", () => {
        expect(problems({ name: 1, statement: 2, parallelism: "x", stateBackend: 3 })).toHaveLength(4);
    });
});

describe("a job's fingerprint", () => {
    const print = (changed: object): string => fingerprint(canonicalJob({ ...JOB, ...changed }));

    it("is the same for what means the same", () => {
        expect(print({ parallelism: 2 })).toBe(print({ configuration: { "parallelism.default": "2" } }));
        expect(print({ configuration: { a: 1, b: true } })).toBe(print({ configuration: { b: "true", a: "1" } }));
        expect(print({ statement: [JOB.statement] })).toBe(print({ setup: [] }));
        const kept = { "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION" };
        expect(print({ configuration: kept })).toBe(print({}));
    });

    it("is another one for any change, also of a secret", () => {
        const sql = `INSERT INTO b SELECT '${"$".concat("{P}")}'`;
        const all = [
            {},
            { parallelism: 2 },
            { checkpointSeconds: 2 },
            { stateTtlSeconds: 2 },
            { restart: { attempts: 2 } },
            { stateBackend: "hashmap" as const },
            { setup: ["SET 'a' = 'b'"] },
            { statement: [JOB.statement, JOB.statement] },
            { statement: sql, secrets: { P: "a" } },
            { statement: sql, secrets: { P: "b" } },
        ].map(print);
        expect(new Set(all).size).toBe(all.length);
    });

    it("travels with the job, beside parameters of its own", () => {
        const job = canonicalJob({ ...JOB, configuration: { "pipeline.global-job-parameters": "a:b" } });
        expect(sessionConfiguration("totals", job, "file:/x")).toMatchObject({
            "pipeline.name": "totals",
            "pipeline.global-job-parameters": `a:b,millrace.declaration:${fingerprint(job)}`,
            "execution.state-recovery.path": "file:/x",
        });
        expect(
            startStatement(canonicalJob({ ...JOB, statement: ["INSERT INTO a SELECT 1", "INSERT INTO b SELECT 2"] })),
        ).toBe("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END");
    });
});
