import { z } from "zod";

/** What a column holds, in words that every store has a type for. */
export type ColumnType = "string" | "long" | "double" | "epochMillis";

/** What a column is for: part of the primary key, something to group by, something to add up, or a point in time. */
export type ColumnRole = "key" | "dimension" | "metric" | "time";

/** How a column is asked for; a projection turns it into the store's own indexes. */
export type ColumnUse =
    /** Compared for equality with few distinct values. */
    | "equality"
    /** Compared with `<` and `>`. */
    | "range"
    /** Nearly every row has its own value: a dictionary would only cost memory. */
    | "unique";

interface FieldOptions {
    /** May be absent or null. @default false */
    readonly nullable?: boolean;
    /** How it is asked for. */
    readonly use?: ColumnUse;
    /** Unit of the numbers, as `EUR` or `s`. */
    readonly unit?: string;
}

interface StringOptions extends FieldOptions {
    /** The closed set of its values. */
    readonly oneOf?: readonly string[];
    /** Form of its values. */
    readonly format?: "uuid" | "url";
}

interface NumberOptions extends FieldOptions {
    readonly min?: number;
    readonly max?: number;
}

/** One column as it is said in a contract; its name is the property that it stands under. */
export interface Field<T = unknown> {
    readonly role: ColumnRole;
    readonly type: ColumnType;
    readonly nullable: boolean;
    readonly use?: ColumnUse;
    readonly unit?: string;
    /** Judges one value. */
    readonly schema: z.ZodType<T>;
}

type OrNull<T, O> = O extends { nullable: true } ? T | null : T;
type StringOf<O> = O extends { oneOf: readonly (infer V extends string)[] } ? V : string;

function field<T>(role: ColumnRole, type: ColumnType, schema: z.ZodType, options: FieldOptions = {}): Field<T> {
    const { nullable = false, use, unit } = options;
    return {
        role,
        type,
        nullable,
        ...(use === undefined ? {} : { use }),
        ...(unit === undefined ? {} : { unit }),
        schema: (nullable ? schema.nullable() : schema) as z.ZodType<T>,
    };
}

function stringSchema({ oneOf, format }: StringOptions = {}): z.ZodType {
    if (oneOf !== undefined) return z.enum(oneOf as readonly [string, ...string[]]);
    if (format === "uuid") return z.uuid();
    if (format === "url") return z.url();
    return z.string().min(1);
}

function numberSchema(schema: z.ZodNumber | z.ZodInt, { min, max }: NumberOptions = {}): z.ZodType {
    const atLeast = min === undefined ? schema : schema.min(min);
    return max === undefined ? atLeast : atLeast.max(max);
}

function kinds(role: ColumnRole) {
    return {
        /** Text; never empty. */
        string: <const O extends StringOptions>(options?: O) =>
            field<OrNull<StringOf<O>, O>>(role, "string", stringSchema(options), options),
        /** A whole number that JavaScript holds exactly. */
        long: <const O extends NumberOptions>(options?: O) =>
            field<OrNull<number, O>>(role, "long", numberSchema(z.int(), options), options),
    };
}

/** Part of the primary key: one row a key survives in stores that can replace rows. */
export const key = kinds("key");

/** Something to filter and group by. */
export const dimension = kinds("dimension");

/** Something to add up. */
export const metric = {
    long: kinds("metric").long,
    /** A floating-point number; money that must be exact also has a `long` in cents. */
    double: <const O extends NumberOptions>(options?: O) =>
        field<OrNull<number, O>>("metric", "double", numberSchema(z.number(), options), options),
};

/** A point in time. */
export const time = {
    /** Milliseconds since 1970 in UTC. */
    epochMillis: <const O extends FieldOptions>(options?: O) =>
        field<OrNull<number, O>>("time", "epochMillis", z.int().min(0), options),
};
