import { kindsPage } from "../support/kinds-page";

const result = (name: string, ancestorTitles: string[], title: string, status = "passed") => ({
    testResults: [{ name, assertionResults: [{ ancestorTitles, title, status }] }],
});
const rowOf = (kind: string, page: string): string[] =>
    page
        .split("\n")
        .find((line) => line.startsWith(`| ${kind} |`))
        ?.split("|")
        .map((cell) => cell.trim()) ?? [];

describe("the page of kinds", () => {
    it("tells what was seen on the real server from what was seen on a fake, and what was not seen", () => {
        const page = kindsPage([
            result("/tests/provider/bucket.test.ts", ["buckets"], "creates a bucket"),
            result("/tests/provider/bucket.test.ts", ["buckets"], "goes on after a crash between create and record"),
            result("/tests/servers/alone/bucket.test.ts", ["buckets"], "creates a bucket"),
            result(
                "/tests/servers/alone/bucket.test.ts",
                ["buckets"],
                "refuses to destroy what is protected",
                "failed",
            ),
        ]);
        const [, kind, created, ...rest] = rowOf("Bucket", page);
        expect([kind, created, rest[6], rest[7]]).toEqual(["Bucket", "●", "–", "○"]);
        expect(rest).toContain("1 / 2");
    });
    it("tells kinds apart that are tested in one file", () => {
        const file = "/tests/provider/trino.test.ts";
        const page = kindsPage([result(file, ["Trino's resources", "a view"], "creates a view")]);
        expect([rowOf("TrinoView", page)[2], rowOf("TrinoCatalog", page)[2]]).toEqual(["○", "–"]);
    });
    it("counts what goes for all kinds of a file for each of them", () => {
        const file = "/tests/provider/trino.test.ts";
        const page = kindsPage([result(file, ["Trino's resources"], "does not fail while the server is down")]);
        expect([rowOf("TrinoView", page)[12], rowOf("TrinoSchema", page)[12]]).toEqual(["○", "○"]);
    });
});
