import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { chooseImageSource } from "../build/image-builder/image-source";
import { registryAnswers } from "../build/image-builder/registry";
import { IMAGES_VARIABLE, type ImageSource } from "../lib/settings";
import { rawStackSettings } from "./stack-settings";
import { TOOLS } from "./workspace";

/** Which way images come, and why. */
export interface ImageDecision {
    readonly source: ImageSource;
    readonly reason: string;
}

const RECORD = join(TOOLS, "images-from.json");

/** A day: a registry that did not answer this morning is asked again tomorrow. */
const RECORD_VALID_MILLISECONDS = 24 * 3_600_000;

/**
 * Decides what `millrace:images = auto` means here, by looking whether a registry answers, and records it, so that
 * `make env` and a plain `pulumi preview` say the same.
 */
export async function decideImages(stack: string): Promise<ImageDecision> {
    const setting = imagesSetting(stack);
    const recorded = readRecord();
    if (setting === "auto" && recorded !== undefined) return recorded;
    const decision = await chooseImageSource(setting, () => registryAnswers());
    if (setting === "auto") {
        mkdirSync(dirname(RECORD), { recursive: true });
        writeFileSync(RECORD, JSON.stringify({ ...decision, at: Date.now() }));
    }
    return decision;
}

/** The last decision, without looking; a registry, as on most machines, when `make up` has not decided yet. */
export function recordedImages(stack: string): ImageSource {
    const setting = imagesSetting(stack);
    return setting === "auto" ? (readRecord()?.source ?? "registry") : setting;
}

function imagesSetting(stack: string): "auto" | ImageSource {
    const value = process.env[IMAGES_VARIABLE] ?? rawStackSettings(stack).images ?? "auto";
    if (value === "auto" || value === "registry" || value === "built") return value;
    throw new Error(`millrace:images is "${String(value)}"; it can be auto, registry or built`);
}

function readRecord(): ImageDecision | undefined {
    try {
        const { source, reason, at } = JSON.parse(readFileSync(RECORD, "utf8")) as ImageDecision & { at: number };
        return Date.now() - at < RECORD_VALID_MILLISECONDS ? { source, reason } : undefined;
    } catch {
        return undefined;
    }
}
