import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connectPinot, waitingMessages } from "../../../dashboard/server/pinot";
import { rowsOf } from "../../../lib/pinot-query";

const ANSWER = {
    resultTable: { dataSchema: { columnNames: ["n"] }, rows: [[1]] },
    exceptions: [],
    numServersQueried: 1,
    numServersResponded: 1,
};

describe("the dashboard's connection to Pinot", () => {
    let server: Server;
    let url: string;
    let requests: { method?: string | undefined; path?: string | undefined; auth?: string | undefined; body: string }[];
    let answer: () => { status: number; body: unknown } | undefined;

    beforeEach(async () => {
        requests = [];
        answer = () => ({ status: 200, body: ANSWER });
        server = createServer(async (request, response) => {
            const body = await textOf(request);
            requests.push({ method: request.method, path: request.url, auth: request.headers.authorization, body });
            const said = answer();
            if (said === undefined) return;
            response.writeHead(said.status, { "content-type": "application/json" }).end(JSON.stringify(said.body));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(() => {
        server.closeAllConnections();
        server.close();
    });

    const connect = (more: object = {}) => connectPinot({ brokerUrl: `${url}/`, querySeconds: 4, ...more });

    it("sends a query with its time limit, and the password where there is one", async () => {
        const credentials = { user: "u", password: "secret" };
        expect(await connect({ credentials }).rows("SELECT 1")).toEqual([{ n: 1 }]);
        expect(requests).toEqual([
            {
                method: "POST",
                path: "/query/sql",
                auth: `Basic ${Buffer.from("u:secret").toString("base64")}`,
                body: JSON.stringify({ sql: "SELECT 1", queryOptions: "timeoutMs=4000" }),
            },
        ]);
    });

    it("sends one query for a hundred that ask the same", async () => {
        const pinot = connect();
        await Promise.all(Array.from({ length: 100 }, () => pinot.rows("SELECT 1")));
        expect(requests).toHaveLength(1);
    });

    it.each([
        [
            "an exception",
            { ...ANSWER, exceptions: [{ errorCode: 250, message: "timed out\nat a.b" }] },
            /refused a query: 250 timed out\n/,
        ],
        [
            "a table whose servers are gone",
            { ...ANSWER, numServersQueried: 0, numServersResponded: 0 },
            /asked 0 servers: none has the table's rows/,
        ],
        ["a silent server", { ...ANSWER, numServersQueried: 2 }, /partial result: 1 of 2 servers/],
        ["a page", "<html>", /something else than a result/],
    ])("takes %s for an error, not for a number", async (_, body, reason) => {
        answer = () => ({ status: 200, body });
        await expect(connect().rows("SELECT 1")).rejects.toThrow(reason);
        expect(() => rowsOf(body, url, 1)).toThrow(reason);
    });

    it("says what is wrong without saying the password", async () => {
        answer = () => ({ status: 401, body: {} });
        const failed = connect({ credentials: { user: "u", password: "secret" } }).rows("SELECT 1");
        await expect(failed).rejects.toThrow(/HTTP 401, user or password is wrong\nWay out/);
        await expect(failed).rejects.not.toThrow(/secret/);
    });

    it("gives up on a Pinot that is silent for longer than its own limit", async () => {
        answer = () => undefined;
        const started = performance.now();
        await expect(connect({ querySeconds: 0.1 }).rows("SELECT 1")).rejects.toThrow(/cannot be asked: ECONNABORTED/);
        expect(performance.now() - started).toBeLessThan(10_000);
    });

    it("asks the controller for what waits only where it knows one", async () => {
        expect(await connect().waiting("t")).toBeUndefined();
        expect(requests).toHaveLength(0);
        await connect({ controllerUrl: url }).waiting("t");
        expect(requests).toMatchObject([{ method: "GET", path: "/tables/t/consumingSegmentsInfo" }]);
    });
});

describe("messages that wait", () => {
    const segment = (...lags: (Record<string, string> | undefined)[]) =>
        lags.map((recordsLagMap) => ({ serverName: "s", partitionOffsetInfo: { recordsLagMap } }));
    const info = (map: object) => ({ serversFailingToRespond: 0, _segmentToConsumingInfoMap: map });

    it("are those of all partitions, of the replica that is furthest behind", () => {
        const map = { a: segment({ "0": "3" }, { "0": "5" }), b: segment({ "1": "7" }) };
        expect(waitingMessages(info(map))).toBe(12);
    });

    it.each([
        ["a server does not know", info({ a: segment({ "0": "UNKNOWN" }) })],
        ["a server is too old to say", info({ a: [{ serverName: "s", partitionToOffsetMap: { "0": "5" } }] })],
        ["one of two partitions is unknown", info({ a: segment({ "0": "3" }), b: segment(undefined) })],
        ["nothing consumes", info({})],
        ["the answer is something else", "<html>"],
    ])("are unknown when %s", (_, answer) => {
        expect(waitingMessages(answer)).toBeUndefined();
    });
});

async function textOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
}
