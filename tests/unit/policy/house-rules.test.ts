import { type DeclaredResource, matchesAny, readableProps } from "../../../policy/declared-resource";
import { deletionProtection } from "../../../policy/rules/deletion-protection";
import { loopbackPorts } from "../../../policy/rules/loopback-ports";
import { pinnedImages } from "../../../policy/rules/pinned-images";
import { plainSecrets, secretsInEnvironment } from "../../../policy/rules/plain-secrets";
import { UNKNOWN } from "../../../resources/lifecycle";

const CONTAINER = "docker:index/container:Container";
const dynamic = (kind: string): string => `pulumi-nodejs:dynamic/${kind}`;
const resource = (type: string, props: object, isProtected = false, stack = "prod"): DeclaredResource => ({
    urn: `urn:pulumi:${stack}::shop::${type}::it`,
    type,
    name: "it",
    props: props as DeclaredResource["props"],
    isProtected,
});
const container = (props: object): DeclaredResource => resource(CONTAINER, props);
const whats = (troubles: { what: string }[]): string[] => troubles.map(({ what }) => what);

describe("a published port", () => {
    const none = { addresses: [] };
    it.each(["127.0.0.1", "127.0.1.1", "::1", UNKNOWN])("may be on %s", (ip) => {
        expect(loopbackPorts(container({ ports: [{ internal: 1, external: 2, ip }] }), none)).toEqual([]);
    });
    it("may not be on every address, which is what it is when none is said", () => {
        const ports = [
            { internal: 9000, external: 19000 },
            { internal: 9092, ip: "10.0.0.5" },
        ];
        expect(whats(loopbackPorts(container({ ports }), none))).toEqual([
            "port 19000 is published on 0.0.0.0",
            "port 9092 is published on 10.0.0.5",
        ]);
        expect(whats(loopbackPorts(container({ ports }), { addresses: ["10.0.0.5"] }))).toHaveLength(1);
    });
    it("may not be the machine's own", () => {
        expect(whats(loopbackPorts(container({ networkMode: "host" }), none))).toEqual([
            "it shares the machine's network",
        ]);
    });
});

describe("an image", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const byTag = { pinnedBy: "tag" } as const;
    it.each(["kafka:4.3.1", "host:5000/kafka:4.3.1", `kafka@${digest}`, digest, UNKNOWN])(
        "is pinned as %s",
        (image) => {
            expect(pinnedImages(container({ image }), byTag)).toEqual([]);
        },
    );
    it.each(["kafka", "kafka:latest", "host:5000/kafka"])("is not pinned as %s", (name) => {
        expect(pinnedImages(resource("docker:index/remoteImage:RemoteImage", { name }), byTag)).toHaveLength(1);
    });
    it("is pinned by its bytes alone where the rule says so, and one that is built here by its tag", () => {
        const byDigest = { pinnedBy: "digest" } as const;
        expect(pinnedImages(container({ image: "kafka:4.3.1" }), byDigest)).toHaveLength(1);
        expect(pinnedImages(container({ image: "millrace/kafka:0123456789ab" }), byDigest)).toEqual([]);
        expect(pinnedImages(container({ image: `kafka@${digest}` }), byDigest)).toEqual([]);
    });
});

describe("what holds data in production", () => {
    const production = { stacks: ["prod*"] };
    const table = dynamic("pinot:Table");
    it("is protected unless it says otherwise", () => {
        expect(deletionProtection(resource(table, {}), production)).toEqual([]);
        expect(deletionProtection(resource(table, { deletionProtection: true }), production)).toEqual([]);
        expect(deletionProtection(resource(table, { deletionProtection: false }), production)).toHaveLength(1);
    });
    it.each(["kafka:index/topic:Topic", "docker:index/volume:Volume"])(
        "needs Pulumi's own protection as %s",
        (type) => {
            expect(deletionProtection(resource(type, {}, true), production)).toEqual([]);
            expect(deletionProtection(resource(type, {}, false), production)).toHaveLength(1);
        },
    );
    it("is not the component around it", () => {
        expect(deletionProtection(resource("millrace:index:Topic", {}), production)).toEqual([]);
    });
    it("may be open in other stacks", () => {
        expect(deletionProtection(resource(table, { deletionProtection: false }, false, "dev"), production)).toEqual(
            [],
        );
    });
});

describe("a secret", () => {
    it("may stand in a statement by its name, and not in clear", () => {
        const job = (password: string) =>
            resource(dynamic("flink:SqlJob"), {
                setup: [
                    `CREATE TABLE t (id INT) WITH ('connector' = 'jdbc', 'password' = '${password}', 'username' = 'me')`,
                ],
                statement: "INSERT INTO t SELECT 1",
            });
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the place of a secret in a statement.
        expect(plainSecrets(job("${PASSWORD}"))).toEqual([]);
        const found = plainSecrets(job("hunter2"));
        expect(whats(found)).toEqual(["option password holds a secret in clear"]);
        expect(JSON.stringify(found)).not.toContain("hunter2");
    });
    it("may not be let into a catalog in clear", () => {
        expect(plainSecrets(resource(dynamic("trino:Catalog"), { allowPlainSecrets: true }))).toHaveLength(1);
        expect(plainSecrets(resource(dynamic("trino:Catalog"), {}))).toEqual([]);
    });
    it("may not be a variable of a container, but for those that are named", () => {
        const envs = ["DB_PASSWORD=hunter2", "DB_PASSWORD_FILE=/run/secret", "API_TOKEN=", "MODE=fast", UNKNOWN];
        const found = secretsInEnvironment(container({ envs }), { containers: [] });
        expect(whats(found)).toEqual(["variable DB_PASSWORD holds a secret"]);
        expect(JSON.stringify(found)).not.toContain("hunter2");
        expect(secretsInEnvironment(container({ envs }), { containers: ["i*"] })).toEqual([]);
    });
});

describe("inputs that are not known yet", () => {
    it("can be read without ending the policy", () => {
        const throws = (): never => {
            throw new Error("can't be known during preview");
        };
        const inputs = { name: "it", ports: [{ ip: "127.0.0.1" }], env: {} };
        Object.defineProperty(inputs.env, "KEY", { enumerable: true, get: throws });
        Object.defineProperty(inputs, "image", { enumerable: true, get: throws });
        expect(readableProps(inputs)).toEqual({
            name: "it",
            ports: [{ ip: "127.0.0.1" }],
            env: { KEY: UNKNOWN },
            image: UNKNOWN,
        });
    });
});

describe("a pattern of names", () => {
    it("takes * for any text and everything else as it stands", () => {
        expect(matchesAny("prod-eu", ["prod*"])).toBe(true);
        expect(matchesAny("a.b", ["a.b"])).toBe(true);
        expect(matchesAny("axb", ["a.b"])).toBe(false);
        expect(matchesAny("my-prod", ["prod*"])).toBe(false);
    });
});
