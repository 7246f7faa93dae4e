import type { ImageSource } from "../../lib/settings";

/** What a look at the registry found. */
export interface RegistryAnswer {
    readonly answers: boolean;
    /** In words for a person, to stand in brackets. */
    readonly reason: string;
}

/** Which way images come, and why. */
export interface ImageSourceChoice {
    readonly source: ImageSource;
    readonly reason: string;
}

/**
 * Decides which way images come.
 * @param probe looks at the registry; asked only when the setting leaves the choice to us.
 */
export async function chooseImageSource(
    setting: ImageSource | "auto",
    probe: () => Promise<RegistryAnswer>,
): Promise<ImageSourceChoice> {
    if (setting !== "auto") return { source: setting, reason: `millrace:images is ${setting}` };
    const { answers, reason } = await probe();
    return { source: answers ? "registry" : "built", reason };
}
