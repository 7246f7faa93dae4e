import Docker from "dockerode";
import { IMAGE_LABEL } from "./engine-images";

/**
 * Removes every image that we built, bases and outdated ones too; images of a registry stay.
 * @returns how many tags were removed.
 * @throws Error naming the images that containers still use.
 */
export async function pruneImages(docker: Docker = new Docker()): Promise<number> {
    const images = await docker.listImages({ filters: { label: [IMAGE_LABEL] } });
    let removed = 0;
    const inUse: string[] = [];
    // Children before their bases: those cannot go while a child is there.
    for (const { Id, RepoTags } of images.sort((a, b) => b.Created - a.Created)) {
        for (const name of tagsOf(RepoTags, Id)) {
            try {
                await docker.getImage(name).remove();
                removed += 1;
            } catch (error) {
                if ((error as { statusCode?: number }).statusCode === 404) continue;
                inUse.push(name);
            }
        }
    }
    if (inUse.length > 0) {
        throw new Error(
            `${inUse.join(", ")} cannot be removed: containers use them\n` +
                "Way out: make down for each stack (docker ps --all shows whose containers they are), then again.",
        );
    }
    return removed;
}

function tagsOf(tags: readonly string[] | undefined, id: string): readonly string[] {
    const named = (tags ?? []).filter((tag) => tag !== "<none>:<none>");
    return named.length > 0 ? named : [id];
}
