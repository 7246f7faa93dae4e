import type { Problem } from "../errors";
import { progress, sameJson, until } from "../lifecycle";
import { command, deleteOffsets, getOffsets, getStatus, patchOffsets, type Session } from "./api";
import type { ConnectorOffset, ConnectorOffsets } from "./documents";
import { CONNECTOR_KIND, verdictOf } from "./health";

/**
 * Why a position cannot be moved as declared: sources take whatever they are given, and then read from nowhere or fail
 * at the next start. (Debezium 3.7 accepts a text for a log position.)
 * @param stored the position as it is.
 */
export function moveProblems(offsets: ConnectorOffsets, stored: readonly ConnectorOffset[], type: string): Problem[] {
    // Of sinks, Connect knows topics and partitions by itself. A source without a position may begin anywhere.
    if (type !== "source" || stored.length === 0) return [];
    return (offsets.alter ?? []).flatMap(({ partition, offset }, index): Problem[] => {
        const at = `offsets.alter[${index}]`;
        const held = stored.find((other) => sameJson(other.partition, partition));
        if (held === undefined) {
            return [
                {
                    property: `${at}.partition`,
                    what: `the connector has no position in ${JSON.stringify(partition)}`,
                    why: `It has one in ${stored.map((other) => JSON.stringify(other.partition)).join(", ")}.`,
                    wayOut: "name one of these; or reset the position, and the connector begins anew.",
                },
            ];
        }
        return Object.entries(offset ?? {})
            .filter(([key, value]) => {
                const known = held.offset?.[key];
                return known !== undefined && known !== null && typeof known !== typeof value;
            })
            .map(([key, value]) => ({
                property: `${at}.offset.${key}`,
                what: `${key} is ${JSON.stringify(value)}, where the connector stores a ${typeof held.offset?.[key]}`,
                why: "A source takes what it is given, and fails when it starts.",
                wayOut: `write it as in ${JSON.stringify(held.offset)}.`,
            }));
    });
}

/** A position in one line; at most three partitions of it. */
export function offsetsText(offsets: readonly ConnectorOffset[]): string {
    const shown = offsets
        .slice(0, 3)
        .map(({ partition, offset }) => `${JSON.stringify(partition)} at ${JSON.stringify(offset ?? null)}`);
    return [...shown, ...(offsets.length > 3 ? [`${offsets.length - 3} more`] : [])].join(", ");
}

/** Stops a connector and waits until no task holds its position any more. */
export async function stop(session: Session, name: string, seconds: number): Promise<void> {
    await command(session, name, "stop");
    let last = "";
    await until(
        seconds,
        async () => {
            const { kind, text } = verdictOf(await getStatus(session, name), "stopped");
            last = text;
            return kind === "works" ? true : undefined;
        },
        () => new Error(`it did not stop within ${seconds} s. Last seen: ${last}`),
    );
}

/**
 * Moves the position of a connector that is stopped, and looks whether it is where it should be. What it was before is
 * told: no server keeps it.
 */
export async function moveOffsets(session: Session, name: string, offsets: ConnectorOffsets): Promise<void> {
    const before = await getOffsets(session, name);
    if (offsets.alter === undefined) await deleteOffsets(session, name);
    else await patchOffsets(session, name, offsets.alter);
    const after = await getOffsets(session, name);
    const wrong = (offsets.alter ?? []).filter(({ partition, offset }) => {
        const held = after.find((other) => sameJson(other.partition, partition));
        return !sameJson(held?.offset, offset);
    });
    if (wrong.length > 0 || (offsets.alter === undefined && after.length > 0)) {
        throw new Error(`the worker accepted the new position, and holds ${offsetsText(after) || "none"}`);
    }
    const told = (position: readonly ConnectorOffset[]): string => offsetsText(position) || "none";
    progress(`${CONNECTOR_KIND} "${name}": position was ${told(before)}; is ${told(after)}`);
}
