import type Docker from "dockerode";
import { pruneImages } from "../../../build/image-builder/prune";

interface FakeImage {
    readonly Id: string;
    readonly RepoTags: readonly string[];
    readonly Created: number;
}

/** An engine with some images; those in `used` cannot be removed. */
function engineWith(images: readonly FakeImage[], used: readonly string[] = []): { docker: Docker; removed: string[] } {
    const removed: string[] = [];
    const docker = {
        listImages: async ({ filters }: { filters: { label: string[] } }) => {
            expect(filters).toEqual({ label: ["dev.millrace.image"] });
            return [...images];
        },
        getImage: (name: string) => ({
            remove: async () => {
                if (used.includes(name)) throw Object.assign(new Error("conflict"), { statusCode: 409 });
                removed.push(name);
            },
        }),
    };
    return { docker: docker as unknown as Docker, removed };
}

const IMAGES: readonly FakeImage[] = [
    { Id: "sha256:1", RepoTags: ["millrace/java:1"], Created: 1 },
    { Id: "sha256:2", RepoTags: ["millrace/kafka:1", "millrace/kafka:2"], Created: 2 },
    { Id: "sha256:3", RepoTags: ["<none>:<none>"], Created: 3 },
];

describe("cleaning up images", () => {
    it("removes ours by their label, children first, those without a tag too", async () => {
        const { docker, removed } = engineWith(IMAGES);
        expect(await pruneImages(docker)).toBe(4);
        expect(removed).toEqual(["sha256:3", "millrace/kafka:1", "millrace/kafka:2", "millrace/java:1"]);
    });

    it("removes what it can and names what containers still use", async () => {
        const { docker, removed } = engineWith(IMAGES, ["millrace/kafka:1"]);
        await expect(pruneImages(docker)).rejects.toThrow(
            /^millrace\/kafka:1 cannot be removed: containers use them\nWay out: make down/,
        );
        expect(removed).toContain("millrace/java:1");
    });
});
