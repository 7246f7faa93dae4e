import fc from "fast-check";
import { buildPlan, defaultParallelism } from "../../../build/image-builder/build-plan";
import { Slots } from "../../../build/image-builder/slots";
import type { Recipe } from "../../../lib/images";

const GRAPH: Readonly<Record<string, readonly string[]>> = {
    debian: [],
    java: ["debian"],
    node: ["debian"],
    kafka: ["java"],
    pinot: ["java"],
    both: ["java", "node"],
};

function recipe(name: string): Recipe {
    const bases = (GRAPH[name] ?? []).map((base) => ({ argument: `${base.toUpperCase()}_IMAGE`, recipe: base }));
    return { name, folder: name, bases, prepared: false, helpers: [], hash: name, tag: `millrace/${name}:1` };
}

const plan = (names: readonly string[], present: readonly string[] = []): string[] =>
    buildPlan(names, recipe, (tag) => present.includes(tag)).map(({ name }) => name);

describe("what is built", () => {
    it("comes after what it is built from, each once", () => {
        expect(plan(["pinot", "kafka"])).toEqual(["debian", "java", "pinot", "kafka"]);
    });

    it("is nothing when all is there", () => {
        expect(plan(["kafka"], ["millrace/kafka:1"])).toEqual([]);
    });

    it("leaves out bases that are there, and bases of images that are there", () => {
        expect(plan(["kafka", "node"], ["millrace/java:1"])).toEqual(["kafka", "debian", "node"]);
        expect(plan(["both"], ["millrace/java:1", "millrace/node:1"])).toEqual(["both"]);
    });

    it("never builds an image before its bases, whatever is wanted and whatever is there", () => {
        const some = fc.subarray(Object.keys(GRAPH));
        fc.assert(
            fc.property(some, some, (wanted, present) => {
                const there = new Set(present);
                for (const name of plan(
                    wanted,
                    present.map((one) => `millrace/${one}:1`),
                )) {
                    expect((GRAPH[name] ?? []).filter((base) => !there.has(base))).toEqual([]);
                    there.add(name);
                }
                expect(wanted.filter((name) => !there.has(name))).toEqual([]);
            }),
        );
    });

    it("asks a registry's base of nobody", () => {
        const program: Recipe = { ...recipe("program"), bases: [{ argument: "NODE_IMAGE" }] };
        expect(
            buildPlan(
                ["program"],
                () => program,
                () => false,
            ),
        ).toEqual([program]);
    });
});

describe("how many steps run at the same time", () => {
    it.each([
        [2, 8e9, 2],
        [2, 1e9, 1],
        [16, 32e9, 4],
        [1, 64e9, 1],
    ])("on %d cores with %d bytes free is %d", (cores, free, expected) => {
        expect(defaultParallelism(cores, free)).toBe(expected);
    });

    it("is never more than the slots, also when steps fail", async () => {
        const slots = new Slots(2);
        let [running, most] = [0, 0];
        const step = (fails: boolean) => async (): Promise<void> => {
            most = Math.max(most, ++running);
            await new Promise((resolve) => setTimeout(resolve, 1));
            running -= 1;
            if (fails) throw new Error("failed");
        };
        const endings = await Promise.allSettled(
            [true, false, true, false, false].map((fails) => slots.run(step(fails))),
        );
        expect(most).toBe(2);
        expect(endings.map(({ status }) => status)).toEqual([
            "rejected",
            "fulfilled",
            "rejected",
            "fulfilled",
            "fulfilled",
        ]);
    });
});
