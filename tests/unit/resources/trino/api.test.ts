import { zstdCompressSync } from "node:zlib";
import { isUnreachable } from "../../../../resources/http";
import { isDenied } from "../../../../resources/server";
import {
    isStatementError,
    quotedName,
    quotedText,
    runStatement,
    StatementError,
    type StatementOptions,
    type TrinoSession,
} from "../../../../resources/trino/api";
import { FakeCoordinator } from "../../../support/fakes/trino";

const COLUMNS = [
    { name: "name", type: "varchar" },
    { name: "total", type: "bigint" },
];

describe("a statement to Trino", () => {
    let coordinator: FakeCoordinator;
    beforeEach(async () => {
        coordinator = await FakeCoordinator.up();
    });
    afterEach(() => coordinator.down());

    const run = (sql: string, session: Partial<TrinoSession> = {}, options?: StatementOptions) =>
        runStatement({ url: coordinator.url, user: "ann", ...session }, sql, options);
    const failureOf = (...args: Parameters<typeof run>): Promise<Error> =>
        run(...args).then(
            () => new Error("it ended well"),
            (error: Error) => error,
        );

    it("is followed to its last page, and its rows are put together", async () => {
        coordinator.pages = [{}, { columns: COLUMNS, data: '[["a",1]]' }, { data: '[["b",2],["c",3]]' }, {}];
        const { rows, columns, queryId } = await run("SELECT 1");
        expect(rows).toEqual([
            ["a", 1],
            ["b", 2],
            ["c", 3],
        ]);
        expect({ columns, queryId }).toEqual({ columns: COLUMNS, queryId: "q1" });
        expect(coordinator.asked).toEqual([
            "POST /v1/statement",
            ...[1, 2, 3].map((page) => `GET /v1/statement/q1/${page}?slug=x`),
        ]);
        expect(coordinator.requests[0]?.body).toBe("SELECT 1");
    });

    it("gives what PREPARE made of a statement, also where the server packs it", async () => {
        const text = "SELECT\n  1 a\n, concat('x', 'ö') b\n\n";
        const packed = `$zstd:${zstdCompressSync(Buffer.from(text)).toString("base64url")}`;
        for (const value of [text, packed]) {
            const addedPrepare = `millrace=${encodeURIComponent(value).replaceAll("%20", "+")}`;
            coordinator.pages = [{}, { addedPrepare }, {}];
            expect((await run("PREPARE millrace FROM select 1 as a")).prepared).toBe(text);
        }
        coordinator.pages = [{}, {}];
        expect((await run("SELECT 1")).prepared).toBeUndefined();
    });

    it("says on every page who asks, where, and how", async () => {
        coordinator.pages = [{}, {}];
        const named = { catalog: "memory", schema: "default", properties: { query_max_run_time: "5m", note: "a,b=c" } };
        await run("SELECT 1", { ...named, password: "planted" });
        expect(coordinator.requests).toHaveLength(2);
        for (const { headers } of coordinator.requests) {
            expect(headers).toMatchObject({
                "x-trino-user": "ann",
                "x-trino-catalog": "memory",
                "x-trino-schema": "default",
                "x-trino-session": "query_max_run_time=5m,note=a%2Cb%3Dc",
                "x-trino-source": "millrace",
                authorization: `Basic ${Buffer.from("ann:planted").toString("base64")}`,
            });
        }
    });

    it("goes on at the address it was given, not where the server believes to be", async () => {
        coordinator.pages = [{}, { data: "[[1]]" }];
        coordinator.origin = "https://elsewhere.invalid:1";
        expect((await run("SELECT 1")).rows).toEqual([[1]]);
    });

    it("says what a statement did that is no query", async () => {
        coordinator.pages = [{}, { updateType: "INSERT", updateCount: 7, warnings: [{ message: "slow" }] }];
        expect(await run("INSERT …")).toMatchObject({
            updateType: "INSERT",
            updateCount: 7,
            warnings: ["slow"],
            rows: [],
        });
    });

    it("keeps whole numbers exact that JavaScript's cannot hold", async () => {
        coordinator.pages = [{ data: "[[9223372036854775807,-9007199254740993,9007199254740991,1.5]]" }];
        expect((await run("SELECT 1")).rows).toEqual([
            [9223372036854775807n, -9007199254740993n, 9007199254740991, 1.5],
        ]);
    });

    it("ends with Trino's name of the error and where it stands", async () => {
        const errorLocation = { lineNumber: 1, columnNumber: 8 };
        coordinator.pages = [
            {},
            {
                error: {
                    message: "line 1:8: no",
                    errorName: "COLUMN_NOT_FOUND",
                    errorType: "USER_ERROR",
                    errorLocation,
                },
            },
        ];
        const error = await failureOf("SELECT x");
        expect(error).toBeInstanceOf(StatementError);
        expect(error).toMatchObject({
            errorName: "COLUMN_NOT_FOUND",
            errorType: "USER_ERROR",
            location: errorLocation,
        });
        expect(error.message).toBe("COLUMN_NOT_FOUND: line 1:8: no (query q1)");
        expect(isStatementError(error, "TABLE_NOT_FOUND")).toBe(false);
        expect(isStatementError(error, "TABLE_NOT_FOUND", "COLUMN_NOT_FOUND")).toBe(true);
        expect(isStatementError(error)).toBe(true);
    });

    it("never repeats in an error what was declared secret", async () => {
        coordinator.pages = [{ error: { message: "bad \"connection-password\" = 'hunter2'", errorName: "X" } }];
        const error = await failureOf("CREATE CATALOG …", { secrets: ["hunter2"] });
        expect(error.message).not.toContain("hunter2");
    });

    describe("when the server cannot take a request", () => {
        it.each([429, 502, 503, 504])("asks again after %d, first page and later ones", async (status) => {
            coordinator.pages = [{}, { data: "[[1]]" }];
            coordinator.instead.push({ status }, { status });
            expect((await run("SELECT 1")).rows).toEqual([[1]]);
            coordinator.pages = [{ data: "[[1]]" }];
            expect(coordinator.asked.filter((asked) => asked.startsWith("POST"))).toHaveLength(3);
        });
        it("asks again when an answer was lost: nothing is carried out before the first page is fetched", async () => {
            coordinator.pages = [{}, { data: "[[1]]" }];
            coordinator.instead.push("lost");
            expect((await run("SELECT 1")).rows).toEqual([[1]]);
        });
        it("gives up after a bound, with the server's words", async () => {
            coordinator.instead.push(...Array.from({ length: 3 }, () => ({ status: 503, body: "overloaded" })));
            const error = await failureOf("SELECT 1", { retries: 2 });
            expect(error.message).toContain("answered 503: overloaded");
            expect(coordinator.requests).toHaveLength(3);
        });
        it("does not repeat what the server refuses", async () => {
            coordinator.instead.push({ status: 400, body: "no user" });
            expect((await failureOf("SELECT 1")).message).toContain("answered 400: no user");
            expect(coordinator.requests).toHaveLength(1);
        });
        it("says that nobody answers", async () => {
            const gone = await FakeCoordinator.up();
            const { url } = gone;
            await gone.down();
            const error = await failureOf("SELECT 1", { url, retries: 1 });
            expect(isUnreachable(error)).toBe(true);
            expect(error.message).toBe(`POST ${url}/v1/statement got no answer: ECONNREFUSED`);
        });
        it("says that something else than Trino answers", async () => {
            coordinator.instead.push({ status: 200, body: "<html>welcome</html>" });
            expect((await failureOf("SELECT 1")).message).toMatch(/welcome[\s\S]*is its URL right\?/);
        });
    });

    it("tells refused credentials from everything else, and keeps them to itself", async () => {
        const echo = `who is Basic ${Buffer.from("ann:planted").toString("base64")} with planted?`;
        coordinator.instead.push({ status: 401, body: echo });
        const error = await failureOf("SELECT 1", { password: "planted" });
        expect(isDenied(error)).toBe(true);
        expect(error.message).toContain("Way out");
        expect(error.message).not.toMatch(/planted|YW5u/);
    });

    describe("that is left", () => {
        beforeEach(() => {
            coordinator.pages = [{}, {}];
            coordinator.silentFrom = 1;
        });
        const cancelled = "DELETE /v1/statement/q1/1?slug=x";

        it("is cancelled on the server, and ends with the reason", async () => {
            const abort = new AbortController();
            const ending = failureOf("SELECT 1", {}, { signal: abort.signal });
            while (coordinator.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
            abort.abort(new Error("no longer wanted"));
            expect((await ending).message).toBe("no longer wanted");
            expect(coordinator.asked.at(-1)).toBe(cancelled);
        });
        it("is cancelled when its time is up", async () => {
            const error = await failureOf("SELECT 1", {}, { deadlineMs: 150 });
            expect(error.message).toMatch(/took too long .* and was cancelled\n {2}Way out/);
            expect(coordinator.asked.at(-1)).toBe(cancelled);
        });
        it("is cancelled when the server stops answering", async () => {
            const error = await failureOf("SELECT 1", { timeoutMs: 50, retries: 1 });
            expect(error.message).toMatch(/got no answer: time is up$/);
            expect(coordinator.asked.at(-1)).toBe(cancelled);
        });
        it("is not sent at all when it was aborted before", async () => {
            expect(
                (await failureOf("SELECT 1", {}, { signal: AbortSignal.abort(new Error("too late")) })).message,
            ).toBe("too late");
            expect(coordinator.requests).toEqual([]);
        });
    });
});

describe("SQL text", () => {
    it("takes any name and any text", () => {
        expect(quotedName("a", 'b"c')).toBe('"a"."b""c"');
        expect(quotedText("it's")).toBe("'it''s'");
    });
});
