/** Numbers of a version like "v3.1.0", "go1.26.8", "24.21.0-rc.1"; undefined when there are none. */
export function parseVersion(text: string): readonly [number, number, number] | undefined {
    const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
    return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
}

/**
 * Whether a version is as new as another one, by its three numbers: a pre-release counts as its release.
 * What has no version in it is never new enough.
 */
export function isAtLeast(version: string, minimum: string): boolean {
    const [have, need] = [parseVersion(version), parseVersion(minimum)];
    if (have === undefined || need === undefined) return false;
    for (const place of [0, 1, 2] as const) {
        if (have[place] !== need[place]) return have[place] > need[place];
    }
    return true;
}

/** "24.21.0" → "24.21": as a person says it. */
export function shortVersion(version: string): string {
    const parsed = parseVersion(version);
    return parsed === undefined ? version : `${parsed[0]}.${parsed[1]}`;
}
