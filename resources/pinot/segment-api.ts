import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import { ask, expectStatus, type Session } from "./api";

/** Segments of a table, each with the checksum of its data. */
export type SegmentCrcs = Readonly<Record<string, string>>;

/** Checksums of all segments of an offline table; empty also for a table that is not there. */
export async function segmentCrcs(session: Session, tableNameWithType: string): Promise<SegmentCrcs> {
    const answer = expectStatus(await ask(session, "GET", segmentPath(tableNameWithType, "/crc")), 200, 404);
    return answer.status === 404 ? {} : (answer.body as SegmentCrcs);
}

/** What the controller knows of one segment; undefined when it has none of that name. */
export async function segmentMetadata(
    session: Session,
    tableNameWithType: string,
    segment: string,
): Promise<{ crc: string; rows: number } | undefined> {
    const path = segmentPath(tableNameWithType, `/${encodeURIComponent(segment)}/metadata`);
    const answer = expectStatus(await ask(session, "GET", path), 200, 404);
    if (answer.status === 404) return undefined;
    const metadata = answer.body as Record<string, string | undefined>;
    return { crc: String(metadata["segment.crc"]), rows: Number(metadata["segment.total.docs"]) };
}

/**
 * Lets the controller make a segment of a file and push it to the servers; one of the same name is replaced.
 * Errors: the controller refuses the file or cannot read it; no answer.
 */
export async function ingestFile(
    session: Session,
    tableNameWithType: string,
    file: string,
    batchConfig: Readonly<Record<string, string>>,
): Promise<void> {
    const form = new FormData();
    // Read while it is sent: a file may be larger than the memory of this process.
    form.append("file", await openAsBlob(file), basename(file));
    const query = new URLSearchParams({ tableNameWithType, batchConfigMapStr: JSON.stringify(batchConfig) });
    expectStatus(await ask(session, "POST", `/ingestFromFile?${query}`, form), 200);
}

/** Deletes one segment; the server keeps its file for a while. One that is gone is deleted. */
export async function deleteSegment(session: Session, tableNameWithType: string, segment: string): Promise<void> {
    const path = segmentPath(tableNameWithType, `/${encodeURIComponent(segment)}`);
    expectStatus(await ask(session, "DELETE", path), 200, 404);
}

function segmentPath(tableNameWithType: string, rest: string): string {
    return `/segments/${encodeURIComponent(tableNameWithType)}${rest}`;
}
