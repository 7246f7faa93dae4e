import { environmentFor } from "../../../build/toolchain/environment";
import { layoutOf } from "../../../build/toolchain/layout";
import type { Origin, ToolchainRecord } from "../../../build/toolchain/record";

const layout = layoutOf("/project");
const nothing = (): boolean => false;

function record(pulumi: Origin, plugins: Origin, ownsHome: boolean): ToolchainRecord {
    return {
        fingerprint: "f",
        pulumi: { name: "pulumi", version: "3.259.0", origin: pulumi, path: "/somewhere/pulumi" },
        plugins: [{ name: "docker", version: "5.2.0", origin: plugins, path: "/somewhere/docker" }],
        ...(ownsHome && { pulumiHome: layout.pulumiHome }),
        files: [],
    };
}

describe("the environment of a child pulumi", () => {
    it("finds our tools first, and once, however often it is made", () => {
        const once = environmentFor(layout, undefined, { PATH: "/usr/bin:/bin" }, nothing);
        expect(once.PATH).toBe("/project/.tools/bin:/usr/bin:/bin");
        expect(environmentFor(layout, undefined, once, nothing).PATH).toBe(once.PATH);
    });

    it("is quiet and skips the type check", () => {
        expect(environmentFor(layout, undefined, {}, nothing)).toMatchObject({
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        });
    });

    it("lets many servers start at once, unless a person says otherwise", () => {
        expect(environmentFor(layout, undefined, {}, nothing).PULUMI_PARALLEL).toBe("32");
        expect(environmentFor(layout, undefined, { PULUMI_PARALLEL: "2" }, nothing).PULUMI_PARALLEL).toBe("2");
    });

    it("leaves the home and the downloads of a user's own Pulumi alone", () => {
        const made = environmentFor(layout, record("installed", "downloaded", false), { PATH: "/bin" }, nothing);
        expect(made).not.toHaveProperty("PULUMI_HOME");
        expect(made).not.toHaveProperty("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION");
    });

    it("uses our home for a CLI of ours, and lets it download plugins where that works", () => {
        const made = environmentFor(layout, record("downloaded", "downloaded", true), {}, nothing);
        expect(made.PULUMI_HOME).toBe("/project/.tools/pulumi-home");
        expect(made).not.toHaveProperty("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION");
    });

    it("never tries to download plugins where they had to be built", () => {
        const made = environmentFor(layout, record("built", "built", true), {}, nothing);
        expect(made.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION).toBe("true");
    });

    it("keeps a user logged in when the home is ours", () => {
        const loggedIn = (path: string): boolean => path === "/home/ada/.pulumi/credentials.json";
        const built = record("installed", "built", true);
        const made = environmentFor(layout, built, { PULUMI_HOME: "/home/ada/.pulumi" }, loggedIn);
        expect(made.PULUMI_CREDENTIALS_PATH).toBe("/home/ada/.pulumi");
        const own = { PULUMI_HOME: "/home/ada/.pulumi", PULUMI_CREDENTIALS_PATH: "/vault" };
        expect(environmentFor(layout, built, own, loggedIn)).not.toHaveProperty("PULUMI_CREDENTIALS_PATH");
        expect(environmentFor(layout, built, {}, nothing)).not.toHaveProperty("PULUMI_CREDENTIALS_PATH");
    });
});
