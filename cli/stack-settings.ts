import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { ImageName } from "../lib/images";
import { type ImageSource, parseSettings, type Settings } from "../lib/settings";
import { SIZES } from "../lib/sizes";
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

/** One service's memory limit. */
export interface MemoryNeed {
    readonly service: string;
    readonly megabytes: number;
}

/** What a stack's containers may use at most, by service. */
export function memoryNeeds(settings: Settings): MemoryNeed[] {
    const sizes = SIZES[settings.size];
    const need = (service: string, { limit }: { limit: number }): MemoryNeed => ({ service, megabytes: limit });
    return [
        need("kafka", settings.broker === "redpanda" ? sizes.redpanda : sizes.kafka),
        need("pinot-zookeeper", sizes.zookeeper),
        ...(settings.pinotTopology === "compact"
            ? [need("pinot", sizes.pinotCompact)]
            : [
                  need("pinot-controller", sizes.pinotController),
                  need("pinot-broker", sizes.pinotBroker),
                  need("pinot-server", sizes.pinotServer),
              ]),
        ...(settings.productAnalytics.enabled ? [need("clickstream", sizes.generator)] : []),
    ];
}

/** Host ports that a stack publishes, by what listens there. */
export function publishedPorts(settings: Settings): { name: string; port: number }[] {
    const at = (name: string, port: number): { name: string; port: number } => ({
        name,
        port: port + settings.portOffset,
    });
    return [
        at("kafka", 9092),
        ...(settings.broker === "redpanda" ? [at("redpanda admin", 9644), at("schema registry", 8081)] : []),
        at("pinot controller", 9000),
        at("pinot broker", 8099),
    ];
}

/** Images that a stack's containers are made from. */
export function requiredImages(settings: Settings): ImageName[] {
    return [
        settings.broker,
        "zookeeper",
        "pinot",
        ...(settings.productAnalytics.enabled ? ["generators" as const] : []),
    ];
}

/** Where the broker's host listener is, as the settings say; it need not run. */
export function hostBootstrapServers(settings: Settings): string {
    return `${settings.bindAddress}:${9092 + settings.portOffset}`;
}
