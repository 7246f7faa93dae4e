/** As much of Thrift's binary protocol as it takes to call a server by hand. */

/** A value with its type, as Thrift wants it on the wire. */
export type ThriftValue =
    | { readonly i32: number }
    | { readonly bool: boolean }
    | { readonly string: string }
    | { readonly list: readonly ThriftValue[] }
    | { readonly map: Readonly<Record<string, string>> }
    | { readonly struct: ThriftFields };

/** Field number → value. */
export type ThriftFields = Readonly<Record<number, ThriftValue>>;

/** A value read back: numbers, texts, lists, and structs by field number. */
// biome-ignore lint/suspicious/noExplicitAny: what a server sends.
export type ThriftAnswer = any;

const TYPE = {
    bool: 2,
    byte: 3,
    double: 4,
    i16: 6,
    i32: 8,
    i64: 10,
    string: 11,
    struct: 12,
    map: 13,
    set: 14,
    list: 15,
};

/** The bytes of a call. */
export function thriftCall(method: string, args: ThriftFields = {}): Buffer {
    return Buffer.concat([int32(0x80010001), text(method), int32(1), struct(args)]);
}

/**
 * The value that a call answered; undefined for none.
 * @throws Error with what the server said where it answered with an exception.
 */
export function thriftAnswer(bytes: Buffer): ThriftAnswer {
    const reader = new Reader(bytes);
    const kind = reader.int32() & 0xff;
    reader.text();
    reader.int32();
    const fields = reader.struct();
    const failure = Object.entries(fields).find(([field]) => kind === 3 || field !== "0");
    if (failure !== undefined) throw new Error(`thrift: ${JSON.stringify(failure[1])}`);
    return fields[0];
}

function struct(fields: ThriftFields): Buffer {
    const parts = Object.entries(fields).flatMap(([id, value]) => [
        Buffer.from([typeOf(value), Number(id) >> 8, Number(id) & 0xff]),
        body(value),
    ]);
    return Buffer.concat([...parts, Buffer.from([0])]);
}

function typeOf(value: ThriftValue): number {
    return TYPE[Object.keys(value)[0] as keyof typeof TYPE];
}

function body(value: ThriftValue): Buffer {
    if ("i32" in value) return int32(value.i32);
    if ("bool" in value) return Buffer.from([value.bool ? 1 : 0]);
    if ("string" in value) return text(value.string);
    if ("struct" in value) return struct(value.struct);
    if ("map" in value) {
        const entries = Object.entries(value.map);
        const head = Buffer.concat([Buffer.from([TYPE.string, TYPE.string]), int32(entries.length)]);
        return Buffer.concat([head, ...entries.flat().map(text)]);
    }
    const [first] = value.list;
    const head = Buffer.from([first === undefined ? TYPE.string : typeOf(first)]);
    return Buffer.concat([head, int32(value.list.length), ...value.list.map(body)]);
}

function int32(number: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(number | 0);
    return bytes;
}

function text(value: string): Buffer {
    const bytes = Buffer.from(value, "utf8");
    return Buffer.concat([int32(bytes.length), bytes]);
}

class Reader {
    private at = 0;

    constructor(private readonly bytes: Buffer) {}

    int32(): number {
        this.at += 4;
        return this.bytes.readInt32BE(this.at - 4);
    }

    text(): string {
        const length = this.int32();
        this.at += length;
        return this.bytes.toString("utf8", this.at - length, this.at);
    }

    struct(): Record<number, ThriftAnswer> {
        const fields: Record<number, ThriftAnswer> = {};
        for (let type = this.byte(); type !== 0; type = this.byte()) {
            const id = (this.byte() << 8) | this.byte();
            fields[id] = this.value(type);
        }
        return fields;
    }

    private byte(): number {
        return this.bytes.readUInt8(this.at++);
    }

    private value(type: number): ThriftAnswer {
        if (type === TYPE.bool || type === TYPE.byte) return this.byte();
        if (type === TYPE.i16) return (this.byte() << 8) | this.byte();
        if (type === TYPE.i32) return this.int32();
        if (type === TYPE.string) return this.text();
        if (type === TYPE.struct) return this.struct();
        if (type === TYPE.i64 || type === TYPE.double) {
            this.at += 8;
            return type === TYPE.i64
                ? Number(this.bytes.readBigInt64BE(this.at - 8))
                : this.bytes.readDoubleBE(this.at - 8);
        }
        if (type === TYPE.list || type === TYPE.set) {
            const element = this.byte();
            return Array.from({ length: this.int32() }, () => this.value(element));
        }
        if (type === TYPE.map) {
            const [key, value] = [this.byte(), this.byte()];
            return Object.fromEntries(
                Array.from({ length: this.int32() }, () => [String(this.value(key)), this.value(value)]),
            );
        }
        throw new Error(`thrift: unknown type ${type}`);
    }
}
