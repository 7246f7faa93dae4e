import { parseDashboardOptions } from "../../../dashboard/server/options";

const BROKER = { PINOT_BROKER_URL: "http://pinot:8099" };

describe("the parameters of the dashboard", () => {
    it("need nothing but a broker", () => {
        const parsed = parseDashboardOptions([], BROKER);
        expect("options" in parsed && parsed.options).toMatchObject({
            brokerUrl: "http://pinot:8099",
            port: 8501,
            refresh: { least: 5, most: 300, step: 5, standard: 30 },
        });
        expect("options" in parsed && parsed.options.credentials).toBeUndefined();
    });

    it("take user and password from the environment alone", () => {
        const parsed = parseDashboardOptions([], { ...BROKER, PINOT_USER: "u", PINOT_PASSWORD: "p" });
        expect("options" in parsed && parsed.options.credentials).toEqual({ user: "u", password: "p" });
        const flags = parseDashboardOptions(["--pinot-password", "p"], BROKER);
        expect(flags).toEqual({ problems: ["unknown flag --pinot-password"] });
    });

    it("are refused with everything that is wrong with them", () => {
        const parsed = parseDashboardOptions(["--refresh-seconds", "7", "--refresh-least", "10"], { PINOT_USER: "u" });
        expect(parsed).toEqual({
            problems: [
                "PINOT_USER and PINOT_PASSWORD: give both or none",
                "--pinot-broker-url or PINOT_BROKER_URL is needed",
                "--refresh-seconds 7: must be a multiple of 5",
                "--refresh-seconds 7: must be from --refresh-least 10 to --refresh-most 300",
            ],
        });
        expect(parseDashboardOptions(["--port", "x", "--pinot-broker-url", "pinot"], {})).toEqual({
            problems: [
                '--pinot-broker-url "pinot": must be a URL, as http://pinot:8099',
                '--port "x": must be a whole number from 0 to 65535',
            ],
        });
    });

    it("do not take a password in a URL, where errors would tell it", () => {
        const parsed = parseDashboardOptions(["--pinot-broker-url", "http://u:p@pinot:8099"], {});
        expect("problems" in parsed && parsed.problems[0]).toContain("must not contain a user");
    });
});
