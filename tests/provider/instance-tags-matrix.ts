import { join } from "node:path";
import { type ProviderCode, providerText } from "../../resources/managed-resource";
import { type ProviderProcess, StackResource } from "../support/provider-process";

/** Where the provider of tags stands. */
export const INSTANCE_TAGS_CODE: ProviderCode = {
    folder: join(__dirname, "..", "..", "resources", "pinot"),
    module: "instance-tags-provider",
    exportName: "pinotInstanceTagsProvider",
};

/** What the matrix is run against: a controller with two servers of {@link FIRST}, and a table that both may serve. */
export interface TagsSubject {
    readonly controllerUrl: string;
    readonly authorization?: string;
    readonly process: ProviderProcess;
    /** A table by `DefaultTenant_OFFLINE`, without its type. */
    readonly table: string;
}

/** The server that is tagged. */
export const TAGGED = "Server_pinot-server-2_8098";
/** The one beside it. */
export const OTHER = "Server_pinot-server_8098";
/** What both carry at first. */
export const FIRST = ["DefaultTenant_OFFLINE", "DefaultTenant_REALTIME"];

const COLD = [...FIRST, "cold_OFFLINE"];

/** A resource of tags. */
export function tagsResource({ process }: TagsSubject): StackResource {
    return new StackResource(process, providerText(INSTANCE_TAGS_CODE));
}

/** Its inputs; what a test is about replaces its part. */
export function tagsInputs({ controllerUrl, authorization }: TagsSubject, changed: object = {}) {
    const server = { controllerUrl, ...(authorization && { authorization }) };
    return { server, instance: TAGGED, tags: COLD, ...changed };
}

/** What every Pinot must do about tags of its instances, fake or real. */
export function instanceTagsMatrix(subject: () => TagsSubject): void {
    let resource: StackResource;
    const inputs = (changed: object = {}) => tagsInputs(subject(), changed);
    const ask = async (path: string, method = "GET") => {
        const { controllerUrl, authorization } = subject();
        const response = await fetch(`${controllerUrl}${path}`, {
            method,
            headers: { accept: "application/json", ...(authorization && { authorization }) },
        });
        if (response.status !== 200) throw new Error(await response.text());
        return (await response.json()) as { tags?: string[] };
    };
    const carried = async (instance = TAGGED) => [...((await ask(`/instances/${instance}`)).tags ?? [])].sort();
    const tagElsewhere = (tags: readonly string[], instance = TAGGED) =>
        ask(`/instances/${instance}/updateTags?tags=${tags.join(",")}`, "PUT");

    beforeEach(() => {
        resource = tagsResource(subject());
    });
    afterEach(async () => {
        await tagElsewhere(FIRST);
        await tagElsewhere(FIRST, OTHER);
    });

    it("creates tags, and changes nothing the second time, whatever their order", async () => {
        expect(await resource.up(inputs())).toBe("create");
        expect(await carried()).toEqual(COLD);
        expect(resource.state).toMatchObject({ id: TAGGED, outputs: { tags: COLD, before: FIRST } });
        expect(await resource.refresh()).toBe(false);
        expect(await resource.preview(inputs({ tags: [...COLD].reverse() }))).toMatchObject({
            failures: [],
            step: "same",
        });
    });

    it("changes them in place, and gives back what the instance carried before", async () => {
        await resource.up(inputs({ deletionProtection: false }));
        expect(await resource.up(inputs({ deletionProtection: false, tags: ["cold_OFFLINE"] }))).toBe("update");
        expect(await carried()).toEqual(["cold_OFFLINE"]);
        await resource.destroy();
        expect(await carried()).toEqual(FIRST);
    });

    it("shows at refresh what somebody else has changed, and puts it right", async () => {
        await resource.up(inputs());
        await tagElsewhere([...FIRST, "warm_OFFLINE"]);
        expect(await resource.refresh()).toBe(true);
        expect(resource.state?.inputs).toMatchObject({ tags: [...FIRST, "warm_OFFLINE"] });
        expect(await resource.up(inputs())).toBe("update");
        expect(await carried()).toEqual(COLD);
    });

    it("refuses at preview to take a tag from the last that carries it, with the tables that go by it", async () => {
        await resource.up(inputs());
        await tagElsewhere(["cold_OFFLINE"], OTHER);
        const without = inputs({ tags: ["cold_OFFLINE"] });
        const { failures } = await resource.preview(without);
        expect(failures.map(({ property }) => property)).toEqual(["tags"]);
        const said = new RegExp(
            `is the last that carries .*DefaultTenant_OFFLINE.*\\n.*${subject().table} \\(OFFLINE\\) by DefaultTenant_OFFLINE.*\\n.*Way out: give the tag`,
        );
        expect(failures[0]?.reason).toMatch(said);
        await tagElsewhere(FIRST, OTHER);
        expect(await resource.up(without)).toBe("update");
        // What it carried before is not asked for any more, and what it carries now nobody needs.
        await resource.up(inputs({ tags: FIRST, deletionProtection: false }));
    });

    it("refuses to destroy what is protected, and another instance", async () => {
        await resource.up(inputs());
        await expect(resource.destroy()).rejects.toThrow(
            /is protected .*\n.*would carry DefaultTenant_OFFLINE, DefaultTenant_REALTIME instead of/,
        );
        const { failures } = await resource.preview(inputs({ instance: OTHER }));
        expect(failures.map(({ property }) => property)).toEqual(["instance"]);
        await resource.up(inputs({ deletionProtection: false }));
        expect(await resource.up(inputs({ deletionProtection: false, instance: OTHER }))).toBe("replace");
        expect([await carried(), await carried(OTHER)]).toEqual([FIRST, COLD]);
    });

    it("takes over what somebody has tagged only when asked, and only what is declared", async () => {
        await tagElsewhere(["cold_OFFLINE"]);
        const { failures } = await resource.preview(inputs());
        expect(failures.map(({ property }) => property)).toEqual(["onExists"]);
        await expect(resource.up(inputs({ onExists: "adoptIfEqual" }))).rejects.toThrow(
            /tags.DefaultTenant_OFFLINE: declared carried, there is nothing/,
        );
        expect(await resource.up(inputs({ onExists: "adopt" }))).toBe("create");
        expect(await carried()).toEqual(COLD);
    });

    it("goes on after a crash between create and record", async () => {
        await resource.up(inputs());
        resource.state = undefined;
        expect(await resource.up(inputs({ onExists: "adoptIfEqual" }))).toBe("create");
        expect((await resource.preview(inputs({ onExists: "adoptIfEqual" }))).step).toBe("same");
    });

    it("names the instances that are there when there is none of the name, at up: it may be on its way", async () => {
        const gone = inputs({ instance: "Server_elsewhere_8098", timeouts: { ready: 1 } });
        expect((await resource.preview(gone)).failures).toEqual([]);
        await expect(resource.up(gone)).rejects.toThrow(
            /no instance Server_elsewhere_8098, but .*Server_pinot-server_8098.*\n.*Way out/,
        );
        expect(resource.state).toBeUndefined();
    });
}
