import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HELPER_TOOLS } from "../../../build/image-builder/host-tools";
import { IMAGES, type ImageName, imageReference, readRecipe, recipeNames } from "../../../lib/images";

const ROOT = join(__dirname, "..", "..", "..");
const NAMES = Object.keys(IMAGES) as ImageName[];

describe("the table of images", () => {
    it("pins every registry image by a tag that is not a moving one", () => {
        for (const name of NAMES) {
            const { registry } = IMAGES[name];
            if (registry !== undefined)
                expect(registry).toMatch(/:(\d{3,}|v?\d+\.\d+[^:]*|RELEASE\.\d{4}(-\d\d){2}T[\d-]+Z)$/);
        }
    });

    it("has a way to every image, and a reason where there is only one", () => {
        for (const name of NAMES) {
            const { registry, built, notBuilt } = IMAGES[name];
            expect({ name, ways: registry !== undefined || built !== undefined }).toEqual({ name, ways: true });
            expect({ name, reason: notBuilt !== undefined }).toEqual({ name, reason: built === undefined });
        }
    });
});

describe("an image's reference", () => {
    it("is the registry's where images come from there, and our own where they are built", () => {
        expect(imageReference("kafka", "registry", ROOT)).toBe("apache/kafka:4.3.1");
        expect(imageReference("kafka", "built", ROOT)).toMatch(/^millrace\/kafka:[0-9a-f]{12}$/);
        expect(imageReference("zookeeper", "built", ROOT)).toBe(imageReference("pinot", "built", ROOT));
    });

    it("is our own either way for our own programs", () => {
        expect(imageReference("generators", "registry", ROOT)).toMatch(/^millrace\/generators:/);
    });

    it("says why there is none where an image cannot be built, and what to do", () => {
        expect(() => imageReference("redpanda", "built", ROOT)).toThrow(
            /image "redpanda" cannot be built: .*set millrace:broker/,
        );
    });

    it("is found fast enough for every preview", () => {
        const slowest = Math.max(
            ...NAMES.filter((name) => IMAGES[name].built !== undefined).map((name) => {
                imageReference(name, "built", ROOT);
                const started = performance.now();
                imageReference(name, "built", ROOT);
                return performance.now() - started;
            }),
        );
        expect(slowest).toBeLessThan(100);
    });
});

describe("the recipes of this project", () => {
    it("can all be read, and are all that the table names", () => {
        const recipes = recipeNames(ROOT).map((name) => readRecipe(ROOT, name, "built").name);
        for (const name of NAMES) {
            const { built } = IMAGES[name];
            if (built !== undefined) expect(recipes).toContain(built);
        }
    });

    it("ask no registry for a Dockerfile syntax, and name no address", () => {
        for (const name of recipeNames(ROOT)) {
            const dockerfile = readFileSync(join(ROOT, "build", "images", name, "Dockerfile"), "utf8");
            expect(dockerfile).not.toMatch(/^#\s*syntax=/im);
            expect(dockerfile).not.toMatch(/https?:\/\//);
        }
    });

    it("call only helpers whose programs are known", () => {
        const called = recipeNames(ROOT).flatMap((name) => readRecipe(ROOT, name, "built").helpers);
        expect(called).toEqual(expect.arrayContaining(Object.keys(HELPER_TOOLS)));
    });
});
