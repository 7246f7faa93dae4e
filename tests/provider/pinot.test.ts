import { UNKNOWN } from "../../resources/lifecycle";
import { FakePinot } from "../support/fakes/pinot";
import { ProviderProcess } from "../support/provider-process";
import { pinotMatrix } from "./pinot-matrix";
import { PinotPair, type PinotUnderTest } from "./pinot-pair";

describe.each(["0.11.0", "1.5.1"] as const)("against a controller that answers like %s", (generation) => {
    let process: ProviderProcess;
    let pinot: FakePinot;
    let subject: PinotUnderTest;

    beforeAll(async () => {
        process = await ProviderProcess.start();
    });
    afterAll(() => process.stop());
    beforeEach(async () => {
        pinot = await new FakePinot(generation).up();
        pinot.topics = ["events", "other"];
        subject = {
            controllerUrl: pinot.url,
            brokers: "kafka:9092",
            topic: "events",
            prefix: "rec",
            current: generation === "1.5.1",
            process,
            patience: 1,
        };
    });

    pinotMatrix(() => subject);

    describe("when something goes wrong", () => {
        let pair: PinotPair;
        beforeEach(() => {
            pair = new PinotPair(subject, "rec");
        });
        const SECRET = "Basic YWRtaW46cGxhbnRlZC1zZWNyZXQ=";
        const withSecret = { server: { controllerUrl: "", authorization: SECRET } };
        const secretForms = [SECRET, "YWRtaW46cGxhbnRlZC1zZWNyZXQ=", "planted-secret"];

        it("calls wrong credentials by their name, never gone and never invalid, and keeps them to itself", async () => {
            await pair.up();
            pinot.credentials = "Basic cmlnaHQ6cmlnaHQ=";
            const server = { ...withSecret.server, controllerUrl: pinot.url };
            const inputs = pair.tableInputs({}, { server });
            const preview = await pair.table.preview(inputs);
            expect(preview.failures.map(({ property }) => property)).toEqual(["server.authorization"]);
            const texts = preview.failures.map(({ reason }) => reason);
            for (const attempt of [
                () => pair.table.refresh(),
                () => process.create({ ...inputs, __provider: pair.table.provider }),
                () =>
                    process.update("x", pair.table.state?.outputs ?? {}, {
                        ...inputs,
                        __provider: pair.table.provider,
                    }),
                () =>
                    process.delete("rec_REALTIME", {
                        ...inputs,
                        deletionProtection: false,
                        __provider: pair.table.provider,
                    }),
            ]) {
                const error: Error = await attempt().then(
                    () => new Error("nothing was thrown"),
                    (thrown) => thrown,
                );
                expect(error.message).toMatch(/answered 401.*does not accept these credentials.*Way out/s);
                texts.push(error.message);
            }
            expect(pair.table.state).toBeDefined();
            const shown = [...texts, process.output].join();
            for (const form of secretForms) expect(shown).not.toContain(form);
        });

        it("keeps credentials under their own input only, where the engine encrypts them", async () => {
            pinot.credentials = SECRET;
            const server = { controllerUrl: pinot.url, authorization: SECRET };
            await pair.schema.up(pair.schemaInputs({}, { server }));
            await pair.table.up(pair.tableInputs({}, { server }));
            for (const { state } of [pair.schema, pair.table]) {
                const { server: kept, ...rest } = state?.outputs ?? {};
                expect(kept).toEqual(server);
                for (const form of secretForms) expect(JSON.stringify([state?.id, rest])).not.toContain(form);
            }
            pinot.credentials = undefined;
        });

        it("does not fail a preview for a server that does not exist yet, and touches nothing when it does not come", async () => {
            await pinot.down();
            expect((await pair.schema.preview(pair.schemaInputs())).failures).toEqual([]);
            expect((await pair.table.preview(pair.tableInputs())).failures).toEqual([]);
            await expect(pair.schema.up(pair.schemaInputs())).rejects.toThrow(/got no answer: ECONNREFUSED/);
            expect(pair.schema.state).toBeUndefined();
            await pinot.up();
        });

        it("does not take a server that is down for an object that is gone", async () => {
            await pair.up();
            await pinot.down();
            await expect(pair.table.refresh()).rejects.toThrow(/got no answer/);
            await expect(pair.schema.refresh()).rejects.toThrow(/got no answer/);
            expect([pair.table.state?.id, pair.schema.state?.id]).toEqual(["rec_REALTIME", "rec"]);
            await pinot.up();
        });

        it("checks offline what it can while values are not known yet", async () => {
            const server = { controllerUrl: UNKNOWN };
            expect((await pair.table.preview(pair.tableInputs({}, { server }))).failures).toEqual([]);
            const unknown = pair.tableInputs({ ingestionConfig: UNKNOWN, tableName: UNKNOWN } as object, { server });
            expect((await pair.table.preview(unknown)).failures).toEqual([]);
            expect((await pair.table.preview({ ...unknown, table: UNKNOWN })).failures).toEqual([]);
            expect((await pair.schema.preview({ server: UNKNOWN, schema: UNKNOWN })).failures).toEqual([]);
            const routing = { instanceSelectorType: "balanced" };
            const { failures } = await pair.table.preview(pair.tableInputs({ routing }, { server }));
            expect(failures.map(({ property }) => property)).toEqual(["table.routing.instanceSelectorType"]);
        });

        it("plans an update in place while a changed value is not known yet", async () => {
            await pair.up();
            const inputs = pair.tableInputs({ upsertConfig: UNKNOWN } as object);
            expect(await pair.table.preview(inputs)).toMatchObject({ failures: [], step: "update" });
        });

        it("asks again after a passing 500, and never repeats a create", async () => {
            await pair.schema.up(pair.schemaInputs());
            pinot.fail({ method: "GET", path: /^\/tables\/rec$/, answer: { status: 500, body: "" } });
            await pair.table.up(pair.tableInputs());
            expect(pinot.writes().filter((write) => write === "POST /tables")).toHaveLength(1);
        });

        it("takes a create whose reply was lost for what it was", async () => {
            pinot.fail({ method: "POST", path: /^\/schemas$/, loseReply: true });
            pinot.fail({ method: "POST", path: /^\/tables$/, loseReply: true });
            await pair.up();
            expect(pair.table.state?.id).toBe("rec_REALTIME");
            expect(pinot.writes().filter((write) => write.startsWith("POST"))).toEqual([
                "POST /schemas",
                "POST /tables",
            ]);
        });

        it("records what was created also when the very next question gets no answer", async () => {
            const unwell = { method: "GET", times: 4, answer: { status: 500, body: "" } };
            pinot.fail({ ...unwell, path: /^\/schemas\/rec$/, after: "POST /schemas" });
            await expect(pair.schema.up(pair.schemaInputs())).rejects.toThrow(
                /answered 500.*recorded: the next up goes on/s,
            );
            expect(await pair.schema.up(pair.schemaInputs())).toBe("update");
            pinot.fail({ ...unwell, path: /^\/tables\/rec$/, after: "POST /tables" });
            await expect(pair.table.up(pair.tableInputs())).rejects.toThrow(
                /answered 500.*recorded: the next up goes on/s,
            );
            expect(await pair.table.up(pair.tableInputs())).toBe("update");
            expect(await pair.table.refresh()).toBe(false);
            expect(pinot.writes().filter((write) => write.startsWith("POST"))).toEqual([
                "POST /schemas",
                "POST /tables",
            ]);
        });

        it("records a table that was created and does not come up, with what the server says, and goes on", async () => {
            await pair.schema.up(pair.schemaInputs());
            pinot.brokenCopies = 1;
            const inputs = pair.tableInputs({}, { timeouts: { ready: 1 } });
            await expect(pair.table.up(inputs)).rejects.toThrow(
                /does not work after 1 s: 1 of 2 .*1 in ERROR.*Could not open a consumer.*recorded: the next up goes on/s,
            );
            expect(pair.table.state).toMatchObject({ id: "rec_REALTIME", outputs: { tableName: "rec" } });
            pinot.brokenCopies = 0;
            expect(await pair.table.up(inputs)).toBe("update");
            expect(pinot.writes().filter((write) => write === "POST /tables")).toHaveLength(1);
        });

        it("records a reload that did not finish, and reloads at the next run", async () => {
            await pair.up();
            const tableIndexConfig = { loadMode: "MMAP", nullHandlingEnabled: true, invertedIndexColumns: ["kind"] };
            pinot.reloadPolls = 1000;
            const hurried = pair.tableInputs({ tableIndexConfig }, { timeouts: { ready: 60, reload: 1 } });
            await expect(pair.table.up(hurried)).rejects.toThrow(
                /1 of 2 segments reloaded after 1 s.*raise timeouts.reload/s,
            );
            pinot.reloadPolls = 1;
            const reloads = (): number =>
                pinot.writes().filter((write) => write === "POST /segments/rec/reload").length;
            expect(reloads()).toBe(1);
            expect(await pair.table.up(hurried)).toBe("update");
            expect(reloads()).toBe(2);
            expect((await pair.table.preview(hurried)).step).toBe("same");
        });

        it("waits for brokers and servers that register late", async () => {
            pinot.registeringRequests = 2;
            await pair.up();
            expect(pair.table.state?.id).toBe("rec_REALTIME");
        });

        it("clears away a half-deleted table of its own, and names one of somebody else", async () => {
            await pair.up();
            const half = pinot.tables.rec_REALTIME;
            if (half !== undefined) half.hasIdealState = false;
            await pair.table.up(pair.tableInputs({}, { deletionProtection: false }));
            expect(pinot.writes()).toContain("DELETE /tables/rec");
            expect(pinot.tables.rec_REALTIME?.hasIdealState).toBe(true);
        });

        it("writes nothing for a refused change, also when drift makes it one without a refresh", async () => {
            await pair.up();
            const held = pinot.tables.rec_REALTIME;
            if (held !== undefined)
                held.config = {
                    ...held.config,
                    upsertConfig: { mode: "PARTIAL", comparisonColumns: ["ts"], comparisonColumn: "ts" },
                };
            const before = pinot.writes().length;
            const news = { ...pair.tableInputs({}, { deletionProtection: false }), __provider: pair.table.provider };
            const update = process.update("rec_REALTIME", pair.table.state?.outputs ?? {}, news);
            await expect(update).rejects.toThrow(
                /upsertConfig.mode cannot change from PARTIAL to FULL.*Nothing was changed/s,
            );
            expect(pinot.writes()).toHaveLength(before);
        });

        it("updates in place, and writes nothing, when only its own code is newer", async () => {
            await pair.up();
            const before = pinot.writes().length;
            pair.table.provider += "\n";
            expect(await pair.table.up(pair.tableInputs())).toBe("update");
            expect(pinot.writes()).toHaveLength(before);
            expect((await pair.table.preview(pair.tableInputs())).step).toBe("same");
        });

        it("replaces a table under another name only when it is not protected", async () => {
            await pair.up();
            await pair.table.up(pair.tableInputs({}, { deletionProtection: false }));
            pinot.schemas.renamed = { ...pinot.schemas.rec, schemaName: "renamed" };
            expect(await pair.table.up(pair.tableInputs({ tableName: "renamed" }))).toBe("replace");
            expect(Object.keys(pinot.tables)).toEqual(["renamed_REALTIME"]);
        });

        it("keeps passwords of the document out of errors", async () => {
            await pair.schema.up(pair.schemaInputs());
            const inputs = pair.tableInputs();
            const text = JSON.stringify(inputs).replace(
                '"streamType":"kafka"',
                '"streamType":"kafka","sasl.jaas.config":"jaas-planted-secret"',
            );
            pinot.fail({
                method: "POST",
                path: /^\/tables$/,
                answer: { status: 400, body: { error: `bad config: ${text}` } },
            });
            const failed: Error = await pair.table.up(JSON.parse(text)).then(
                () => new Error("nothing was thrown"),
                (thrown) => thrown,
            );
            expect(failed.message).toContain("answered 400");
            expect(failed.message).not.toContain("jaas-planted-secret");
        });
    });

    afterEach(() => pinot.down());
});
