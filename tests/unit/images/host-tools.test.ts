import { missingTools, planTools } from "../../../build/image-builder/host-tools";

const maven = { command: "mvn", packages: ["maven"] };
const debian = { isRoot: true, hasApt: true, mayInstall: true };

function refusal(known: Partial<typeof debian>): string {
    const plan = planTools([maven], { ...debian, ...known });
    if (plan.action !== "fail") throw new Error(`planned to ${plan.action}`);
    return plan.message;
}

describe("programs that builds need", () => {
    it("are looked for only where a helper calls them", () => {
        expect(missingTools(["bundle"], "/nowhere")).toEqual([]);
        expect(
            missingTools(["maven-jars", "maven-jars", "npm-binary"], "/nowhere").map(({ command }) => command),
        ).toEqual(["mvn", "npm"]);
    });

    it("are installed on Debian as root", () => {
        expect(planTools([maven], debian)).toEqual({ action: "install", packages: ["maven"], commands: ["mvn"] });
        expect(planTools([], debian)).toEqual({ action: "nothing" });
    });

    it("are not installed when MILLRACE_INSTALL=no, by others than root, or without apt; the way out is said", () => {
        expect(refusal({ mayInstall: false })).toMatch(
            /MILLRACE_INSTALL=no forbids installing\nWay out: apt-get install .* maven$/,
        );
        expect(refusal({ isRoot: false })).toMatch(/takes root\nWay out: sudo apt-get install .* maven$/);
        expect(refusal({ hasApt: false })).toMatch(
            /mvn, which is not on this machine\nWay out: install mvn, or set millrace:images/,
        );
    });
});
