import { isIncompatibleState, isMissingState, rootCause } from "../../../../resources/flink/root-cause";

const AT = "\tat org.apache.flink.A.b(A.java:1)\n\t... 12 more\n";

/** A trace as the SQL gateway writes it. */
function trace(...causes: readonly string[]): string {
    const lines = causes.map((cause, index) => `${index === 0 ? "" : "Caused by: "}${cause}\n${AT}`).join("");
    return `Internal server error.\n<Exception on server side:\n${lines}\nEnd of exception on server side>`;
}

describe("the root cause of a stack trace", () => {
    it.each<[string, string, string[]]>([
        [
            "the words around it when they say more",
            "SQL validation failed. From line 1, column 15 to line 1, column 21: Object 'nothing' not found",
            [
                "org.apache.flink.table.gateway.service.utils.SqlExecutionException: Failed to execute the operation a308.",
                "org.apache.flink.table.api.ValidationException: SQL validation failed. From line 1, column 15 to line 1, column 21: Object 'nothing' not found",
                "org.apache.calcite.sql.validate.SqlValidatorException: Object 'nothing' not found",
            ],
        ],
        [
            "the innermost exception of several in a row",
            "FileNotFoundException: Cannot find checkpoint or savepoint file/directory 'file:///x' on file system 'file'.",
            [
                "org.apache.flink.table.api.TableException: Failed to execute sql",
                "java.util.concurrent.CompletionException: java.lang.RuntimeException: java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory 'file:///x' on file system 'file'.",
                "java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory 'file:///x' on file system 'file'.",
            ],
        ],
        [
            "no list of what a parser would have liked",
            'SQL parse failed. Encountered "numbers" at line 1, column 45.',
            [
                'org.apache.flink.table.api.SqlParserException: SQL parse failed. Encountered "numbers" at line 1, column 45.\nWas expecting one of:\n    <EOF> \n    "EXCEPT" ...\n    ',
                'org.apache.flink.sql.parser.impl.ParseException: Encountered "numbers" at line 1, column 45.\nWas expecting one of:\n    <EOF> \n    ',
            ],
        ],
        [
            "all lines of its own",
            "Column types of query result and sink for 'nowhere' do not match. Cause: Different number of columns. Query schema: [n: BIGINT]",
            [
                "org.apache.flink.table.api.ValidationException: Column types of query result and sink for 'nowhere' do not match.\nCause: Different number of columns.\n\nQuery schema: [n: BIGINT]",
            ],
        ],
        [
            "the last that has words",
            "JobException: Recovery is suppressed",
            ["org.apache.flink.runtime.JobException: Recovery is suppressed", "java.lang.NullPointerException"],
        ],
    ])("is %s", (_, cause, causes) => {
        expect(rootCause(trace(...causes))).toBe(cause);
    });

    it("is the first line of a text that is no trace, and never long", () => {
        expect(rootCause("java.lang.NullPointerException\n\tat a.B.c(B.java:1)")).toBe(
            "java.lang.NullPointerException",
        );
        expect(rootCause(trace(`a.BException: ${"x".repeat(2_000)}`)).length).toBeLessThanOrEqual(500);
    });

    it("tells state that does not fit from state that is not there", () => {
        const unfit = trace(
            "java.lang.IllegalStateException: Failed to rollback to checkpoint/savepoint file:/x. Cannot map",
        );
        const missing = trace(
            "java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory 'file:/x'",
        );
        expect([isIncompatibleState(unfit), isMissingState(unfit)]).toEqual([true, false]);
        expect([isIncompatibleState(missing), isMissingState(missing)]).toEqual([false, true]);
    });
});
