import { buildsWithBuildKit, noBuildClient } from "../../../build/toolchain/docker-build-client";
import { goMissing } from "../../../build/toolchain/go-toolchain";
import { durationText, progressLine } from "../../../build/toolchain/progress";

describe("the docker program for builds", () => {
    const client = (version: string, hasBuildx: boolean) => ({ path: "/bin/docker", version, hasBuildx });

    it("has BuildKit in itself up to version 22, and needs buildx from 23 on", () => {
        expect(buildsWithBuildKit(client("20.10.24+dfsg1", false))).toBe(true);
        expect(buildsWithBuildKit(client("28.2.2", false))).toBe(false);
        expect(buildsWithBuildKit(client("28.2.2", true))).toBe(true);
        expect(buildsWithBuildKit(client("17.12.1", false))).toBe(false);
        expect(buildsWithBuildKit(client("", false))).toBe(false);
    });

    it("is asked for by name when none will do", () => {
        expect(noBuildClient([client("28.2.2", false)])).toMatch(
            /\/bin\/docker 28\.2\.2 has no buildx[\s\S]*docker\.io/,
        );
        expect(noBuildClient([])).toContain("there is none");
    });
});

describe("a machine without Go", () => {
    it("learns what to install, and what was too old", () => {
        expect(goMissing("1.26", [])).toMatch(
            /needs Go 1\.26[\s\S]*No go is on PATH[\s\S]*apt-get install --yes python3-pip/,
        );
        expect(goMissing("1.26", ["/usr/bin/go is 1.19.8"])).toContain("Too old: /usr/bin/go is 1.19.8.");
    });
});

describe("a long step", () => {
    it("says what, how long already, and how long it takes", () => {
        expect(progressLine("building the Pulumi CLI", 72_000, 330)).toBe(
            "building the Pulumi CLI: 72 s of about 6 min",
        );
        expect(progressLine("building", 185_000, 330)).toBe("building: 3 min 5 s of about 6 min");
        expect(progressLine("fetching", 2_000, 30)).toBe("fetching: 2.0 s of about 30 s");
        expect(progressLine("installing", 2_000, undefined)).toBe("installing: 2.0 s");
        expect(progressLine("building", 0, 330)).toBe("building (about 6 min)");
        expect(progressLine("installing", 0, undefined)).toBe("installing");
        expect(durationText(119_700)).toBe("120 s");
    });
});
