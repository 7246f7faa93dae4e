import Docker from "dockerode";

/** Label that carries the recipe's name; every image that we built can be found by it. */
export const IMAGE_LABEL = "dev.millrace.image";

/** Bytes of every tagged image on the engine, by tag. */
export async function engineImages(docker: Docker = new Docker()): Promise<Map<string, number>> {
    const images = await docker.listImages();
    return new Map(images.flatMap(({ RepoTags, Size }) => (RepoTags ?? []).map((tag) => [tag, Size] as const)));
}

/**
 * Pulls an image of a registry.
 * @param report hears which part is under way.
 */
export async function pullImage(
    reference: string,
    report: (line: string) => void,
    signal: AbortSignal,
    docker: Docker = new Docker(),
): Promise<void> {
    const stream = await docker.pull(reference, { abortSignal: signal });
    const layers = new Map<string, { current: number; total: number }>();
    await new Promise<void>((resolve, reject) => {
        docker.modem.followProgress(
            stream,
            (error) => (error ? reject(error) : resolve()),
            (event: { id?: string; status?: string; progressDetail?: { current?: number; total?: number } }) => {
                const { current, total } = event.progressDetail ?? {};
                if (event.id === undefined || current === undefined || total === undefined) return;
                if (event.status === "Downloading") layers.set(event.id, { current, total });
                report(pullProgress([...layers.values()]));
            },
        );
    });
}

/** "pulling 12 of 240 MB" */
export function pullProgress(layers: readonly { current: number; total: number }[]): string {
    const megabytes = (key: "current" | "total"): number =>
        Math.round(layers.reduce((sum, layer) => sum + layer[key], 0) / 1_000_000);
    return layers.length === 0 ? "pulling" : `pulling ${megabytes("current")} of ${megabytes("total")} MB`;
}
