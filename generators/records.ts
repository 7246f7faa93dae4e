import type { Message } from "./source";

/** What kafkajs takes for the encoding of a record: a part of the batch, as its own encoder holds it. */
export interface EncodedRecord {
    readonly buf: Buffer;
    readonly buffer: Buffer;
}

const NOTHING: EncodedRecord = { buf: Buffer.alloc(0), buffer: Buffer.alloc(0) };

/**
 * Messages as records of a batch (Kafka's format 2, without timestamps and headers): the bytes of all stand in the
 * first, the others are empty, so that there are as many as messages.
 */
export function encodeRecords(messages: readonly Message[]): EncodedRecord[] {
    const sizes = new Int32Array(messages.length * 3);
    let total = 0;
    for (const [index, { key, value }] of messages.entries()) {
        const keyBytes = key === null ? -1 : Buffer.byteLength(key);
        const valueBytes = Buffer.byteLength(value);
        const body = 3 + varintSize(index) + sizeOf(keyBytes) + sizeOf(valueBytes);
        sizes.set([keyBytes, valueBytes, body], index * 3);
        total += varintSize(body) + body;
    }
    const buffer = Buffer.allocUnsafe(total);
    let at = 0;
    for (const [index, { key, value }] of messages.entries()) {
        const [keyBytes = -1, valueBytes = 0, body = 0] = sizes.subarray(index * 3, index * 3 + 3);
        at = writeVarint(buffer, at, body);
        buffer[at++] = 0; // attributes
        buffer[at++] = 0; // later than the batch by so many milliseconds
        at = writeVarint(buffer, at, index);
        at = writeVarint(buffer, at, keyBytes);
        if (key !== null) at += buffer.write(key, at, keyBytes, "utf8");
        at = writeVarint(buffer, at, valueBytes);
        at += buffer.write(value, at, valueBytes, "utf8");
        buffer[at++] = 0; // headers
    }
    return Array.from(messages, (_, index) => (index === 0 ? { buf: buffer, buffer } : NOTHING));
}

/** Bytes of a text with its length before it; -1 is no text. */
function sizeOf(bytes: number): number {
    return varintSize(bytes) + Math.max(0, bytes);
}

function zigzag(value: number): number {
    return (value << 1) ^ (value >> 31);
}

function varintSize(value: number): number {
    const bits = 32 - Math.clz32(zigzag(value));
    return Math.max(1, Math.ceil(bits / 7));
}

function writeVarint(buffer: Buffer, offset: number, value: number): number {
    let at = offset;
    let rest = zigzag(value) >>> 0;
    while (rest > 0x7f) {
        buffer[at++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
    }
    buffer[at++] = rest;
    return at;
}
