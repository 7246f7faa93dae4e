import { Transform, type TransformCallback } from "node:stream";

const FRAME_MAGIC = 0x184d2204;
const MIN_MATCH = 4;
/** A match may not begin in the last bytes of a block, nor reach into its very last ones (LZ4's block format). */
const LAST_MATCH_START = 12;
const LAST_LITERALS = 5;
const MAX_DISTANCE = 0xffff;
const HASH_BITS = 14;

/**
 * Unpacks one LZ4 block.
 * @param history what was unpacked before, for blocks that go on where the last one ended.
 * @throws Error for bytes that are not such a block.
 */
export function unpackBlock(packed: Buffer, limit: number, history: Buffer = Buffer.alloc(0)): Buffer {
    const out = Buffer.allocUnsafe(history.length + limit);
    history.copy(out);
    let to = history.length;
    let at = 0;
    const extended = (length: number): number => {
        if (length !== 15) return length;
        for (;;) {
            const byte = packed[at++];
            if (byte === undefined) throw new Error("LZ4 block ends early");
            length += byte;
            if (byte !== 255) return length;
        }
    };
    while (at < packed.length) {
        const token = packed[at++] as number;
        const literals = extended(token >> 4);
        if (at + literals > packed.length || to + literals > out.length) throw new Error("LZ4 block is damaged");
        packed.copy(out, to, at, at + literals);
        at += literals;
        to += literals;
        if (at === packed.length) break;
        if (at + 2 > packed.length) throw new Error("LZ4 block ends early");
        const distance = packed.readUInt16LE(at);
        at += 2;
        const length = extended(token & 15) + MIN_MATCH;
        if (distance === 0 || distance > to || to + length > out.length) throw new Error("LZ4 block is damaged");
        if (distance >= length) out.copyWithin(to, to - distance, to - distance + length);
        else for (let i = 0; i < length; i++) out[to + i] = out[to + i - distance] as number;
        to += length;
    }
    return out.subarray(history.length, to);
}

/** Packs one LZ4 block: greedy, one candidate a place. */
export function packBlock(plain: Buffer): Buffer {
    const out = Buffer.allocUnsafe(plain.length + Math.ceil(plain.length / 255) + 16);
    const seen = new Int32Array(1 << HASH_BITS).fill(-1);
    let to = 0;
    let anchor = 0;
    const putLength = (length: number): void => {
        for (; length >= 255; length -= 255) out[to++] = 255;
        out[to++] = length;
    };
    const put = (end: number, distance: number, match: number): void => {
        const literals = end - anchor;
        const rest = match - MIN_MATCH;
        out[to++] = (Math.min(literals, 15) << 4) | (distance === 0 ? 0 : Math.min(rest, 15));
        if (literals >= 15) putLength(literals - 15);
        to += plain.copy(out, to, anchor, end);
        if (distance === 0) return;
        to = out.writeUInt16LE(distance, to);
        if (rest >= 15) putLength(rest - 15);
    };
    const lastStart = plain.length - LAST_MATCH_START;
    for (let at = 0; at < lastStart; ) {
        const word = plain.readInt32LE(at);
        const slot = Math.imul(word, -1640531535) >>> (32 - HASH_BITS);
        const candidate = seen[slot] as number;
        seen[slot] = at;
        if (candidate < 0 || at - candidate > MAX_DISTANCE || plain.readInt32LE(candidate) !== word) {
            // The longer nothing matches, the larger the steps.
            at += 1 + ((at - anchor) >> 6);
            continue;
        }
        let length = MIN_MATCH;
        const most = plain.length - LAST_LITERALS - at;
        while (length < most && plain[candidate + length] === plain[at + length]) length++;
        put(at, at - candidate, length);
        at += length;
        anchor = at;
    }
    put(plain.length, 0, 0);
    return out.subarray(0, to);
}

/** Unpacks a stream of LZ4 frames, as a body with `Content-Encoding: lz4` is. Checksums are not compared. */
export function unpackFrames(): Transform {
    let rest: Buffer = Buffer.alloc(0);
    let frame: { readonly linked: boolean; readonly blockSums: boolean; readonly contentSum: boolean } | undefined;
    let history: Buffer = Buffer.alloc(0);

    /** Takes one header, block or end off the rest. @returns false when its bytes are not all there. */
    const step = (push: (plain: Buffer) => void): boolean => {
        if (frame === undefined) {
            if (rest.length < 7) return false;
            if (rest.readUInt32LE(0) !== FRAME_MAGIC) throw new Error("not an LZ4 frame");
            const flags = rest[4] as number;
            const length = 7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0);
            if (rest.length < length) return false;
            frame = { linked: (flags & 0x20) === 0, blockSums: (flags & 0x10) !== 0, contentSum: (flags & 4) !== 0 };
            history = Buffer.alloc(0);
            rest = rest.subarray(length);
            return true;
        }
        if (rest.length < 4) return false;
        const size = rest.readUInt32LE(0);
        if (size === 0) {
            const length = 4 + (frame.contentSum ? 4 : 0);
            if (rest.length < length) return false;
            rest = rest.subarray(length);
            frame = undefined;
            return true;
        }
        const bytes = size & 0x7fffffff;
        if (bytes > 8 * 1024 * 1024) throw new Error("LZ4 block is damaged");
        const length = 4 + bytes + (frame.blockSums ? 4 : 0);
        if (rest.length < length) return false;
        const block = rest.subarray(4, 4 + bytes);
        const plain = size > 0x7fffffff ? Buffer.from(block) : unpackBlock(block, 4 * 1024 * 1024, history);
        if (frame.linked) history = Buffer.concat([history, plain]).subarray(-(MAX_DISTANCE + 1));
        rest = rest.subarray(length);
        push(plain);
        return true;
    };
    return new Transform({
        transform(chunk: Buffer, _encoding, done: TransformCallback) {
            rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
            try {
                while (step((plain) => this.push(plain)));
                done();
            } catch (error) {
                done(error as Error);
            }
        },
        flush(done) {
            done(frame === undefined && rest.length === 0 ? null : new Error("LZ4 frame ends early"));
        },
    });
}
