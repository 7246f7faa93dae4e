import { type EngineCircumstances, planEngine } from "../../../build/toolchain/engine-plan";

const bare: EngineCircumstances = {
    probe: { state: "silent", reason: "connect ENOENT /var/run/docker.sock" },
    dockerHost: undefined,
    mayInstall: true,
    isRoot: true,
    hasDaemon: false,
    hasApt: true,
    otherSockets: [],
};

/** The message of a plan that fails. */
function refusal(known: Partial<EngineCircumstances>): string {
    const plan = planEngine({ ...bare, ...known });
    if (plan.action !== "fail") throw new Error(`planned to ${plan.action}`);
    return plan.message;
}

describe("the Docker engine", () => {
    it("is used when it answers, also where nothing may be installed", () => {
        const probe = {
            state: "answers",
            version: "20.10.24",
            apiVersion: "1.41",
            storage: "overlay2",
            dataFolder: "/d",
        } as const;
        expect(planEngine({ ...bare, probe, mayInstall: false, isRoot: false })).toEqual({ action: "use" });
    });

    it("is installed on Debian as root, and only started where it is installed", () => {
        expect(planEngine(bare)).toEqual({ action: "install" });
        expect(planEngine({ ...bare, hasDaemon: true })).toEqual({ action: "start" });
        expect(planEngine({ ...bare, hasDaemon: true, hasApt: false })).toEqual({ action: "start" });
    });

    it("is neither installed nor started when MILLRACE_INSTALL=no", () => {
        expect(refusal({ mayInstall: false })).toMatch(
            /forbids installing one\nWay out: install one \(as root: apt-get/,
        );
        expect(refusal({ mayInstall: false, hasDaemon: true })).toMatch(/forbids starting one\nWay out: start it/);
    });

    it("is never installed by a user who is not root; the commands are said", () => {
        expect(refusal({ isRoot: false })).toMatch(
            /sudo sh -c 'apt-get .*docker\.io iptables'[\s\S]*usermod -aG docker/,
        );
        expect(refusal({ isRoot: false, hasDaemon: true })).toMatch(/sudo systemctl start docker/);
    });

    it("is left alone when DOCKER_HOST names one that does not answer", () => {
        const message = refusal({ dockerHost: "tcp://build-box:2375" });
        expect(message).toContain("DOCKER_HOST=tcp://build-box:2375 does not answer");
        expect(message).toContain("unset DOCKER_HOST");
    });

    it("that lets nobody in is a matter of its group", () => {
        const probe = { state: "denied", reason: "connect EACCES /var/run/docker.sock" } as const;
        expect(refusal({ probe })).toMatch(/does not let this user in[\s\S]*usermod -aG docker/);
        expect(refusal({ probe, mayInstall: false })).toMatch(/usermod -aG docker/);
    });

    it("of another kind on this machine is pointed at instead of adding a second", () => {
        expect(refusal({ otherSockets: ["/run/user/1000/docker.sock"] })).toContain(
            "export DOCKER_HOST=unix:///run/user/1000/docker.sock",
        );
    });

    it("is for the user to install where there is no apt-get", () => {
        expect(refusal({ hasApt: false })).toContain("install Docker by your system's means");
    });
});
