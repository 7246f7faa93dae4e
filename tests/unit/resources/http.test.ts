import { exchange, formsOfAuthorization, isUnreachable, scrub } from "../../../resources/http";
import { type FakeAnswer, type FakeRequest, FakeServer } from "../../support/fakes/fake-server";

class Echo extends FakeServer {
    reply: FakeAnswer = { status: 200, body: { ok: true } };
    protected answer(_request: FakeRequest): FakeAnswer {
        return this.reply;
    }
}

describe("exchange", () => {
    let server: Echo;
    beforeEach(async () => {
        server = await new Echo().up();
    });
    afterEach(() => server.down());

    it("returns what the server answered, whatever the status", async () => {
        server.reply = { status: 404, body: { code: 404, error: "Schema not found" } };
        const answer = await exchange({ method: "GET", url: `${server.url}/schemas/x` });
        expect(answer).toMatchObject({ status: 404, body: { error: "Schema not found" } });
        expect(answer.said).toBe(`GET ${server.url}/schemas/x answered 404: Schema not found`);
    });

    it("cuts long words to 300 characters", async () => {
        server.reply = { status: 400, body: { error: "x".repeat(1000) } };
        const { said } = await exchange({ method: "GET", url: server.url });
        expect(said.slice(said.indexOf(": ", said.indexOf("answered")) + 2)).toHaveLength(300);
    });

    it.each([
        ["GET", 500, false, 3],
        ["GET", 400, false, 1],
        ["POST", 503, false, 1],
        ["POST", 503, true, 3],
        ["PUT", 503, false, 3],
        ["PUT", 500, false, 1],
        ["DELETE", 502, false, 3],
    ] as const)("sends a %s that is answered %d (read only: %s) %d times", async (method, status, readOnly, times) => {
        server.reply = { status, body: "" };
        expect((await exchange({ method, url: server.url, readOnly, retries: 2 })).status).toBe(status);
        expect(server.requests).toHaveLength(times);
    });

    it("does not repeat a POST whose reply was lost, and says that nobody answered", async () => {
        server.fail({ loseReply: true, times: 5 });
        const error = await exchange({ method: "POST", url: server.url, body: {} }).catch((thrown) => thrown);
        expect(isUnreachable(error)).toBe(true);
        expect(server.requests).toHaveLength(1);
    });

    it("gives up after the time-out", async () => {
        server.fail({ slowMs: 500, times: 5 });
        const request = exchange({ method: "GET", url: server.url, timeoutMs: 50, retries: 0 });
        await expect(request).rejects.toThrow(/got no answer: time is up/);
    });

    it("never repeats a secret that the server says, in any form", async () => {
        const authorization = `Basic ${Buffer.from("admin:planted").toString("base64")}`;
        server.reply = { status: 401, body: { error: `who is ${authorization} alias planted, password hunter2?` } };
        const { said } = await exchange({ method: "GET", url: server.url, authorization, secrets: ["hunter2"] });
        expect(said).toContain("answered 401: who is [secret]");
        for (const form of [...formsOfAuthorization(authorization), "hunter2"]) expect(said).not.toContain(form);
    });

    it("leaves a text without secrets as it is", () => {
        expect(scrub("plain", [""])).toBe("plain");
    });
});
