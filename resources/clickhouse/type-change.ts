import { brackets, splitList, textOf, tokensOf } from "./sql-text";
import { typeText } from "./table-form";

/**
 * True when every value of one data type has its place in another, so that a change loses nothing. What is not known to
 * be harmless is not.
 */
export function losesNothing(from: string, to: string): boolean {
    const [before, after] = [typeText(from), typeText(to)];
    if (before === after) return true;
    const [old, next] = [typeOf(before), typeOf(after)];
    if (old.family === "LowCardinality") return losesNothing(old.inside, after);
    if (next.family === "LowCardinality") return losesNothing(before, next.inside);
    if (next.family === "Nullable") return losesNothing(old.family === "Nullable" ? old.inside : before, next.inside);
    if (old.family === next.family && old.family === "Array") return losesNothing(old.inside, next.inside);
    return fits(old, next);
}

interface DataType {
    readonly family: string;
    readonly inside: string;
    readonly args: readonly string[];
}

function typeOf(type: string): DataType {
    const tokens = tokensOf(type);
    const inside = brackets(tokens)?.inside ?? [];
    return { family: tokens[0]?.text ?? "", inside: textOf(inside), args: splitList(inside).map(textOf) };
}

function fits(old: DataType, next: DataType): boolean {
    const [from, to] = [integer(old.family), integer(next.family)];
    if (from !== undefined && to !== undefined) {
        return from.signed === to.signed ? from.bits <= to.bits : !from.signed && from.bits < to.bits;
    }
    if (from !== undefined && next.family.startsWith("Float")) {
        return from.bits <= (next.family === "Float64" ? 32 : 16);
    }
    if (next.family === "String") return ALWAYS_TEXT.test(old.family) || from !== undefined;
    if (/^Enum/.test(old.family) && /^Enum/.test(next.family)) return addsOnly(old.args, next.args);
    const [oldSize = 0, nextSize = 0] = [old, next].map(({ args }) => Number(args[0]));
    switch (`${old.family} ${next.family}`) {
        case "Float32 Float64":
        case "Date Date32":
        case "Date DateTime64":
        case "DateTime DateTime64":
            return true;
        case "FixedString FixedString":
            return oldSize <= nextSize;
        case "DateTime64 DateTime64":
            // A higher precision reaches less far into the past and the future.
            return oldSize <= nextSize && nextSize <= 6;
        case "Decimal Decimal": {
            const [oldScale, nextScale] = [Number(old.args[1] ?? 0), Number(next.args[1] ?? 0)];
            return oldScale <= nextScale && oldSize - oldScale <= nextSize - nextScale;
        }
        default:
            return false;
    }
}

/** Types whose values are written out as text and read back the same. */
const ALWAYS_TEXT = /^(FixedString|Enum8|Enum16|Enum|UUID|IPv4|IPv6|Date|Date32|Decimal|Bool)$/;

function integer(family: string): { signed: boolean; bits: number } | undefined {
    const [, unsigned, bits] = /^(U?)Int(\d+)$/.exec(family) ?? [];
    return bits === undefined ? undefined : { signed: unsigned === "", bits: Number(bits) };
}

/** An Enum keeps what it has: every value with its number. */
function addsOnly(old: readonly string[], next: readonly string[]): boolean {
    const numbered = (values: readonly string[]): string[] => {
        let number = 0;
        return values.map((value) => {
            const [, label, given] = /^('.*')(?: = (-? ?\d+))?$/s.exec(value) ?? [];
            number = given === undefined ? number + 1 : Number(given.replace(" ", ""));
            return `${label} ${number}`;
        });
    };
    const values = new Set(numbered(next));
    return numbered(old).every((value) => values.has(value));
}
