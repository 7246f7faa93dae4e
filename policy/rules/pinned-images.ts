import type { Trouble } from "../../resources/errors";
import { type DeclaredResource, kindOf, known } from "../declared-resource";

/** Settings of {@link pinnedImages}. */
export interface PinnedImagesConfig {
    /** `tag`: any but `latest`. `digest`: only the image's very bytes; one that is built here, its tag is its content. */
    readonly pinnedBy: "tag" | "digest";
}

/** Images that may be others tomorrow. */
export function pinnedImages(resource: DeclaredResource, { pinnedBy }: PinnedImagesConfig): Trouble[] {
    const kind = kindOf(resource);
    const { image, name } = resource.props;
    const reference = kind === "Container" ? known(image) : kind === "RemoteImage" ? known(name) : undefined;
    if (reference === undefined || /(^|@)sha256:[0-9a-f]{64}$/.test(reference)) return [];
    const tag = /:([^:/]+)$/.exec(reference)?.[1];
    if (tag === undefined || tag === "latest") {
        return [
            {
                what: `image ${reference} has ${tag === undefined ? "no tag" : "the tag latest"}`,
                why: "Another image could run after the next pull, without any change of the program.",
                wayOut: "name a version, or better a digest: name:1.2.3 or name@sha256:….",
            },
        ];
    }
    if (pinnedBy === "tag" || reference.startsWith("millrace/")) return [];
    return [
        {
            what: `image ${reference} is pinned by a tag only`,
            why: "A registry may give the tag to another image.",
            wayOut: `write its digest: ${reference}@sha256:….`,
        },
    ];
}
