import { parse } from "yaml";
import { Authentication } from "../../../build/images/clickhouse/server/authentication";
import { serverConfig } from "../../../build/images/clickhouse/server/config";
import { configTree, merged, xmlOf } from "../../../build/images/clickhouse/server/config-tree";

const tree = (yaml: string) => configTree(parse(yaml, { schema: "failsafe" }));
const HASH = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"; // of "secret"
const users = (user: string) => tree(`profiles: {default: {}}\nusers: {me: {${user}}}`);

describe("the server's files", () => {
    it("are laid over each other as the server does", () => {
        const under = tree("a: 1\nlog: {level: trace, file: x}\nusers: {default: {password: ''}}");
        const over = tree(
            'a: 2\nlog: {level: error}\nusers: {default: {"@remove": remove}}\nother: {"@replace": replace, b: 1}',
        );
        expect(merged(under, over)).toEqual({
            a: "2",
            log: { level: "error", file: "x" },
            users: {},
            other: { b: "1" },
        });
    });

    it("remove what is not there, too", () => {
        expect(merged({}, tree('users: {default: {"@remove": remove}, me: {password: x}}'))).toEqual({
            users: { me: { password: "x" } },
        });
    });

    it("become XML for the engine, with nothing in a value taken for a tag", () => {
        expect(xmlOf("c", { a: "1 < 2 & 3", list: ["x", "y"], t: { b: "" } })).toBe(
            "<c><a>1 &lt; 2 &amp; 3</a><list>x</list><list>y</list><t><b></b></t></c>\n",
        );
        expect(() => xmlOf("c", { "a><b": "1" })).toThrow(/cannot be the name/);
    });

    it("give the engine what is the engine's", () => {
        const config = serverConfig(tree("http_port: 1\nmark_cache_size: 5\nquery_log: {ttl: x}\npath: /d"), {});
        expect(config).toMatchObject({ httpPort: 1, path: "/d/", engine: { mark_cache_size: "5" } });
        expect(Object.keys(config.engine)).toEqual(["mark_cache_size"]);
    });

    it.each([
        ["password_sha256_hex: short", /not 64 hex digits/],
        ["password: clear", /needs password_sha256_hex/],
        [`password_sha256_hex: ${HASH}, grants: {query: x}`, /grants cannot be enforced/],
        [`password_sha256_hex: ${HASH}, networks: {host_regexp: x}`, /only ip can be enforced/],
        [`password_sha256_hex: ${HASH}, profile: none`, /no profile "none"/],
    ])("are refused where a restriction would be ignored: %s", (user, problem) => {
        expect(() => serverConfig({}, users(user))).toThrow(problem);
    });
});

describe("users", () => {
    const authentication = (networks: string) =>
        new Authentication(serverConfig({}, users(`password_sha256_hex: ${HASH}, networks: {ip: ${networks}}`)).users);

    it("enter with their password only", () => {
        const everywhere = authentication('"::/0"');
        expect(everywhere.check({ user: "me", password: "secret" }, "10.0.0.1").name).toBe("me");
        const wrong = { user: "me", password: "Secret" };
        expect(() => everywhere.check(wrong, "10.0.0.1")).toThrow(/Authentication failed/);
        expect(() => everywhere.check({ user: "you", password: "secret" }, "10.0.0.1")).toThrow(
            /Authentication failed/,
        );
        expect(() => everywhere.check({ user: "me", password: "" }, "::1")).toThrow(/Authentication failed/);
    });

    it("enter from their networks only, also when IPv4 comes as IPv6", () => {
        const local = authentication("[127.0.0.1, 10.0.0.0/8]");
        const me = { user: "me", password: "secret" };
        expect(local.check(me, "::ffff:10.1.2.3").name).toBe("me");
        expect(() => local.check(me, "11.0.0.1")).toThrow(/Authentication failed/);
        expect(() => authentication("[]").check(me, "127.0.0.1")).toThrow(/Authentication failed/);
    });
});
