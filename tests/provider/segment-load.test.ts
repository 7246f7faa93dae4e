import { UNKNOWN } from "../../resources/lifecycle";
import { FakePinot } from "../support/fakes/pinot";
import { ProviderProcess } from "../support/provider-process";
import {
    LOADED_TABLE,
    type LoadSubject,
    LoadUnderTest,
    segmentLoadMatrix,
    VISITS_CONFIG,
    VISITS_SCHEMA,
} from "./segment-load-matrix";

describe.each(["0.11.0", "1.5.1"] as const)("files as segments of a Pinot that answers like %s", (generation) => {
    let process: ProviderProcess;
    let pinot: FakePinot;
    let subject: LoadSubject;

    beforeAll(async () => {
        process = await ProviderProcess.start();
    });
    afterAll(() => process.stop());
    beforeEach(async () => {
        pinot = await new FakePinot(generation).up();
        pinot.schemas[LOADED_TABLE] = VISITS_SCHEMA;
        pinot.tables[`${LOADED_TABLE}_OFFLINE`] = {
            config: VISITS_CONFIG,
            paused: false,
            hasIdealState: true,
            needReload: false,
            segments: 0,
        };
        subject = { controllerUrl: pinot.url, process };
    });

    segmentLoadMatrix(() => subject);
    // After the matrix has cleared up.
    afterEach(() => pinot.down());

    describe("when something goes wrong", () => {
        let load: LoadUnderTest;
        beforeEach(() => {
            load = new LoadUnderTest(subject, "wrong");
        });
        afterEach(() => load.clear());
        const uploads = (): number => pinot.writes().filter((write) => write === "POST /ingestFromFile").length;

        it("says how many files are loaded and how many segments are online", async () => {
            pinot.onlinePolls = 3;
            await load.resource.up(load.inputs([load.csv("a.csv", 2), load.csv("b.csv", 3, 10)]));
            for (const line of ["1 of 2 files loaded", "2 of 2 files loaded", "0 of 2 segments are online"]) {
                expect(process.output).toContain(`PinotSegmentLoad "wrong": ${line}`);
            }
        });

        it("loads before it removes when a file changes", async () => {
            await load.resource.up(load.inputs([load.csv("a.csv", 2)]));
            const [old] = await load.held();
            pinot.requests.length = 0;
            await load.resource.up(load.inputs([load.csv("a.csv", 3)]));
            expect(pinot.writes()).toEqual(["POST /ingestFromFile", `DELETE /segments/${LOADED_TABLE}_OFFLINE/${old}`]);
        });

        it("asks nothing at all in a preview in which nothing changed", async () => {
            const inputs = load.inputs([load.csv("a.csv", 2)]);
            await load.resource.up(inputs);
            const before = pinot.requests.length;
            expect((await load.resource.preview(inputs)).step).toBe("same");
            expect(pinot.requests.length).toBe(before);
        });

        it("calls wrong credentials by their name, never gone, and keeps them to itself", async () => {
            const files = [load.csv("a.csv", 2)];
            await load.resource.up(load.inputs(files));
            pinot.credentials = "Basic cmlnaHQ6cmlnaHQ=";
            const authorization = "Basic YWRtaW46cGxhbnRlZC1zZWNyZXQ=";
            const server = { controllerUrl: pinot.url, authorization };
            const inputs = load.inputs([load.csv("a.csv", 5)], { server, deletionProtection: false });
            const { failures } = await load.resource.preview(inputs);
            expect(failures.map(({ property }) => property)).toEqual(["server.authorization"]);
            const texts = failures.map(({ reason }) => reason);
            const { __provider } = { __provider: load.resource.provider };
            const contents = load.resource.state?.outputs.contents;
            const recorded = { ...inputs, contents, segments: {}, __provider };
            for (const attempt of [
                () => load.resource.refresh(),
                () => process.create(recorded),
                () => process.update("x", load.resource.state?.outputs ?? {}, recorded),
                () => process.delete("x", recorded),
            ]) {
                const error: Error = await attempt().then(
                    () => new Error("nothing was thrown"),
                    (thrown) => thrown,
                );
                expect(error.message).toMatch(/answered 401.*does not accept these credentials.*Way out/s);
                texts.push(error.message);
            }
            expect([...texts, process.output].join()).not.toMatch(/YWRtaW46cGxhbnRlZC1zZWNyZXQ|planted-secret/);
            pinot.credentials = undefined;
            expect((await load.held()).length).toBe(1);
        });

        it("does not fail a preview for a server that does not exist yet, and touches nothing when it does not come", async () => {
            await pinot.down();
            const inputs = load.inputs([load.csv("a.csv", 2)]);
            expect((await load.resource.preview(inputs)).failures).toEqual([]);
            await expect(load.resource.up(inputs)).rejects.toThrow(
                /got no answer: ECONNREFUSED\n {2}Nothing was changed/,
            );
            expect(load.resource.state).toBeUndefined();
            await pinot.up();
        });

        it("does not take a server that is down for segments that are gone", async () => {
            await load.resource.up(load.inputs([load.csv("a.csv", 2)]));
            await pinot.down();
            await expect(load.resource.refresh()).rejects.toThrow(/got no answer/);
            expect(load.resource.state).toBeDefined();
            await pinot.up();
        });

        it("takes a load whose reply was lost for what it was", async () => {
            pinot.fail({ method: "POST", path: /^\/ingestFromFile$/, loseReply: true });
            await load.resource.up(load.inputs([load.csv("a.csv", 2), load.csv("b.csv", 3, 10)]));
            expect([uploads(), (await load.held()).length]).toEqual([2, 2]);
        });

        it("records a load of which nobody knows whether it arrived, and goes on without loading twice", async () => {
            pinot.fail({ method: "POST", path: /^\/ingestFromFile$/, loseReply: true });
            const unwell = { status: 500, body: "" };
            pinot.fail({ path: /metadata$/, times: 4, answer: unwell, after: "POST /ingestFromFile" });
            const inputs = load.inputs([load.csv("a.csv", 2)]);
            await expect(load.resource.up(inputs)).rejects.toThrow(
                /got no answer.*recorded: the next up goes on from there/s,
            );
            expect(await load.resource.up(inputs)).toBe("update");
            expect([await load.held(), await load.rows(2)]).toEqual([[expect.any(String)], 2]);
            expect((await load.resource.preview(inputs)).step).toBe("same");
        });

        it("records segments that do not come up, with what the server says, and goes on", async () => {
            pinot.loadedState = "ERROR";
            pinot.brokenCopies = 1;
            const files = [load.csv("a.csv", 2)];
            const inputs = load.inputs(files, { timeouts: { ready: 1 } });
            await expect(load.resource.up(inputs)).rejects.toThrow(
                /0 of 1 segments are online, 1 copies in ERROR after 1 s.*Pinot says.*recorded: the next up goes on/s,
            );
            for (const segment of Object.values(pinot.loaded[`${LOADED_TABLE}_OFFLINE`] ?? {}))
                segment.state = "ONLINE";
            expect(await load.resource.up(inputs)).toBe("update");
            expect(uploads()).toBe(1);
        });

        it("does not remove what was there before while what is new does not come up", async () => {
            await load.resource.up(load.inputs([load.csv("a.csv", 2)]));
            const [old] = await load.held();
            pinot.onlinePolls = 10_000;
            const next = load.inputs([load.csv("a.csv", 3)], { timeouts: { ready: 1 } });
            await expect(load.resource.up(next)).rejects.toThrow(/0 of 1 segments are online after 1 s/);
            expect(await load.held()).toContain(old);
            for (const segment of Object.values(pinot.loaded[`${LOADED_TABLE}_OFFLINE`] ?? {})) segment.polls = 0;
            expect(await load.resource.up(next)).toBe("update");
            expect([(await load.held()).length, await load.rows(3)]).toEqual([1, 3]);
        });

        it("checks offline what it can while values are not known yet", async () => {
            const csv = load.csv("a.csv", 2);
            const unknown = { server: UNKNOWN, table: UNKNOWN, files: UNKNOWN, format: UNKNOWN, reader: UNKNOWN };
            expect((await load.resource.preview(load.inputs([csv], unknown))).failures).toEqual([]);
            expect((await load.resource.preview(load.inputs([csv, UNKNOWN]))).failures).toEqual([]);
            const server = { controllerUrl: UNKNOWN };
            const { failures } = await load.resource.preview(load.inputs([csv, csv, UNKNOWN], { server }));
            expect(failures.map(({ property }) => property)).toEqual(["files[1]"]);
            expect(pinot.writes()).toEqual([]);
        });

        it("plans an update in place while a changed value is not known yet", async () => {
            const csv = load.csv("a.csv", 2);
            await load.resource.up(load.inputs([csv]));
            for (const changed of [{ files: [csv, UNKNOWN] }, { files: UNKNOWN }, { reader: UNKNOWN }]) {
                const plan = await load.resource.preview(load.inputs([csv], changed));
                expect(plan).toMatchObject({ failures: [], step: "update" });
            }
        });

        it("refuses a table of which there is a realtime half only, at preview and at up", async () => {
            pinot.tables.stream_REALTIME = {
                config: { tableName: "stream_REALTIME", tableType: "REALTIME" },
                paused: false,
                hasIdealState: true,
                needReload: false,
                segments: 0,
            };
            const inputs = load.inputs([load.csv("a.csv", 2)], { table: "stream" });
            const { failures } = await load.resource.preview(inputs);
            expect(failures[0]?.reason).toMatch(/table "stream" has no offline half/);
            const contents = [{ sha256: "0".repeat(64), bytes: 1 }];
            const create = process.create({ ...inputs, contents, __provider: load.resource.provider });
            await expect(create).rejects.toThrow(/has no offline half.*Nothing was changed/s);
        });

        it("says of a file that is gone since the preview that it is gone, and touches nothing", async () => {
            const contents = [{ sha256: "0".repeat(64), bytes: 1 }];
            const inputs = { ...load.inputs(["/nowhere/a.csv"]), contents, __provider: load.resource.provider };
            await expect(process.create(inputs)).rejects.toThrow(/no such file.*Nothing was changed/s);
            expect(pinot.writes()).toEqual([]);
        });

        it("updates in place, and writes nothing, when only its own code is newer", async () => {
            const inputs = load.inputs([load.csv("a.csv", 2)]);
            await load.resource.up(inputs);
            const before = pinot.writes().length;
            load.resource.provider += "\n";
            expect(await load.resource.up(inputs)).toBe("update");
            expect(pinot.writes()).toHaveLength(before);
        });

        it("looks for the segments at a new address, and leaves those at the old address alone", async () => {
            const inputs = load.inputs([load.csv("a.csv", 2)]);
            await load.resource.up(inputs);
            const elsewhere = await new FakePinot(generation).up();
            const table = pinot.tables[`${LOADED_TABLE}_OFFLINE`];
            if (table !== undefined) elsewhere.tables[`${LOADED_TABLE}_OFFLINE`] = { ...table };
            expect(await load.resource.up({ ...inputs, server: { controllerUrl: elsewhere.url } })).toBe("update");
            const loaded = [pinot, elsewhere].map((one) => Object.keys(one.loaded[`${LOADED_TABLE}_OFFLINE`] ?? {}));
            expect(loaded[0]).toEqual(loaded[1]);
            expect(loaded[1]).toHaveLength(1);
            await elsewhere.down();
        });
    });
});
