import { createHash } from "node:crypto";

/** Sums of hashes stay below 2⁴⁸, which JavaScript and JSON hold exactly. */
const BITS_48 = 2 ** 48;

/** 48 bits of a row's values, as texts; a null is none of them. */
export function rowHash(values: readonly (string | number | null)[]): number {
    const text = JSON.stringify(values.map((value) => (value === null ? null : String(value))));
    return createHash("sha256").update(text).digest().readUIntBE(0, 6);
}

/** One number for a set of rows, whatever their order: rows come and go by adding and taking away. */
export class RowSum {
    private sum = 0;
    private rows = 0;

    add(hash: number): void {
        this.sum = (this.sum + hash) % BITS_48;
        this.rows++;
    }

    remove(hash: number): void {
        this.sum = (this.sum - hash + BITS_48) % BITS_48;
        this.rows--;
    }

    get count(): number {
        return this.rows;
    }

    get value(): number {
        return this.sum;
    }
}
