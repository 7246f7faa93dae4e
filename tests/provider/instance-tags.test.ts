import { FakePinot } from "../support/fakes/pinot";
import { ProviderProcess } from "../support/provider-process";
import { instanceTagsMatrix, TAGGED, type TagsSubject, tagsInputs, tagsResource } from "./instance-tags-matrix";

describe.each(["0.11.0", "1.5.1"] as const)("tags of an instance of a Pinot that answers like %s", (generation) => {
    let process: ProviderProcess;
    let pinot: FakePinot;
    let subject: TagsSubject;

    beforeAll(async () => {
        process = await ProviderProcess.start();
    });
    afterAll(() => process.stop());
    beforeEach(async () => {
        pinot = await new FakePinot(generation).up();
        pinot.tables.orders_OFFLINE = {
            config: { tableName: "orders_OFFLINE", tableType: "OFFLINE", tenants: {} },
            paused: false,
            hasIdealState: true,
            needReload: false,
            segments: 0,
        };
        subject = { controllerUrl: pinot.url, process, table: "orders" };
    });

    instanceTagsMatrix(() => subject);
    // After the matrix has put the tags back.
    afterEach(() => pinot.down());

    it("asks nothing at all in a preview in which nothing changed", async () => {
        const resource = tagsResource(subject);
        await resource.up(tagsInputs(subject));
        const before = pinot.requests.length;
        expect((await resource.preview(tagsInputs(subject))).step).toBe("same");
        expect(pinot.requests.length).toBe(before);
    });

    it("shows an instance as gone that the cluster has forgotten, and needs nothing to let it go", async () => {
        const resource = tagsResource(subject);
        await resource.up(tagsInputs(subject));
        delete pinot.instances.tags[TAGGED];
        const recorded = resource.state;
        expect([await resource.refresh(), resource.state]).toEqual([true, undefined]);
        resource.state = recorded;
        await resource.destroy();
        pinot.instances.tags[TAGGED] = [];
    });

    it("calls wrong credentials by their name, never gone", async () => {
        const resource = tagsResource(subject);
        await resource.up(tagsInputs(subject));
        pinot.credentials = "Basic cmlnaHQ6cmlnaHQ=";
        const server = { controllerUrl: pinot.url, authorization: "Basic YWRtaW46cGxhbnRlZC1zZWNyZXQ=" };
        const wrong = tagsInputs(subject, { server, tags: ["cold_OFFLINE"], deletionProtection: false });
        expect((await resource.preview(wrong)).failures.map(({ property }) => property)).toEqual([
            "server.authorization",
        ]);
        await expect(resource.up(wrong)).rejects.toThrow(/does not accept/);
        expect(process.output).not.toContain("cGxhbnRlZC1zZWNyZXQ");
        pinot.credentials = undefined;
    });

    it("creates nothing while the server is down, and goes on when it is there", async () => {
        const resource = tagsResource(subject);
        const url = pinot.url;
        await pinot.down();
        await expect(resource.up(tagsInputs(subject, { timeouts: { ready: 1 } }))).rejects.toThrow(/cannot be created/);
        expect(resource.state).toBeUndefined();
        pinot = await new FakePinot(generation).up();
        subject = { ...subject, controllerUrl: pinot.url };
        expect(pinot.url).not.toBe(url);
        expect(await resource.up(tagsInputs(subject))).toBe("create");
    });
});
