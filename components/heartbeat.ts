import type { Probe } from "../hosts/service-spec";

/** File inside a container that a program touches every few seconds while it is well. */
export const HEARTBEAT_FILE = "/tmp/heartbeat";

/** A program is ready, and well, while it has touched {@link HEARTBEAT_FILE} within half a minute. */
export function heartbeatProbe(deadlineSeconds: number): Probe {
    const isFresh = `[[ -n $(find ${HEARTBEAT_FILE} -newermt '-30 seconds' 2>/dev/null) ]]`;
    return { ask: [{ command: ["bash", "-c", isFresh] }], deadlineSeconds };
}
