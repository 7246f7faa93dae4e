import { z } from "zod";
import { option } from "./options";

/** Digits in groups of three. */
const grouped = (value: number): string => value.toLocaleString("en");

/**
 * A whole number between two bounds, as text.
 * @param write how the bounds stand in the message. @default in groups of three digits
 */
export function wholeNumber(least: number, most: number, write: (value: number) => string = grouped) {
    return bounded(/^\d+$/, "whole number", { least, most, write });
}

/** A number between two bounds, as text, without sign or exponent; see {@link wholeNumber}. */
export function decimalNumber(least: number, most: number, write: (value: number) => string = grouped) {
    return bounded(/^\d+(\.\d+)?$/, "number", { least, most, write });
}

/** The parameter that says how much a program logs. */
export const LOG_LEVEL = option(
    "log-level",
    "LOG_LEVEL",
    "level",
    z.enum(["debug", "info", "warn", "error"], "must be debug, info, warn or error"),
    "least important lines to log",
    "info",
);

interface Bounds {
    readonly least: number;
    readonly most: number;
    write(value: number): string;
}

function bounded(form: RegExp, what: string, { least, most, write }: Bounds) {
    const message = `must be a ${what} from ${write(least)} to ${write(most)}`;
    return z
        .string()
        .regex(form, message)
        .transform(Number)
        .refine((value) => value >= least && value <= most, message);
}
