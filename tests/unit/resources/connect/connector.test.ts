import fc from "fast-check";
import type { ConnectorStatus } from "../../../../resources/connect/api";
import {
    declaredChanges,
    declaredForm,
    differences,
    drifted,
    HIDDEN,
    heldForm,
    isPlainSecret,
    sentConfig,
    withDrift,
} from "../../../../resources/connect/connector-form";
import type { ConnectorInputs } from "../../../../resources/connect/connector-reconcile";
import { connectorProblems, positionProblems, slotProblems } from "../../../../resources/connect/connector-rules";
import { headOf, stateOf, verdictOf } from "../../../../resources/connect/health";
import { moveProblems } from "../../../../resources/connect/offsets";
import { isAboutDeclaration, isAlmost } from "../../../../resources/connect/validation";
import { UNKNOWN } from "../../../../resources/lifecycle";

const CLASS = "io.debezium.connector.postgresql.PostgresConnector";
const CONFIG = { "connector.class": CLASS, "plugin.name": "pgoutput" };
const reference = (key: string): string => `\${directory:/etc/secrets:${key}}`;

function problems(changed: object, config: object = {}): string[] {
    const inputs = { name: "people", config: { ...CONFIG, ...config }, ...changed } as unknown as ConnectorInputs;
    return connectorProblems(inputs).map(({ property, what }) => `${property}: ${what}`);
}

describe("a connector's declaration", () => {
    it("is taken as it is when nothing is wrong with it", () => {
        const config = {
            "tasks.max": 2,
            name: "people",
            transforms: "unwrap, route",
            "transforms.unwrap.type": "a",
            "transforms.route.type": "b",
            "database.password": reference("p"),
        };
        const offsets = { alter: [{ partition: { server: "a" }, offset: { lsn: 1 } }, { partition: { server: "b" } }] };
        const rest = { state: "paused", onDelete: { offsets: "drop" }, restarts: 0, steadySeconds: 0.5 };
        expect(problems({ offsets, ...rest }, config)).toEqual([]);
        expect(problems({ offsets: { reset: "2027-01-01" }, onDelete: {} }, { "tasks.max": reference("n") })).toEqual(
            [],
        );
    });

    it.each<[object, object, string]>([
        [{ name: undefined }, {}, "name: name is missing"],
        [{ name: "" }, {}, "name: name is missing"],
        [{ name: "a/b" }, {}, 'name: "a/b" is no name for a connector'],
        [{ name: "a%b" }, {}, 'name: "a%b" is no name for a connector'],
        [{ name: ".." }, {}, 'name: ".." is no name for a connector'],
        [{ name: " a" }, {}, 'name: " a" is no name for a connector'],
        [{ name: "a\nb" }, {}, 'name: "a\\nb" is no name for a connector'],
        [{ config: undefined }, {}, "config: config is missing"],
        [{ config: ["a"] }, {}, "config: config is missing"],
        [{ config: {} }, {}, 'config["connector.class"]: connector.class is missing'],
        [{ config: { "connector.class": CLASS } }, {}, 'config["plugin.name"]: plugin.name is missing'],
        [{ secretConfig: "x" }, {}, "secretConfig: secretConfig is no set of keys"],
        [{}, { "a.b": ["x", "y"] }, 'config["a.b"]: a.b is a list'],
        [{}, { "a.b": null }, 'config["a.b"]: a.b is nothing'],
        [{}, { "a.b": { c: 1 } }, 'config["a.b"]: a.b is of type object'],
        [{}, { "a.b": Number.NaN }, 'config["a.b"]: a.b is of type number'],
        [{}, { "tasks.max": "two" }, 'config["tasks.max"]: tasks.max is "two", and no positive whole number'],
        [{}, { "tasks.max": 0 }, 'config["tasks.max"]: tasks.max is 0, and no positive whole number'],
        [{}, { name: "other" }, 'config.name: config has another name, "other"'],
        [{}, { transforms: "a" }, 'config["transforms.a.type"]: transforms.a.type is missing'],
        [{}, { predicates: "p" }, 'config["predicates.p.type"]: predicates.p.type is missing'],
        [
            {},
            { "database.password": "x" },
            'config["database.password"]: a secret stands in clear under database.password',
        ],
        [
            { secretConfig: { "database.password": "x" } },
            { "database.password": reference("p") },
            'secretConfig["database.password"]: database.password stands in config and in secretConfig',
        ],
        [{ state: "RUNNING" }, {}, 'state: state is "RUNNING"'],
        [{ state: "failed" }, {}, 'state: state is "failed"'],
        [{ restarts: 1.5 }, {}, "restarts: restarts is 1.5, and no number from 0 on"],
        [{ steadySeconds: -1 }, {}, "steadySeconds: steadySeconds is -1, and no number from 0 on"],
        [{ onDelete: { offsets: "forget" } }, {}, 'onDelete.offsets: onDelete.offsets is "forget"'],
        [{ onDelete: "drop" }, {}, "onDelete.offsets: onDelete.offsets is undefined"],
        [{ offsets: {} }, {}, "offsets: offsets has to have one of reset and alter"],
        [{ offsets: { reset: "a", alter: [] } }, {}, "offsets: offsets has to have one of reset and alter"],
        [{ offsets: { reset: true } }, {}, "offsets.reset: offsets.reset is no text"],
        [{ offsets: { alter: [] } }, {}, "offsets.alter: offsets.alter is no list of partitions and offsets"],
        [{ offsets: { alter: [{ offset: {} }] } }, {}, "offsets.alter[0].partition: partition is missing"],
        [
            { offsets: { alter: [{ partition: { a: 1 }, offset: 5 }] } },
            {},
            "offsets.alter[0].offset: offset is no object",
        ],
        [
            { offsets: { alter: [{ partition: { a: 1 } }, { partition: { a: 1 } }] } },
            {},
            "offsets.alter[1].partition: the partition is there twice",
        ],
    ])("is refused with %p and %p in config", (changed, config, text) => {
        expect(problems(changed, config)).toEqual([text]);
    });

    it("has all its problems told at once, each with a property", () => {
        const config = { "connector.class": "", "a.b": null, "x.password": "p", "tasks.max": -1 };
        expect(problems({ name: "", config, state: "x", offsets: 1, onDelete: 1 })).toHaveLength(8);
    });

    it("is never judged where it is not known yet", () => {
        const unknown = { name: UNKNOWN, config: UNKNOWN, secretConfig: UNKNOWN, state: UNKNOWN, onDelete: UNKNOWN };
        expect(problems({ ...unknown, offsets: UNKNOWN, restarts: UNKNOWN, steadySeconds: UNKNOWN })).toEqual([]);
        const inside = {
            "connector.class": UNKNOWN,
            "tasks.max": UNKNOWN,
            "database.password": UNKNOWN,
            transforms: UNKNOWN,
        };
        expect(problems({ config: { ...inside, name: UNKNOWN } })).toEqual([]);
        expect(problems({ offsets: { alter: [UNKNOWN, { partition: UNKNOWN, offset: UNKNOWN }] } })).toEqual([]);
    });
});

describe("a secret in clear", () => {
    it.each([
        ["database.password", "x"],
        ["ssl.key.password", "x"],
        ["aws.secret.access.key", "x"],
        ["value.converter.basic.auth.user.info", "user:pw"],
        ["github.access_token", "x"],
        ["api-key", "x"],
        ["ssl.keystore.key", "-----BEGIN"],
        ["sasl.jaas.config", 'org.example.Login required password="x";'],
        ["connection.uri", "mongodb://user:pw@host/db"],
        ["connection.url", "jdbc:postgresql://host/db?user=a&password=b"],
        ["sasl.jaas.config", `x required username="${reference("u")}" password="y";`],
    ])("is one under %s: %s", (key, value) => {
        expect(isPlainSecret(key, value)).toBe(true);
    });

    it.each([
        ["database.password", reference("p")],
        ["database.password", ""],
        ["database.password", UNKNOWN],
        ["sasl.jaas.config", `x required username="u" password="${reference("p")}";`],
        ["connection.uri", `mongodb://user:${reference("p")}@host/db`],
        ["connection.url", `jdbc:postgresql://host/db?user=a&password=${reference("p")}`],
        ["basic.auth.credentials.source", "USER_INFO"],
        ["sasl.oauthbearer.token.endpoint.url", "https://host/token"],
        ["message.key.columns", "a:b"],
        ["key.converter", "org.example.Converter"],
        ["aws.access.key.id", "AKIA"],
        ["tombstones.on.delete", "false"],
    ])("is none under %s: %s", (key, value) => {
        expect(isPlainSecret(key, value)).toBe(false);
    });
});

describe("the form in which connectors are compared", () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.double({ noNaN: true }));
    const key = fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{1,8}){0,2}$/).filter((one) => one !== "name");
    const config = fc.dictionary(key, value, { noNullPrototype: true });

    it("makes a second preview and a refresh of anything that a worker keeps as text find nothing", () => {
        fc.assert(
            fc.property(config, (declared) => {
                const held = sentConfig("people", { config: declared });
                expect(
                    drifted(declaredForm({ config: declared }), {}, heldForm({ config: declared }, held, "running")),
                ).toEqual([]);
                const { name: _name, ...texts } = held;
                expect(
                    declaredChanges(declaredForm({ config: texts }), declaredForm({ config: declared }), {}),
                ).toEqual([]);
            }),
        );
    });

    it("finds every other value, every key more and every key less, and records it as it is", () => {
        fc.assert(
            fc.property(config, config, (declared, other) => {
                const held = sentConfig("people", { config: other });
                const form = declaredForm({ config: declared });
                const found = drifted(form, {}, heldForm({ config: declared }, held, "paused"));
                const recorded = withDrift({ config: declared }, held, "paused", found);
                const hidden = Object.values(recorded.config).includes(HIDDEN);
                if (!hidden)
                    expect(declaredForm(recorded)).toEqual({ ...declaredForm({ config: other }), state: "paused" });
                expect(found.length > 0).toBe(true);
            }),
        );
    });

    it("takes no value for a default: what a key that is left out means knows only the plugin", () => {
        for (const text of ["false", "0", "", "[]"]) {
            const [next, old] = [declaredForm({ config: {} }), declaredForm({ config: { "a.b": text } })];
            expect(declaredChanges(next, old, {}).map(({ path }) => path)).toEqual(['config["a.b"]']);
        }
        expect(differences(declaredForm({ config: { v: "1.0" } }), declaredForm({ config: { v: 1 } }))).toHaveLength(1);
    });

    it("shows no secret that is held, and tells that it is another", () => {
        const declared = { config: { "a.password": reference("p") }, secretConfig: { "b.token": "mine" } };
        const same = heldForm(declared, { "a.password": reference("p"), "b.token": "mine", name: "x" }, "running");
        expect(differences(declaredForm(declared), same)).toEqual([]);
        const other = heldForm(declared, { "a.password": "planted", "b.token": "planted" }, "running");
        expect(differences(declaredForm(declared), other)).toHaveLength(2);
        expect(JSON.stringify(other)).not.toContain("planted");
    });

    it("takes no change for one that the worker had made anyway", () => {
        const observed = { 'config["a.b"]': "added", 'config["c.d"]': null };
        const old = declaredForm({ config: { "c.d": "dropped" } });
        expect(declaredChanges(declaredForm({ config: { "a.b": "added" } }), old, observed)).toEqual([]);
    });
});

describe("a protected position", () => {
    const config = { "connector.class": CLASS, "topic.prefix": "a" };
    const paths = (changed: object): string[] =>
        positionProblems({ config }, { config: { ...config, ...changed } } as unknown as ConnectorInputs).map(
            ({ property }) => property,
        );

    it("hangs on the class, and with Debezium on prefix and slot, a default that is given up included", () => {
        expect(paths({ "connector.class": "org.example.Other" })).toEqual(['config["connector.class"]']);
        expect(paths({ "topic.prefix": "b", "slot.name": "s" })).toEqual([
            'config["topic.prefix"]',
            'config["slot.name"]',
        ]);
        expect(paths({ "poll.interval.ms": 1, "topic.prefix": UNKNOWN })).toEqual([]);
        const sink = { "connector.class": "org.example.Sink", "topic.prefix": "a" };
        const moved = { config: { ...sink, "topic.prefix": "b" } } as unknown as ConnectorInputs;
        expect(positionProblems({ config: sink }, moved)).toEqual([]);
    });

    it("has a slot of its own, defaults included", () => {
        const ours = { "connector.class": CLASS, "database.hostname": "h", "database.dbname": "d" };
        const of = (other: object): number => slotProblems({ config: ours }, { other: { ...ours, ...other } }).length;
        expect(of({ "slot.name": "debezium", "database.port": "5432" })).toBe(1);
        for (const other of [
            { "slot.name": "s" },
            { "database.dbname": "e" },
            { "database.port": "1" },
            { "connector.class": "x" },
        ]) {
            expect(of(other)).toBe(0);
        }
        const sink = { "connector.class": "x" };
        expect(slotProblems({ config: sink }, { other: sink })).toEqual([]);
    });

    it("is moved only to where it can be, if it is a source's", () => {
        const stored = [{ partition: { server: "a", n: 1 }, offset: { lsn: 1, snapshot: "INITIAL" } }];
        const moved = (item: object, type = "source", held: typeof stored = stored): string[] =>
            moveProblems({ alter: [item as never] }, held, type).map(({ property }) => property);
        expect(moved({ partition: { n: 1, server: "a" }, offset: { lsn: 2, new: "x" } })).toEqual([]);
        expect(moved({ partition: { server: "a", n: 1 } })).toEqual([]);
        expect(moved({ partition: { server: "b" } })).toEqual(["offsets.alter[0].partition"]);
        expect(moved({ partition: { server: "a", n: 1 }, offset: { lsn: "2" } })).toEqual([
            "offsets.alter[0].offset.lsn",
        ]);
        expect(moved({ partition: { server: "b" } }, "sink")).toEqual([]);
        expect(moved({ partition: { server: "b" } }, "source", [])).toEqual([]);
        expect(moveProblems({ reset: "x" }, stored, "source")).toEqual([]);
    });
});

describe("how a connector is", () => {
    const status = (connector: string, ...tasks: string[]): ConnectorStatus => ({
        connector: { state: connector },
        tasks: tasks.map((state, id) => ({ id, state })),
    });

    it.each([
        ["running", status("RUNNING", "RUNNING", "RUNNING"), "works"],
        ["running", status("RUNNING", "RUNNING", "UNASSIGNED"), "unsettled"],
        ["running", status("RUNNING", "RUNNING", "FAILED"), "failed"],
        ["running", status("FAILED"), "failed"],
        ["running", status("UNASSIGNED", "RUNNING"), "unsettled"],
        ["running", status("STOPPED"), "unsettled"],
        ["running", undefined, "unsettled"],
        ["paused", status("PAUSED", "PAUSED", "FAILED"), "works"],
        ["paused", status("PAUSED", "RUNNING"), "unsettled"],
        ["stopped", status("STOPPED"), "works"],
        ["stopped", status("STOPPED", "RUNNING"), "unsettled"],
        ["stopped", status("STOPPED", "FAILED"), "unsettled"],
    ] as const)("to be %s, %j: %s", (state, now, kind) => {
        expect(verdictOf(now, state).kind).toBe(kind);
    });

    it("is told in Pulumi's words, and failed where it should run", () => {
        expect([
            stateOf(status("RUNNING", "RUNNING")),
            stateOf(status("RUNNING", "FAILED")),
            stateOf(status("PAUSED", "FAILED")),
            stateOf(status("STOPPED")),
            stateOf(status("UNASSIGNED")),
            stateOf(undefined),
        ]).toEqual(["running", "failed", "paused", "stopped", "running", undefined]);
    });

    it("is explained by the head of a trace and its root cause, once", () => {
        const trace = "a.B: stopped\n\tat x\nCaused by: c.D: first\n\tat y\nCaused by: e.F: root\n\t... 3 more\n";
        expect(headOf(trace)).toBe("a.B: stopped\n    Caused by: e.F: root");
        expect(headOf("a.B: wraps e.F: root\nCaused by: e.F: root")).toBe("a.B: wraps e.F: root");
        expect(headOf(undefined)).toBe("no trace");
        expect(headOf("x".repeat(900)).length).toBe(300);
    });
});

describe("what a plugin says", () => {
    it.each([
        ['Missing required configuration "name" which has no default value.', true],
        ["Invalid value x for configuration tasks.max: Not a number of type INT", true],
        ["Invalid value a\nb for configuration c: no", true],
        ["The 'database.dbname' value is invalid: A value is required", true],
        ["The 'Allowlist' policy does not allow 'bootstrap.servers' to be overridden", true],
        ["Error while validating connector config: The connection attempt failed.", false],
        ['Error while validating connector config: FATAL: database "nodb" does not exist', false],
        ["Unable to connect to bucket", false],
    ])("%s: %p", (text, fatal) => {
        expect(isAboutDeclaration(text)).toBe(fatal);
    });

    it("knows a slip of the pen from another key", () => {
        expect(isAlmost("table.include.lst", "table.include.list")).toBe(true);
        expect(isAlmost("databse.hostname", "database.hostname")).toBe(true);
        expect(isAlmost("table.exclude.list", "table.include.list")).toBe(true);
        expect(isAlmost("a.b", "a.c")).toBe(false);
        expect(isAlmost("database.hostname", "database.password")).toBe(false);
    });
});
