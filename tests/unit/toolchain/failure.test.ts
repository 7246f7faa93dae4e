import { describeFailure, isNetworkTrouble, lastLines, wayOut } from "../../../build/toolchain/failure";

describe("a failed step", () => {
    it("names what failed, shows the end of the log, where the rest is, and the way out", () => {
        const message = describeFailure({
            doing: "building the Pulumi CLI",
            ending: "exit code 1",
            attempts: 3,
            output: "downloading a\n\nlookup proxy.test: no such host\n",
            log: ".tools/logs/pulumi-cli.log",
        });
        expect(message.split("\n")).toEqual([
            "building the Pulumi CLI failed: exit code 1, 3 attempts",
            "  downloading a",
            "  lookup proxy.test: no such host",
            "Log: .tools/logs/pulumi-cli.log",
            expect.stringMatching(/^Way out: look at the network .* it goes on from here\.$/),
        ]);
    });

    it("gives each cause its own advice", () => {
        const advice = {
            "write /tmp/x: no space left on device": /disk is full/,
            "verifying module: checksum mismatch": /do not use it/,
            "link: signal: killed": /memory ran out/,
            "reading https://proxy.test/x.info: 403 Forbidden": /registry refuses/,
            "dial tcp 10.0.0.1:443: i/o timeout": /network/,
            "undefined: foo": /log says more/,
        };
        for (const [output, expected] of Object.entries(advice)) expect(wayOut(output)).toMatch(expected);
    });

    it("is tried again only when the network is to blame", () => {
        expect(isNetworkTrouble("read tcp: connection reset by peer")).toBe(true);
        expect(isNetworkTrouble("npm error code EAI_AGAIN")).toBe(true);
        expect(isNetworkTrouble("undefined: foo")).toBe(false);
        expect(isNetworkTrouble("connection reset by peer\nchecksum mismatch")).toBe(false);
        expect(isNetworkTrouble("unexpected EOF\nno space left on device")).toBe(false);
    });

    it("shows lines as a terminal does: no blank ones, progress bars as lines, long ones cut", () => {
        expect(lastLines("10%\r90%\r\n\n  \ndone", 2)).toEqual(["90%", "done"]);
        expect(lastLines("x".repeat(400), 1)[0]).toHaveLength(301);
    });
});
