import { Transform, type TransformCallback } from "node:stream";
import { zstdDecompressSync } from "node:zlib";
import { errors, ServerException } from "./exceptions";
import { packBlock, unpackBlock } from "./lz4";

/** CityHash128, the mark of a block. */
export type Checksum = (bytes: Buffer) => Buffer;

const CHECKSUM = 16;
/** Method, packed size with this header, plain size. */
const HEADER = 9;
const LZ4 = 0x82;
const ZSTD = 0x90;
const NONE = 0x02;
/** Plain bytes a block, as the server packs them. */
const BLOCK = 1024 * 1024;
const MAX_BLOCK = 1024 * 1024 * 1024;

/** One block of ClickHouse's own compressed format. */
export function packNativeBlock(plain: Buffer, checksum: Checksum): Buffer {
    const packed = packBlock(plain);
    const block = Buffer.allocUnsafe(HEADER + packed.length);
    block[0] = LZ4;
    block.writeUInt32LE(block.length, 1);
    block.writeUInt32LE(plain.length, 5);
    packed.copy(block, HEADER);
    return Buffer.concat([checksum(block), block]);
}

/** Packs a stream, as `compress=1` asks for. */
export function packBlocks(checksum: Checksum): Transform {
    let parts: Buffer[] = [];
    let bytes = 0;
    const flush = (stream: Transform): void => {
        if (bytes > 0) stream.push(packNativeBlock(Buffer.concat(parts, bytes), checksum));
        parts = [];
        bytes = 0;
    };
    return new Transform({
        transform(chunk: Buffer, _encoding, done: TransformCallback) {
            parts.push(chunk);
            bytes += chunk.length;
            if (bytes >= BLOCK) flush(this);
            done();
        },
        flush(done) {
            flush(this);
            done();
        },
    });
}

/** Unpacks a stream, as `decompress=1` announces it. The stream fails with a ServerException. */
export function unpackBlocks(checksum: Checksum): Transform {
    let parts: Buffer[] = [];
    let bytes = 0;
    let wanted = CHECKSUM + HEADER;
    return new Transform({
        transform(chunk: Buffer, _encoding, done: TransformCallback) {
            parts.push(chunk);
            bytes += chunk.length;
            if (bytes < wanted) return done();
            let rest = Buffer.concat(parts, bytes);
            try {
                for (wanted = sizeOf(rest); rest.length >= wanted; wanted = sizeOf(rest)) {
                    this.push(unpackNativeBlock(rest.subarray(0, wanted), checksum));
                    rest = rest.subarray(wanted);
                }
            } catch (error) {
                return done(
                    error instanceof ServerException ? error : errors.cannotDecompress((error as Error).message),
                );
            }
            parts = [rest];
            bytes = rest.length;
            done();
        },
        flush(done) {
            done(bytes === 0 ? null : errors.cannotDecompress("the last block is not complete"));
        },
    });
}

/** How long the first block is; a header's length when that is not known yet. */
function sizeOf(bytes: Buffer): number {
    if (bytes.length < CHECKSUM + HEADER) return CHECKSUM + HEADER;
    const size = bytes.readUInt32LE(CHECKSUM + 1);
    if (size < HEADER || size > MAX_BLOCK) throw errors.cannotDecompress(`a block cannot have ${size} bytes`);
    return CHECKSUM + size;
}

function unpackNativeBlock(bytes: Buffer, checksum: Checksum): Buffer {
    const block = bytes.subarray(CHECKSUM);
    if (!checksum(block).equals(bytes.subarray(0, CHECKSUM))) throw errors.checksum();
    const plain = block.readUInt32LE(5);
    if (plain > MAX_BLOCK) throw errors.cannotDecompress(`a block cannot have ${plain} bytes`);
    const packed = block.subarray(HEADER);
    switch (block[0]) {
        case LZ4:
            return unpackBlock(packed, plain);
        case ZSTD:
            return zstdDecompressSync(packed);
        case NONE:
            return Buffer.from(packed);
        default:
            throw errors.unknownCompression(`0x${block[0]?.toString(16)}`);
    }
}
