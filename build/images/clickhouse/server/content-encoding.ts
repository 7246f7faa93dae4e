import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { errors } from "./exceptions";
import { unpackFrames } from "./lz4";

/**
 * What undoes a body's `Content-Encoding`.
 * @returns undefined for a plain body.
 * @throws ServerException for an encoding that is not known.
 */
export function decoder(encoding: string): Transform | undefined {
    switch (encoding) {
        case "":
        case "identity":
            return undefined;
        case "gzip":
        case "x-gzip":
            return zlib.createGunzip();
        case "deflate":
            return zlib.createInflate();
        case "br":
            return zlib.createBrotliDecompress();
        case "zstd":
            return zlib.createZstdDecompress();
        case "lz4":
            return unpackFrames();
        default:
            throw errors.unknownCompression(encoding);
    }
}

/** Encodings of answers, the best first: as the server prefers them. */
const OFFERED = ["zstd", "br", "gzip", "deflate"] as const;
export type AnswerEncoding = (typeof OFFERED)[number];

/** The encoding for an answer; undefined where the client takes none of ours. */
export function chooseEncoding(acceptEncoding: string): AnswerEncoding | undefined {
    const accepted = new Set(
        acceptEncoding
            .split(",")
            .map((part) => part.trim().toLowerCase())
            .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
            .map((part) => part.split(";")[0]?.trim()),
    );
    return OFFERED.find((encoding) => accepted.has(encoding));
}

/** @param level http_zlib_compression_level; 1 is fast. */
export function encoder(encoding: AnswerEncoding, level: number): Transform {
    const bounded = Math.min(9, Math.max(1, level));
    switch (encoding) {
        case "zstd":
            return zlib.createZstdCompress({ params: { [zlib.constants.ZSTD_c_compressionLevel]: bounded } });
        case "br":
            return zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: bounded } });
        case "gzip":
            return zlib.createGzip({ level: bounded });
        case "deflate":
            return zlib.createDeflate({ level: bounded });
    }
}
