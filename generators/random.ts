/** A stream of numbers that only its seed decides. */
export interface Random {
    /** A whole number from 0 to 2³² − 1. */
    bits(): number;
    /** A number from 0 inclusive to 1 exclusive. */
    fraction(): number;
    /** A whole number from 0 to `limit` − 1. */
    below(limit: number): number;
    /** One of the values; not empty. */
    pick<T>(values: readonly T[]): T;
    /** A UUID of version 4. */
    uuid(): string;
}

const HEX = Array.from({ length: 65_536 }, (_, value) => value.toString(16).padStart(4, "0"));

/** Four 32-bit words from a text, each of which depends on all of it (cyrb128). */
export function hash128(text: string): readonly [number, number, number, number] {
    let a = 1_779_033_703;
    let b = 3_144_134_277;
    let c = 1_013_904_242;
    let d = 2_773_480_762;
    for (let index = 0; index < text.length; index++) {
        const code = text.charCodeAt(index);
        a = b ^ Math.imul(a ^ code, 597_399_067);
        b = c ^ Math.imul(b ^ code, 2_869_860_233);
        c = d ^ Math.imul(c ^ code, 951_274_213);
        d = a ^ Math.imul(d ^ code, 2_716_044_179);
    }
    a = Math.imul(c ^ (a >>> 18), 597_399_067);
    b = Math.imul(d ^ (b >>> 22), 2_869_860_233);
    c = Math.imul(a ^ (c >>> 17), 951_274_213);
    d = Math.imul(b ^ (d >>> 19), 2_716_044_179);
    a ^= b ^ c ^ d;
    return [a >>> 0, (b ^ a) >>> 0, (c ^ a) >>> 0, (d ^ a) >>> 0];
}

/** A stream of random numbers for a seed (sfc32): fast, and with a state large enough that streams do not meet. */
export function randomOf(seed: string): Random {
    let [a, b, c, d] = hash128(seed);
    const bits = (): number => {
        const sum = (((a + b) | 0) + d) | 0;
        d = (d + 1) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (c << 21) | (c >>> 11);
        c = (c + sum) | 0;
        return sum >>> 0;
    };
    for (let round = 0; round < 12; round++) bits();
    const fraction = (): number => bits() / 4_294_967_296;
    const below = (limit: number): number => Math.floor(fraction() * limit);
    return {
        bits,
        fraction,
        below,
        pick: (values) => values[below(values.length)] as (typeof values)[number],
        uuid() {
            const w = bits();
            const x = bits();
            const y = bits();
            const z = bits();
            const version = HEX[(x & 0x0fff) | 0x4000];
            const variant = HEX[((y >>> 16) & 0x3fff) | 0x8000];
            return `${HEX[w >>> 16]}${HEX[w & 0xffff]}-${HEX[x >>> 16]}-${version}-${variant}-${HEX[y & 0xffff]}${HEX[z >>> 16]}${HEX[z & 0xffff]}`;
        },
    };
}
