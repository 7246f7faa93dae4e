import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type ImageSource, parseSettings, type Settings } from "../lib/settings";
import { ROOT } from "./workspace";

/**
 * A stack's settings, read from its file: before Pulumi runs, the command line has to know what will run.
 * @throws Error as {@link parseSettings}, or naming the file that is not YAML.
 */
export function stackSettings(stack: string, decided: ImageSource): Settings {
    return parseSettings(rawStackSettings(stack), decided);
}

/** The values of `millrace:…` in a stack's file, without the prefix. */
export function rawStackSettings(stack: string): Record<string, unknown> {
    const file = join(ROOT, `Pulumi.${stack}.yaml`);
    if (!existsSync(file)) return {};
    let config: Record<string, unknown>;
    try {
        config = (parse(readFileSync(file, "utf8")) as { config?: Record<string, unknown> } | null)?.config ?? {};
    } catch (error) {
        throw new Error(`${file} is not YAML: ${(error as Error).message}`);
    }
    const prefix = "millrace:";
    return Object.fromEntries(
        Object.entries(config)
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, value]) => [key.slice(prefix.length), value]),
    );
}

/** Where the broker's host listener is, as the settings say; it need not run. */
export function hostBootstrapServers(settings: Settings): string {
    return `${settings.bindAddress}:${9092 + settings.portOffset}`;
}
