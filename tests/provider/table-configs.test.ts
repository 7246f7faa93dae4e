import { FakePinot } from "../support/fakes/pinot";
import { ProviderProcess } from "../support/provider-process";
import type { PinotUnderTest } from "./pinot-pair";
import { TableConfigsUnderTest, tableConfigsMatrix } from "./table-configs-matrix";

describe.each(["0.11.0", "1.5.1"] as const)("a whole table on a controller that answers like %s", (generation) => {
    let process: ProviderProcess;
    let pinot: FakePinot;
    let subject: PinotUnderTest;

    beforeAll(async () => {
        process = await ProviderProcess.start();
    });
    afterAll(() => process.stop());
    beforeEach(async () => {
        pinot = await new FakePinot(generation).up();
        pinot.topics = ["events"];
        const current = generation === "1.5.1";
        subject = {
            controllerUrl: pinot.url,
            brokers: "kafka:9092",
            topic: "events",
            prefix: "rec",
            current,
            process,
            patience: 1,
        };
    });

    tableConfigsMatrix(() => subject);
    // After the matrix has cleared up.
    afterEach(() => pinot.down());

    it("refuses at preview what would mix up rows also while the server is down", async () => {
        const whole = new TableConfigsUnderTest(subject, "rec");
        await whole.resource.up(whole.inputs());
        await pinot.down();
        const upsertConfig = { mode: "PARTIAL", comparisonColumns: ["ts"] };
        const realtime = { ...(whole.inputs().realtime as object), upsertConfig };
        await expect(whole.resource.preview(whole.inputs({ realtime }))).rejects.toThrow(
            /upsertConfig.mode cannot change from FULL to PARTIAL.*Nothing was changed/s,
        );
        await pinot.up();
    });

    it("takes a server that is down or refuses us for neither gone nor new", async () => {
        const whole = new TableConfigsUnderTest(subject, "rec");
        await whole.resource.up(whole.inputs());
        pinot.credentials = "Basic cmlnaHQ6cmlnaHQ=";
        await expect(whole.resource.refresh()).rejects.toThrow(/does not accept these credentials/);
        pinot.credentials = undefined;
        await pinot.down();
        await expect(whole.resource.refresh()).rejects.toThrow(/got no answer/);
        expect(whole.resource.state?.id).toBe("rec");
        await pinot.up();
        expect(await whole.resource.refresh()).toBe(false);
    });

    it("asks nothing at all in a preview in which nothing changed", async () => {
        const whole = new TableConfigsUnderTest(subject, "rec");
        await whole.resource.up(whole.inputs());
        const before = pinot.requests.length;
        expect((await whole.resource.preview(whole.inputs())).step).toBe("same");
        expect(pinot.requests.length).toBe(before);
    });
});
