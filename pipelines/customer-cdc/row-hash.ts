import { createHash } from "node:crypto";

/** Sums of hashes stay below 2⁴⁸, which JavaScript and JSON hold exactly. */
const BITS_48 = 2 ** 48;

/** Ids that a run of the generator may use. */
export const IDS_OF_RUN = 1_000_000_000;

/** A row as one text that is equal for equal rows, whatever types a store answers with. */
export function rowText(values: readonly unknown[]): string {
    return JSON.stringify(values.map((value) => (value == null ? null : String(value))));
}

/** 48 bits of a {@link rowText}. */
export function rowHash(text: string): number {
    return createHash("sha256").update(text).digest().readUIntBE(0, 6);
}

/** One number for a set of rows, whatever their order: rows come and go by adding and taking away. */
export class RowSum {
    private sum = 0;
    private rows = 0;

    /** @param hash of a row that comes. */
    add(hash: number): void {
        this.sum = (this.sum + hash) % BITS_48;
        this.rows++;
    }

    /** @param hash of a row that goes. */
    remove(hash: number): void {
        this.sum = (this.sum - hash + BITS_48) % BITS_48;
        this.rows--;
    }

    /** How many rows there are. */
    get count(): number {
        return this.rows;
    }

    /** The number for all of them. */
    get value(): number {
        return this.sum;
    }
}
