import { buildSync } from "esbuild";
import { dashboardSpec } from "../../../components/dashboard";
import { checkServiceSpec } from "../../../hosts/service-spec";
import type { InNetworkAddress } from "../../../lib/address";
import { IMAGES, readRecipe } from "../../../lib/images";
import { bundleInputs } from "../../../lib/images/bundle-inputs";
import { SIZES } from "../../../lib/sizes";
import { ROOT } from "../../support/make";

const SETTINGS = {
    brokerUrl: "http://pinot:8099" as InNetworkAddress,
    controllerUrl: "http://pinot:9000" as InNetworkAddress,
    refreshSeconds: 30,
    memory: SIZES.small.dashboard,
};

describe("the dashboard's container", () => {
    it("asks its neighbour Pinot, runs as nobody in particular, and publishes 8501", () => {
        const spec = dashboardSpec("dashboard", SETTINGS);
        expect(() => checkServiceSpec("dashboard", spec)).not.toThrow();
        expect(spec).toMatchObject({
            image: "dashboard",
            user: "1000:1000",
            ports: { http: { port: 8501 } },
            env: { PINOT_BROKER_URL: "http://pinot:8099", PINOT_CONTROLLER_URL: "http://pinot:9000", PORT: "8501" },
        });
        expect(spec.volumes).toBeUndefined();
    });

    it("has the password in its environment, not in its command", () => {
        const spec = dashboardSpec("dashboard", { ...SETTINGS, user: "admin", password: "secret" });
        expect(spec.env).toMatchObject({ PINOT_USER: "admin", PINOT_PASSWORD: "secret" });
        expect(spec.command.join(" ")).not.toContain("secret");
        expect(dashboardSpec("dashboard", SETTINGS).env).not.toHaveProperty("PINOT_USER");
    });

    it("leaves room beside its heap at every size", () => {
        for (const { dashboard } of Object.values(SIZES)) expect(dashboard.limit).toBeGreaterThan(dashboard.heap + 64);
    });

    it.each([0, 7, 305, Number.NaN])("is refused with an interval of %d seconds", (refreshSeconds) => {
        expect(() => dashboardSpec("dashboard", { ...SETTINGS, refreshSeconds })).toThrow(
            /multiple of 5 from 5 to 300/,
        );
    });
});

describe("the dashboard's image", () => {
    it.each([
        ["server", "dashboard/server/main.ts"],
        ["page", "dashboard/client/main.tsx"],
    ])("is named after every file of its %s", (_, entry) => {
        const { metafile } = buildSync({
            ...{ entryPoints: [entry], absWorkingDir: ROOT, bundle: true, write: false, metafile: true },
            ...{ outdir: "nowhere", logLevel: "silent", platform: entry.endsWith("tsx") ? "browser" : "node" },
        });
        const ours = Object.keys(metafile.inputs).filter((file) => !file.startsWith("node_modules/"));
        const { files } = bundleInputs(ROOT, entry);
        expect(files).toEqual(expect.arrayContaining(ours));
        // A few more than needed are no harm: an import of a type that is not said to be one.
        expect(files.length).toBeLessThanOrEqual(ours.length + 2);
    });

    it("brings no Kafka client and no test browser into the server", () => {
        const { packages } = bundleInputs(ROOT, "dashboard/server/main.ts");
        expect(packages.filter((name) => /kafkajs|playwright|pulumi/.test(name))).toEqual([]);
    });

    it("is one that a stack builds, and the browser of the tests is not", () => {
        expect(IMAGES.dashboard.built).toBe("dashboard");
        expect(Object.values(IMAGES).map(({ built }) => built)).not.toContain("browser");
        expect(readRecipe(ROOT, "browser", "registry").tag).toBe(readRecipe(ROOT, "browser", "built").tag);
    });
});
