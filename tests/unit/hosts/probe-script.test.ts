import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { probeCommand, probeScript, shellQuoted } from "../../../hosts/probe-script";
import type { ProbeQuestion } from "../../../hosts/service-spec";

/** Asks the question of a server that answers every connection in the given way. */
async function ask(
    question: (port: string) => ProbeQuestion,
    answer: (socket: Socket, request: Buffer) => void,
): Promise<number | null> {
    const server: Server = createServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", (request) => answer(socket, request));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const port = (server.address() as AddressInfo).port;
    const script = probeScript({ ask: [question("p")], deadlineSeconds: 1 }, { p: { port } });
    const child = require("node:child_process").spawn("bash", ["-c", script]);
    const [code] = (await once(child, "exit")) as [number | null];
    server.close();
    return code;
}

const http = (port: string): ProbeQuestion => ({ http: { port, path: "/health" } });
const kafka = (port: string): ProbeQuestion => ({ kafka: { port } });
const ruok = (port: string): ProbeQuestion => ({ line: { port, send: "ruok", expect: "imok" } });

describe("an HTTP probe", () => {
    it("is ready at 200", async () => {
        expect(await ask(http, (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nOK"))).toBe(0);
    });
    it("asks for the path", async () => {
        let seen = "";
        await ask(http, (socket, request) => {
            seen = request.toString();
            socket.end("HTTP/1.1 200 OK\r\n\r\n");
        });
        expect(seen).toContain("GET /health HTTP/1.0");
    });
    it("is not ready at 503", async () => {
        expect(await ask(http, (socket) => socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\nSTARTING"))).not.toBe(0);
    });
    it("is not ready where nothing listens", () => {
        const script = probeScript({ ask: [http("p")], deadlineSeconds: 1 }, { p: { port: 1 } });
        expect(spawnSync("bash", ["-c", script]).status).not.toBe(0);
    });
});

describe("an HTTP probe for a body", () => {
    const started = (port: string): ProbeQuestion => ({
        http: { port, path: "/v1/info", contains: '"starting":false' },
    });
    const info = (starting: boolean) => (socket: Socket) =>
        socket.end(`HTTP/1.1 200 OK\r\n\r\n{"version":"476",\n"starting":${starting}}`);
    it("is ready when the body contains the text, on whatever line", async () => {
        expect(await ask(started, info(false))).toBe(0);
    });
    it("is not ready when it does not", async () => expect(await ask(started, info(true))).not.toBe(0));
});

describe("a TCP probe", () => {
    const tcp = (port: string): ProbeQuestion => ({ tcp: { port } });
    it("is ready when the connection is accepted", async () => {
        expect(await ask(tcp, (socket) => socket.end())).toBe(0);
    });
    it("is not ready where nothing listens", () => {
        const script = probeScript({ ask: [tcp("p")], deadlineSeconds: 1 }, { p: { port: 1 } });
        expect(spawnSync("bash", ["-c", script]).status).not.toBe(0);
    });
});

describe("a Kafka probe", () => {
    const metadata = (brokers: number) => (socket: Socket, request: Buffer) => {
        expect(request.readUInt32BE(0)).toBe(request.length - 4);
        const answer = Buffer.alloc(24);
        answer.writeUInt32BE(20, 0);
        answer.writeUInt32BE(request.readUInt32BE(8), 4);
        answer.writeUInt32BE(brokers, 8);
        socket.end(answer);
    };
    it("is ready when the metadata names a broker", async () => expect(await ask(kafka, metadata(1))).toBe(0));
    it("is not ready while the broker is fenced and the metadata names none", async () => {
        expect(await ask(kafka, metadata(0))).not.toBe(0);
    });
    it("is not ready when the connection is closed unanswered", async () => {
        expect(await ask(kafka, (socket) => socket.end())).not.toBe(0);
    });
});

describe("a line probe", () => {
    it("is ready at the expected answer only", async () => {
        expect(await ask(ruok, (socket) => socket.end("imok"))).toBe(0);
        expect(
            await ask(ruok, (socket) => socket.end("This ZooKeeper instance is not currently serving requests")),
        ).not.toBe(0);
    });
});

describe("a command that is the whole probe", () => {
    it("is asked without a shell, which an image may lack", () => {
        const command = ["/usr/bin/rustfs", "health"];
        expect(probeCommand({ ask: [{ command }], deadlineSeconds: 1 }, {})).toEqual(command);
    });
    it("needs one beside other questions", () => {
        const probe = { ask: [{ command: ["true"] }, { command: ["true"] }], deadlineSeconds: 1 };
        expect(probeCommand(probe, {}).slice(0, 2)).toEqual(["bash", "-c"]);
    });
});

describe("several questions", () => {
    it("must all be answered yes", () => {
        const ready = (...commands: string[][]): number | null =>
            spawnSync("bash", [
                "-c",
                probeScript({ ask: commands.map((command) => ({ command })), deadlineSeconds: 1 }, {}),
            ]).status;
        expect(ready(["true"], ["true"])).toBe(0);
        expect(ready(["true"], ["false"])).not.toBe(0);
    });
});

describe("a quoted word", () => {
    it.each(["plain", "two words", "it's", "$HOME", "a;b", "", 'say "hi"'])(
        "reaches the command unchanged: %p",
        (word) => {
            expect(spawnSync("bash", ["-c", `printf %s ${shellQuoted(word)}`]).stdout.toString()).toBe(word);
        },
    );
});
