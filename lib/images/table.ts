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
    /** Why there is no built way. */
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
        notBuilt: "its broker is C++ that no package registry holds; millrace:broker kafka offers the same",
    },
    zookeeper: { registry: "zookeeper:3.9.5", built: "pinot", builtAs: "ZooKeeper 3.5.8, which comes with Pinot" },
    pinot: {
        registry: "apachepinot/pinot:1.5.1",
        built: "pinot",
        builtAs: "Pinot 0.11.0, the only release that Maven's registry holds whole",
    },
    generators: { built: "generators" },
};
