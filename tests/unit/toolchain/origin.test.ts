import { FAILED_DOWNLOAD_COUNTS, planPlugin, planPulumi, pulumiMode } from "../../../build/toolchain/origin";

const NOW = 1_800_000_000_000;
const asked = { minimum: "3.259.0", installed: undefined, failedDownload: undefined, now: NOW } as const;
const installed = (version: string) => ({ path: "/usr/bin/pulumi", version });

describe("where the Pulumi CLI comes from", () => {
    it("uses an installed CLI that is new enough, whatever could be downloaded", () => {
        expect(planPulumi({ ...asked, mode: "auto", installed: installed("3.259.0") }).origins).toEqual(["installed"]);
        expect(planPulumi({ ...asked, mode: "auto", installed: installed("3.300.1") }).origins).toEqual(["installed"]);
    });

    it("tries a download before it builds", () => {
        expect(planPulumi({ ...asked, mode: "auto" })).toEqual({ origins: ["downloaded", "built"], notes: [] });
    });

    it("leaves an installed CLI alone that is too old, of another major version or silent, and says why", () => {
        const cases = {
            "3.258.9": "older than 3.259.0",
            "4.0.0": "another major version",
            "no answer": "does not say its version",
        };
        for (const [version, reason] of Object.entries(cases)) {
            const plan = planPulumi({ ...asked, mode: "auto", installed: installed(version) });
            expect([version, plan.origins]).toEqual([version, ["downloaded", "built"]]);
            expect(plan.notes.join()).toContain(reason);
        }
    });

    it("does not try a download again on the day on which it failed", () => {
        const failed = (ago: number) => ({ at: NOW - ago, reason: "no such host" });
        const plan = planPulumi({ ...asked, mode: "auto", failedDownload: failed(60_000) });
        expect(plan.origins).toEqual(["built"]);
        expect(plan.notes.join()).toContain("no such host");
        const later = planPulumi({ ...asked, mode: "auto", failedDownload: failed(FAILED_DOWNLOAD_COUNTS + 1) });
        expect(later.origins).toEqual(["downloaded", "built"]);
    });

    it("does only what MILLRACE_PULUMI asks for", () => {
        const tempting = { ...asked, installed: installed("3.300.0") };
        expect(planPulumi({ ...tempting, mode: "build" }).origins).toEqual(["built"]);
        expect(planPulumi({ ...tempting, mode: "download" }).origins).toEqual(["downloaded"]);
        expect(planPulumi({ ...tempting, mode: "installed" }).origins).toEqual(["installed"]);
    });

    it("refuses when only an installed CLI is allowed and none is new enough, with the way out", () => {
        expect(() => planPulumi({ ...asked, mode: "installed" })).toThrow(/no pulumi is on PATH\nWay out: install/);
        expect(() => planPulumi({ ...asked, mode: "installed", installed: installed("3.1.0") })).toThrow(/3\.1\.0/);
    });

    it("refuses a MILLRACE_PULUMI that it does not know, with the words it knows", () => {
        expect(pulumiMode({})).toBe("auto");
        expect(pulumiMode({ MILLRACE_PULUMI: "build" })).toBe("build");
        expect(() => pulumiMode({ MILLRACE_PULUMI: "yes" })).toThrow(/auto, installed, download, build/);
    });
});

describe("where a plugin comes from", () => {
    const wanted = { mode: "auto", failedDownload: undefined, isInstalled: false, now: NOW } as const;

    it("uses the one that the CLI has", () => {
        expect(planPlugin({ ...wanted, pulumi: "installed", isInstalled: true })).toEqual(["installed"]);
    });

    it("has an installed or downloaded CLI download it, and builds it if that fails", () => {
        expect(planPlugin({ ...wanted, pulumi: "installed" })).toEqual(["downloaded", "built"]);
        expect(planPlugin({ ...wanted, pulumi: "downloaded" })).toEqual(["downloaded", "built"]);
        const failedDownload = { at: NOW - 1, reason: "refused" };
        expect(planPlugin({ ...wanted, pulumi: "installed", failedDownload })).toEqual(["built"]);
    });

    it("builds it where the CLI was built", () => {
        expect(planPlugin({ ...wanted, pulumi: "built" })).toEqual(["built"]);
        expect(planPlugin({ ...wanted, pulumi: "built", isInstalled: true })).toEqual(["built"]);
    });

    it("never builds when only downloads are allowed", () => {
        expect(planPlugin({ ...wanted, mode: "download", pulumi: "downloaded" })).toEqual(["downloaded"]);
    });
});
