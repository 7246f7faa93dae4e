import { join } from "node:path";
import axios, { type AxiosInstance } from "axios";
import { providerText } from "../../resources/managed-resource";
import { type ProviderProcess, StackResource } from "../support/provider-process";

/** Where the provider of connectors stands. */
export const CONNECTOR_CODE = {
    folder: join(__dirname, "..", "..", "resources", "connect"),
    module: "connector-provider",
    exportName: "connectorProvider",
};

/** The code that manages connectors, as it stands in their state. */
export function connectorProviderText(): string {
    return providerText(CONNECTOR_CODE);
}

/** Kafka Connect that a matrix runs against, with a source that has a table of two rows and a publication `people`. */
export interface ConnectUnderTest {
    /** Straight to the worker. */
    readonly restUrl: string;
    /** To the worker by somebody who asks for `authorization`. */
    readonly guardedUrl: string;
    readonly authorization: string;
    readonly process: ProviderProcess;
    /** Beginning of the names of connectors: `[a-z_]`, since replication slots are named alike. */
    readonly prefix: string;
    /** What the source asks for, as configuration. */
    readonly login: Readonly<Record<string, string>>;
    /** Until the status shows what was done: seconds that are sure to be enough. */
    readonly lag: number;
    /** Creates a publication, or takes it away. */
    publication(name: string, exists: boolean): Promise<void>;
    /** Removes what a connector left in the source. */
    forget(slot: string): Promise<void>;
}

/** Debezium's source for PostgreSQL. */
export const POSTGRES = "io.debezium.connector.postgresql.PostgresConnector";

/** One connector under test, and an ordinary client to play everybody else with. */
export class ConnectorUnderTest {
    readonly resource: StackResource;
    readonly rest: AxiosInstance;

    constructor(
        readonly under: ConnectUnderTest,
        readonly name: string,
    ) {
        this.resource = new StackResource(under.process, connectorProviderText());
        this.rest = axios.create({
            baseURL: under.restUrl,
            timeout: 20_000,
            validateStatus: () => true,
            // Workers refuse the form that axios calls a request without a body.
            headers: { "content-type": "application/json" },
        });
    }

    config(changed: object = {}): Record<string, unknown> {
        return {
            "connector.class": POSTGRES,
            "plugin.name": "pgoutput",
            "database.hostname": "postgres",
            ...this.under.login,
            "topic.prefix": this.name,
            "slot.name": this.name,
            "publication.name": "people",
            "publication.autocreate.mode": "disabled",
            "poll.interval.ms": 50,
            ...changed,
        };
    }

    /** A connector that is up within moments; what a test is about replaces its part. */
    inputs(changed: object = {}, config: object = {}): Record<string, unknown> {
        return {
            server: { restUrl: this.under.restUrl },
            name: this.name,
            config: this.config(config),
            steadySeconds: 0.2,
            ...changed,
        };
    }

    /** One that does nothing, where nothing needs to be done. */
    idle(changed: object = {}, config: object = {}): Record<string, unknown> {
        return this.inputs({ state: "stopped", ...changed }, config);
    }

    async held(): Promise<Record<string, string> | undefined> {
        const { status, data } = await this.rest.get(`/connectors/${this.name}/config`);
        return status === 200 ? data : undefined;
    }

    async status(): Promise<string> {
        const { data } = await this.rest.get(`/connectors/${this.name}/status`);
        const tasks = (data.tasks ?? []).map(({ state }: { state: string }) => state);
        return [data.connector?.state, ...tasks].join(" ");
    }

    async offsets(): Promise<{ partition: object; offset: Record<string, unknown> }[]> {
        return (await this.rest.get(`/connectors/${this.name}/offsets`)).data.offsets;
    }

    /** Waits for the status that something has. */
    async until(what: string): Promise<void> {
        await this.eventually(what, async () => (await this.status()) === what);
    }

    async eventually(what: string, ask: () => Promise<boolean>): Promise<void> {
        for (let attempt = 0; !(await ask()); attempt++) {
            if (attempt > 150) throw new Error(`${this.name}: not ${what}, but ${await this.status()}`);
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    }

    /** Everybody else asks for something, patiently: after a change, workers say 409 for a moment. */
    async ask(method: "PUT" | "DELETE", path: string, body?: object): Promise<void> {
        const url = `/connectors/${this.name}${path}`;
        await this.eventually(`${method} ${url}`, async () => {
            const { status, data } = await this.rest.request({ method, url, data: body });
            if (status >= 400 && status !== 409) throw new Error(`${method} ${url}: ${status} ${data.message}`);
            return status < 400;
        });
    }

    /** Everybody else changes the configuration. */
    async meddle(changed: Record<string, unknown>): Promise<void> {
        await this.ask("PUT", "/config", { ...(await this.held()), ...changed });
    }

    /** Everybody else deletes it, and waits until it is gone. */
    async vanish(): Promise<void> {
        await this.ask("DELETE", "");
        await this.eventually("gone", async () => (await this.status()) === "");
    }

    /** Removes it, and what it left in the source. */
    async clear(): Promise<void> {
        if ((await this.held()) === undefined) return;
        await this.vanish();
        await this.under.forget(this.name);
    }
}

/** What Kafka Connect must do, fake or real. */
export function connectorMatrix(subject: () => ConnectUnderTest): void {
    let count = 0;
    let connector: ConnectorUnderTest;
    const others: ConnectorUnderTest[] = [];
    const other = (name: string): ConnectorUnderTest => {
        const made = new ConnectorUnderTest(subject(), name);
        others.push(made);
        return made;
    };
    beforeEach(() => {
        connector = new ConnectorUnderTest(subject(), `${subject().prefix}_${++count}`);
    });
    afterEach(async () => {
        for (const made of [connector, ...others.splice(0)]) await made.clear();
    });
    const said = (): string => subject().process.output;

    it("creates a connector that runs with all its tasks, and says that it begins anew", async () => {
        expect(await connector.resource.up(connector.inputs())).toBe("create");
        expect(await connector.status()).toBe("RUNNING RUNNING");
        expect(await connector.held()).toMatchObject({ "poll.interval.ms": "50", name: connector.name });
        expect(connector.resource.state).toMatchObject({ id: connector.name, outputs: { observed: {} } });
        expect(said()).toContain(
            `"${connector.name}": there is no stored position: a snapshot comes first (snapshot.mode initial)`,
        );
    });

    it("changes nothing the second time, and sees no change in numbers and booleans written as text", async () => {
        const inputs = connector.idle({}, { "tombstones.on.delete": false });
        await connector.resource.up(inputs);
        expect(await connector.resource.refresh()).toBe(false);
        expect(await connector.resource.preview(inputs)).toMatchObject({ failures: [], step: "same" });
        const same = connector.idle(
            { onExists: "fail", restarts: 2, onDelete: { offsets: "keep" } },
            { "tombstones.on.delete": "false", "poll.interval.ms": "50", name: connector.name },
        );
        expect(await connector.resource.preview(same)).toMatchObject({ failures: [], step: "same" });
    });

    it("takes the order of a list and a default that is spelled out for what they are: changes", async () => {
        const lists = { "table.include.list": "public.a,public.b" };
        await connector.resource.up(connector.idle({}, lists));
        for (const config of [
            { "table.include.list": "public.b,public.a" },
            { ...lists, "tombstones.on.delete": false },
        ]) {
            expect((await connector.resource.preview(connector.idle({}, config))).step).toBe("update");
        }
    });

    it("shows drift at refresh, undeclared keys and another state too, and repairs it", async () => {
        await connector.resource.up(connector.inputs());
        await connector.meddle({ "poll.interval.ms": "75", "tombstones.on.delete": "false" });
        await connector.ask("PUT", "/pause");
        await connector.until("PAUSED PAUSED");
        expect(await connector.resource.refresh()).toBe(true);
        expect(connector.resource.state?.inputs).toMatchObject({
            state: "paused",
            config: { "poll.interval.ms": "75", "tombstones.on.delete": "false" },
        });
        expect(await connector.resource.up(connector.inputs())).toBe("update");
        expect(await connector.status()).toBe("RUNNING RUNNING");
        expect(await connector.held()).not.toHaveProperty("tombstones.on.delete");
        expect(await connector.resource.refresh()).toBe(false);
    });

    it("creates again what was deleted outside, with or without a refresh, and says that it resumes", async () => {
        await connector.resource.up(connector.inputs());
        await connector.eventually("stored", async () => (await connector.offsets()).length > 0);
        await connector.vanish();
        expect([await connector.resource.refresh(), connector.resource.state]).toEqual([true, undefined]);
        expect(await connector.resource.up(connector.inputs())).toBe("create");
        expect(said()).toMatch(
            new RegExp(`"${connector.name}": resumes at the position .*{"server":"${connector.name}"} at {.*"lsn":`),
        );
        await connector.vanish();
        expect(await connector.resource.up(connector.inputs({ restarts: 1 }))).toBe("update");
        expect(await connector.status()).toBe("RUNNING RUNNING");
    });

    it("changes configuration and state in place", async () => {
        await connector.resource.up(connector.idle());
        expect(await connector.status()).toBe("STOPPED");
        const slower = { "poll.interval.ms": 75 };
        expect(await connector.resource.up(connector.inputs({ state: "paused" }, slower))).toBe("update");
        expect(await connector.status()).toMatch(/^PAUSED/);
        expect(await connector.held()).toMatchObject({ "poll.interval.ms": "75" });
        expect(await connector.resource.up(connector.inputs({}, slower))).toBe("update");
        expect(await connector.status()).toBe("RUNNING RUNNING");
        expect(await connector.resource.up(connector.idle({}, slower))).toBe("update");
        expect(await connector.status()).toBe("STOPPED");
        expect((await connector.resource.preview(connector.idle({}, slower))).step).toBe("same");
    });

    it("refuses at preview what would lose the position of a protected connector", async () => {
        await connector.resource.up(connector.idle());
        const keys = { "topic.prefix": "other", "slot.name": "other" };
        const { failures } = await connector.resource.preview(connector.idle({}, keys));
        expect(failures.map(({ property }) => property)).toEqual(['config["topic.prefix"]', 'config["slot.name"]']);
        expect(failures[0]?.reason).toMatch(/cannot change from .* to other while deletionProtection is on.*Way out/s);
        const renamed = await connector.resource.preview(connector.idle({ name: "other" }));
        expect(renamed.failures.map(({ property }) => property)).toEqual(["name"]);
        const open = { deletionProtection: false };
        await connector.resource.up(connector.idle(open));
        expect(await connector.resource.preview(connector.idle(open, keys))).toMatchObject({ step: "update" });
        const successor = other(`${connector.name}_renamed`);
        expect(await connector.resource.up(connector.idle({ ...open, name: successor.name }))).toBe("replace");
        expect([await connector.held(), (await successor.held())?.name]).toEqual([undefined, successor.name]);
    });

    it("says at preview what the plugin says, all at once, each at its key, and changes nothing", async () => {
        const { "topic.prefix": _prefix, ...config } = connector.config({
            "poll.interval.ms": "soon",
            "tombstones.on.delete": "maybe",
        });
        const { failures } = await connector.resource.preview(connector.idle({ config }));
        const told = Object.fromEntries(failures.map(({ property, reason }) => [property, reason]));
        expect(Object.keys(told).sort()).toEqual([
            'config["poll.interval.ms"]',
            'config["tombstones.on.delete"]',
            'config["topic.prefix"]',
        ]);
        expect(told['config["topic.prefix"]']).toContain("A value is required");
        expect(told['config["poll.interval.ms"]']).toMatch(/the plugin refuses poll.interval.ms\n {2}.*long value/);
        const unknown = await connector.resource.preview(connector.idle({}, { "connector.class": "org.example.No" }));
        expect(unknown.failures.map(({ property }) => property)).toEqual(['config["connector.class"]']);
        expect(unknown.failures[0]?.reason).toMatch(
            /no plugin of the worker has org.example.No\n {2}It has .*PostgresConnector.*--skip-preview/s,
        );
        expect(await connector.held()).toBeUndefined();
    });

    it("does not fail a preview for a source that is not there yet, but says so; and up fails with the key", async () => {
        const inputs = connector.idle({}, { "database.hostname": "nowhere", "poll.intervall.ms": 5 });
        expect((await connector.resource.preview(inputs)).failures).toEqual([]);
        const warnings = said();
        expect(warnings).toContain(`"${connector.name}": config["database.hostname"]: Error while validating`);
        await expect(connector.resource.up(inputs)).rejects.toThrow(
            /refuses the configuration\n {2}config\["database.hostname"\]: .*connection attempt failed.*Nothing was changed/s,
        );
        expect([await connector.held(), connector.resource.state]).toEqual([undefined, undefined]);
    });

    it("tells of a key that no plugin knows and that is almost one that it does", async () => {
        await connector.resource.preview(connector.idle({}, { "table.include.lst": "public.person" }));
        expect(said()).toContain(
            `"${connector.name}": config["table.include.lst"]: no plugin knows it; table.include.list is meant?`,
        );
    });

    it("refuses to delete what is protected, and says what would be lost", async () => {
        await connector.resource.up(connector.inputs());
        await connector.eventually("stored", async () => (await connector.offsets()).length > 0);
        await expect(connector.resource.destroy()).rejects.toThrow(
            /is protected .*\n {2}It is RUNNING with 1 task; nothing would flow any more, and its position in 1 partition would be kept.*Way out/s,
        );
        expect(await connector.status()).toBe("RUNNING RUNNING");
    });

    it("keeps the position of a deleted connector, or drops it when told so by an earlier up", async () => {
        const open = { deletionProtection: false };
        await connector.resource.up(connector.inputs(open));
        await connector.eventually("stored", async () => (await connector.offsets()).length > 0);
        const again = connector.resource.state;
        await connector.resource.destroy();
        expect([await connector.held(), await connector.status()]).toEqual([undefined, ""]);
        connector.resource.state = again;
        await connector.resource.destroy();

        const drop = { ...open, onDelete: { offsets: "drop" } };
        await connector.resource.up(connector.idle(drop));
        expect(await connector.offsets()).toHaveLength(1);
        await connector.resource.destroy();
        await connector.resource.up(connector.idle(drop));
        expect(await connector.offsets()).toEqual([]);
    });

    it("takes over what is there only when asked, and only when it is equal or asked to change it", async () => {
        await connector.resource.up(connector.idle());
        const second = other(connector.name);
        const { failures } = await second.resource.preview(second.idle());
        expect(failures.map(({ property }) => property)).toEqual(["onExists"]);
        const equal = { onExists: "adoptIfEqual", deletionProtection: false };
        await expect(second.resource.up(second.idle({ deletionProtection: false }))).rejects.toThrow(/exists already/);
        await expect(second.resource.up(second.inputs(equal, { "poll.interval.ms": 75 }))).rejects.toThrow(
            /is not what is declared\n.*config\["poll.interval.ms"\]: declared 75, there is 50\n.*state: declared running, there is stopped/s,
        );
        expect(second.resource.state).toBeUndefined();
        expect(await second.resource.up(second.idle(equal))).toBe("create");
        const third = other(connector.name);
        await third.resource.up(third.idle({ onExists: "adopt" }, { "poll.interval.ms": 75 }));
        expect(await connector.held()).toMatchObject({ "poll.interval.ms": "75" });
    });

    it("goes on after a crash between create and record", async () => {
        await connector.resource.up(connector.inputs());
        connector.resource.state = undefined;
        const inputs = connector.inputs({ onExists: "adoptIfEqual" });
        expect(await connector.resource.up(inputs)).toBe("create");
        expect((await connector.resource.preview(inputs)).step).toBe("same");
    });

    it("records a connector whose task fails, says why after some restarts, and goes on when it is repaired", async () => {
        const extra = `${connector.name}_later`;
        const steadySeconds = subject().lag / 2;
        const inputs = connector.inputs({ restarts: 1, steadySeconds }, { "publication.name": extra });
        await expect(connector.resource.up(inputs)).rejects.toThrow(
            /does not run, also after 1 restart\n {2}task 0 FAILED: .*ConnectException.*Publication autocreation is disabled.*recorded: the next up goes on/s,
        );
        expect(connector.resource.state).toMatchObject({ id: connector.name });
        expect(said()).toContain("connector RUNNING, task 0 FAILED; is started again (1 of 1)");
        await subject().publication(extra, true);
        expect(await connector.resource.up(inputs)).toBe("update");
        expect(await connector.status()).toBe("RUNNING RUNNING");
        await subject().publication(extra, false);
    });

    it("does not take the old task, which is shown for a while, for the new one that fails", async () => {
        const inputs = (config: object): Record<string, unknown> =>
            connector.inputs({ restarts: 0, steadySeconds: subject().lag }, config);
        await connector.resource.up(connector.inputs());
        await expect(connector.resource.up(inputs({ "publication.name": "none" }))).rejects.toThrow(
            /does not run\n {2}task 0 FAILED.*Publication autocreation is disabled/s,
        );
        expect(connector.resource.state).toMatchObject({
            outputs: { config: { "publication.name": "none" } },
            initErrors: [expect.stringContaining("recorded: the next up goes on")],
        });
        expect(await connector.resource.refresh()).toBe(true);
        expect(connector.resource.state?.inputs).toMatchObject({ state: "failed" });
        // Nor is the failed task, which is shown for a while too, the one that now starts.
        expect(await connector.resource.up(inputs({}))).toBe("update");
        expect(await connector.status()).toBe("RUNNING RUNNING");
    });

    it("moves a position once, when it is told to, and looks first whether that can be one", async () => {
        await connector.resource.up(connector.inputs());
        // While a snapshot is under way the stored position changes by itself.
        await connector.eventually("stored", async () => {
            const [stored] = await connector.offsets();
            return stored !== undefined && stored.offset?.snapshot_completed !== false;
        });
        const [held] = await connector.offsets();
        const partition = { server: connector.name };
        for (const [property, item] of Object.entries({
            "offsets.alter[0].partition": { partition: { server: "nobody" }, offset: { lsn: 1 } },
            "offsets.alter[0].offset.lsn": { partition, offset: { lsn: "a text" } },
        })) {
            const { failures } = await connector.resource.preview(connector.inputs({ offsets: { alter: [item] } }));
            expect(failures.map((failure) => failure.property)).toEqual([property]);
        }
        expect(await connector.offsets()).toEqual([held]);

        const offset = { ...held?.offset, txId: 7 };
        const altered = connector.idle({ offsets: { alter: [{ partition, offset }] } });
        expect(await connector.resource.up(altered)).toBe("update");
        expect(await connector.offsets()).toEqual([{ partition, offset }]);
        expect(said()).toMatch(new RegExp(`"${connector.name}": position was .*; is .*"txId":7`));

        const reset = connector.inputs({ offsets: { reset: "once" } });
        expect(await connector.resource.up({ ...reset, state: "stopped" })).toBe("update");
        expect(await connector.offsets()).toEqual([]);
        expect(await connector.resource.up(reset)).toBe("update");
        await connector.eventually("stored again", async () => (await connector.offsets()).length > 0);
        expect((await connector.resource.preview(reset)).step).toBe("same");
        expect(await connector.resource.up(connector.inputs())).toBe("update");
        expect(await connector.offsets()).toHaveLength(1);
    });

    it("calls wrong credentials by their name, never gone, and keeps them to itself", async () => {
        const { guardedUrl, authorization, process } = subject();
        const right = { restUrl: guardedUrl, authorization };
        await connector.resource.up(connector.idle({ server: right }));
        const wrong = `Basic ${Buffer.from("somebody:planted-secret").toString("base64")}`;
        const inputs = connector.idle({ server: { ...right, authorization: wrong }, deletionProtection: false });
        const { failures } = await connector.resource.preview(inputs);
        expect(failures.map(({ property }) => property)).toEqual(["server.authorization"]);
        const texts = failures.map(({ reason }) => reason);
        const recorded = { ...inputs, __provider: connector.resource.provider };
        for (const attempt of [
            () => process.read(connector.name, recorded),
            () => process.create(recorded),
            () => process.update(connector.name, connector.resource.state?.outputs ?? {}, recorded),
            () => process.delete(connector.name, recorded),
        ]) {
            const error: Error = await attempt().then(
                () => new Error("nothing was thrown"),
                (thrown) => thrown,
            );
            expect(error.message).toMatch(/answered 401.*Way out: set server.authorization/s);
            texts.push(error.message);
        }
        expect([...texts, said()].join()).not.toMatch(new RegExp(`planted-secret|${wrong.slice(6)}`));
        expect(await connector.status()).toBe("STOPPED");
    });
}
