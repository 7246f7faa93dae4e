import { readRequest } from "../../../build/images/clickhouse/server/request";

const read = (path: string, headers: Record<string, string> = {}, method = "POST") =>
    readRequest(method, new URL(path, "http://server"), headers);

describe("a request", () => {
    it("has settings, parameters and the statement in its URL", () => {
        const request = read(
            "/?query=SELECT+{x:UInt8}&param_x=1&max_threads=2&database=d&query_id=q&default_format=CSV",
        );
        expect(request).toMatchObject({ query: "SELECT {x:UInt8}", database: "d", queryId: "q", defaultFormat: "CSV" });
        expect([...request.parameters]).toEqual([["x", "1"]]);
        expect([...request.settings]).toEqual([["max_threads", "2"]]);
    });

    it("cannot carry SQL in the name of a setting", () => {
        expect(() => read("/?a%20=%201,%20readonly=1")).toThrow(/Neither a setting/);
    });

    it("by GET changes nothing", () => {
        expect(read("/?query=x", {}, "GET").readonly).toBe(true);
        expect(read("/?query=x").readonly).toBe(false);
    });

    it.each([
        ["/?user=u&password=p", {}],
        ["/", { "x-clickhouse-user": "u", "x-clickhouse-key": "p" }],
        ["/", { authorization: `Basic ${Buffer.from("u:p").toString("base64")}` }],
    ])("says who asks: %s %j", (path, headers) => {
        expect(read(path, headers).credentials).toEqual({ user: "u", password: "p" });
    });

    it("may have a colon in its password", () => {
        const authorization = `Basic ${Buffer.from("u:p:q").toString("base64")}`;
        expect(read("/", { authorization }).credentials.password).toBe("p:q");
    });

    it("does not say it twice", () => {
        const authorization = `Basic ${Buffer.from("u:p").toString("base64")}`;
        expect(() => read("/?user=v", { authorization })).toThrow(/not allowed/);
        expect(() => read("/?user=v", { "x-clickhouse-user": "u" })).toThrow(/not allowed/);
        expect(() => read("/", { authorization, "x-clickhouse-key": "p" })).toThrow(/not allowed/);
        expect(() => read("/", { authorization: "Bearer x" })).toThrow(/not supported/);
    });

    it("names its session, and for how long", () => {
        expect(read("/?session_id=s&session_timeout=5&session_check=1").session).toEqual({
            id: "s",
            seconds: "5",
            mustExist: true,
        });
        expect(read("/").session).toBeUndefined();
    });
});
