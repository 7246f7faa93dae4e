import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import * as fc from "fast-check";
import { chooseEncoding } from "../../../build/images/clickhouse/server/content-encoding";
import { packBlock, unpackBlock, unpackFrames } from "../../../build/images/clickhouse/server/lz4";
import { packBlocks, unpackBlocks } from "../../../build/images/clickhouse/server/native-blocks";

/** 16 bytes that depend on all others; the real one is native and checked with the engine's own files. */
const checksum = (bytes: Buffer) => createHash("md5").update(bytes).digest();

const repetitive = fc
    .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(30)), { maxLength: 20 })
    .map((parts) => Buffer.concat(parts.flatMap(([bytes, times]) => Array(times).fill(Buffer.from(bytes)))));

describe("LZ4", () => {
    it("gives back what it was given", () => {
        fc.assert(
            fc.property(repetitive, (plain) => unpackBlock(packBlock(plain), plain.length).equals(plain)),
            { numRuns: 300 },
        );
    });

    it("makes what repeats itself small", () => {
        const plain = Buffer.from("0123456789".repeat(100_000));
        expect(packBlock(plain).length).toBeLessThan(plain.length / 100);
    });

    it("fails on damaged bytes, and never writes beyond its room", () => {
        fc.assert(
            fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(100), (bytes, room) => {
                try {
                    return unpackBlock(Buffer.from(bytes), room).length <= room;
                } catch (error) {
                    return /LZ4/.test((error as Error).message);
                }
            }),
            { numRuns: 500 },
        );
    });

    /** One frame with one block, stored as it is. */
    function frame(text: string): Buffer {
        const block = Buffer.from(text);
        const size = Buffer.alloc(4);
        size.writeUInt32LE((block.length | 0x8000_0000) >>> 0);
        return Buffer.concat([Buffer.from("04224d18604082", "hex"), size, block, Buffer.alloc(4)]);
    }

    it("says so when a frame ends early", async () => {
        const cut = Readable.from([frame("plain bytes").subarray(0, 12)]).pipe(unpackFrames());
        await expect(buffer(cut)).rejects.toThrow("LZ4 frame ends early");
    });

    it("reads a frame whose blocks are stored as they are, in parts of any size", async () => {
        const bytes = [...frame("plain bytes")].map((byte) => Buffer.from([byte]));
        expect((await buffer(Readable.from(bytes).pipe(unpackFrames()))).toString()).toBe("plain bytes");
    });
});

describe("ClickHouse's own blocks", () => {
    it("come out as they went in, however they are cut", async () => {
        const plain = Buffer.from(Array.from({ length: 300_000 }, (_, at) => `${at}\n`).join(""));
        const packed = await buffer(Readable.from([plain]).pipe(packBlocks(checksum)));
        const cuts = Array.from({ length: Math.ceil(packed.length / 777) }, (_, at) =>
            packed.subarray(at * 777, (at + 1) * 777),
        );
        expect((await buffer(Readable.from(cuts).pipe(unpackBlocks(checksum)))).equals(plain)).toBe(true);
    });

    it("are refused when a byte has changed", async () => {
        const packed = await buffer(Readable.from([Buffer.from("some rows")]).pipe(packBlocks(checksum)));
        packed[30] = (packed[30] ?? 0) ^ 1;
        await expect(buffer(Readable.from([packed]).pipe(unpackBlocks(checksum)))).rejects.toThrow(/Checksum/);
    });

    it("are refused when the last one is not complete", async () => {
        const packed = await buffer(Readable.from([Buffer.from("some rows")]).pipe(packBlocks(checksum)));
        await expect(buffer(Readable.from([packed.subarray(0, -1)]).pipe(unpackBlocks(checksum)))).rejects.toThrow(
            /not complete/,
        );
    });
});

describe("the encoding of an answer", () => {
    it("is the best that the client takes", () => {
        expect(chooseEncoding("gzip, deflate, br")).toBe("br");
        expect(chooseEncoding("gzip;q=0.5, zstd")).toBe("zstd");
        expect(chooseEncoding("gzip, zstd;q=0")).toBe("gzip");
        expect(chooseEncoding("lz4, identity")).toBeUndefined();
        expect(chooseEncoding("")).toBeUndefined();
    });
});
