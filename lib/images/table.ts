/** A server's or program's image, by what a component asks for. */
export type ImageName = "kafka" | "redpanda" | "zookeeper" | "pinot" | "generators";

/** Both ways to have an image. */
export interface ImageEntry {
    /** Reference in an image registry, pinned by tag; absent for our own programs, which no registry holds. */
    readonly registry?: string;
    /** Folder below `build/images` that builds it; absent where it cannot be built from package registries. */
    readonly built?: string;
    /** What the built image runs where that is not the registry's very server, for `make doctor` and its docs. */
    readonly builtAs?: string;
    /** Why there is no built way, and what to do instead. */
    readonly notBuilt?: string;
}

/**
 * Every image of the platform.
 *
 * The built images keep the registry images' paths and scripts, so that a component's command line fits both.
 */
export const IMAGES: Readonly<Record<ImageName, ImageEntry>> = {
    kafka: { registry: "apache/kafka:4.3.1", built: "kafka" },
    redpanda: {
        registry: "docker.redpanda.com/redpandadata/redpanda:v26.2.1",
        notBuilt:
            "no package registry holds its broker; set millrace:broker to kafka or auto, which offers the same API",
    },
    zookeeper: { registry: "zookeeper:3.9.5", built: "pinot", builtAs: "ZooKeeper 3.5.8, which Pinot 0.11.0 brings" },
    pinot: {
        registry: "apachepinot/pinot:1.5.1",
        built: "pinot",
        builtAs: "Pinot 0.11.0, the newest release that Maven Central holds whole",
    },
    generators: { built: "generators" },
};
