import { readdirSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { createGzip } from "node:zlib";
import { Answer, type AnswerOptions } from "../../../build/images/clickhouse/server/answer";
import { errors, ServerException } from "../../../build/images/clickhouse/server/exceptions";

const BROKEN = new ServerException(395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO", "it broke");

/** What a client receives of an answer that is written so. */
async function received(
    write: (answer: Answer) => Promise<void>,
    options: Partial<AnswerOptions> = {},
): Promise<Response> {
    let failed: unknown;
    const server = createServer((_request, response: ServerResponse) => {
        const defaults = { holdBytes: 10, exceptionTag: "TAG", version: "26.7" };
        write(new Answer(response, { ...defaults, ...options })).catch((error) => {
            failed = error;
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
        const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        const body = await answer.arrayBuffer();
        if (failed !== undefined) throw failed;
        return new Response(body, { status: answer.status, headers: answer.headers });
    } finally {
        server.closeAllConnections();
        server.close();
    }
}

describe("an answer", () => {
    it("that is small is sent as a whole, with headers that were known last", async () => {
        const answer = await received(async (it) => {
            await it.write(Buffer.from("rows"));
            it.header("X-ClickHouse-Summary", "{}");
            await it.finish();
        });
        expect(await answer.text()).toBe("rows");
        expect(answer.headers.get("x-clickhouse-summary")).toBe("{}");
        expect(answer.headers.get("content-length")).toBe("4");
    });

    it("tells an error by its status, and no row, as long as nothing is sent", async () => {
        const answer = await received(async (it) => {
            await it.write(Buffer.from("rows"));
            await it.fail(errors.syntax("no"));
        });
        expect(answer.status).toBe(400);
        expect(answer.headers.get("x-clickhouse-exception-code")).toBe("62");
        expect(await answer.text()).toBe("Code: 62. DB::Exception: no. (SYNTAX_ERROR) (version 26.7)\n");
    });

    it("tells an error behind the rows when they are on their way", async () => {
        const answer = await received(async (it) => {
            await it.write(Buffer.from("more rows than are held back\n"));
            await it.fail(BROKEN);
        });
        expect(answer.status).toBe(200);
        expect(answer.headers.get("x-clickhouse-exception-tag")).toBe("TAG");
        expect(await answer.text()).toMatch(
            /^more rows[\s\S]*\r\n__exception__\r\nTAG\r\nCode: 395[\s\S]*\d+ TAG\r\n__exception__\r\n$/,
        );
    });

    it("waits in a file for its end when it has to, and leaves no file", async () => {
        const before = readdirSync(tmpdir()).filter((name) => name.startsWith("result-")).length;
        const rows = "a row\n".repeat(1_000);
        const options = { spoolFolder: tmpdir() };
        const whole = await received(async (it) => {
            await it.write(Buffer.from(rows));
            await it.write(Buffer.from(rows));
            it.header("X-ClickHouse-Summary", "{}");
            await it.finish();
        }, options);
        expect(await whole.text()).toBe(rows + rows);
        expect(whole.headers.get("x-clickhouse-summary")).toBe("{}");
        const failed = await received(async (it) => {
            await it.write(Buffer.from(rows));
            await it.fail(BROKEN);
        }, options);
        expect(failed.status).toBe(500);
        expect(readdirSync(tmpdir()).filter((name) => name.startsWith("result-"))).toHaveLength(before);
    });

    it("is packed, its errors are not", async () => {
        const packed = await received(
            async (it) => {
                it.header("Content-Encoding", "gzip");
                await it.write(Buffer.from("some rows that are packed"));
                await it.finish();
            },
            { pack: createGzip() },
        );
        expect(await packed.text()).toBe("some rows that are packed");
        const failed = await received(
            async (it) => {
                it.header("Content-Encoding", "gzip");
                await it.fail(BROKEN);
            },
            { pack: createGzip() },
        );
        expect(failed.headers.get("content-encoding")).toBeNull();
        expect(await failed.text()).toContain("it broke");
    });

    it("begins with progress where it was told, and carries its error in a header even then", async () => {
        const answer = await received(async (it) => {
            it.progress('{"read_rows":"1"}');
            it.progress('{"read_rows":"2"}');
            it.header("X-ClickHouse-Summary", "{}");
            await it.write(Buffer.from("rows"));
            await it.finish();
        });
        expect(answer.headers.get("x-clickhouse-progress")).toBe('{"read_rows":"1"}, {"read_rows":"2"}');
        expect(answer.headers.get("x-clickhouse-summary")).toBe("{}");
        expect(await answer.text()).toBe("rows");
        const failed = await received(async (it) => {
            it.progress("{}");
            await it.fail(BROKEN);
        });
        expect(failed.headers.get("x-clickhouse-exception-code")).toBe("395");
    });
});
