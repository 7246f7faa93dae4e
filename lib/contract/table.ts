import { z } from "zod";
import type { ColumnRole, ColumnType, ColumnUse, Field } from "./field";

/** Fields by column name. */
export type Fields = Readonly<Record<string, Field>>;

/** The values of a row with these fields. */
export type Row<F extends Fields> = { [N in keyof F]: F[N] extends Field<infer T> ? T : never };

/** One column of a table, as projections see it. */
export interface Column {
    readonly name: string;
    readonly role: ColumnRole;
    readonly type: ColumnType;
    readonly nullable: boolean;
    readonly use?: ColumnUse;
    readonly unit?: string;
}

/** An event or table, said once; every store's own definition is a projection of it. */
export interface Table<R = unknown> {
    readonly name: string;
    /** In the order of the contract. */
    readonly columns: readonly Column[];
    /** Columns of the primary key; empty when every row stands for itself. */
    readonly primaryKey: readonly string[];
    /** The column that time ranges and retention go by. */
    readonly timeColumn: string;
    /** The column whose value is the key of the messages; it decides the partition. */
    readonly messageKey?: string;
    /** Judges one row. */
    readonly schema: z.ZodType<R>;
}

/** The row type of a table. */
export type RowOf<T> = T extends Table<infer R> ? R : never;

/** Options of {@link table} and {@link union}. */
export interface TableOptions {
    /** @default the first time column */
    readonly timeColumn?: string;
    /** @default the only key column */
    readonly messageKey?: string;
    /** Columns of which one row survives, when times are among them. @default the key columns */
    readonly primaryKey?: readonly string[];
}

/**
 * Defines a table whose rows all have the same fields.
 * @throws Error that lists every problem of the definition.
 */
export function table<const F extends Fields>(name: string, fields: F, options: TableOptions = {}): Table<Row<F>> {
    return checked(name, columnsOf(fields), options, z.strictObject(shape(fields)) as unknown as z.ZodType<Row<F>>, []);
}

/** A row of one variant: the common fields, the variant's name, its own fields. */
export type VariantRow<By extends string, C extends Fields, V extends Readonly<Record<string, Fields>>> = {
    [N in keyof V]: Row<C> & { [B in By]: N } & Row<V[N]>;
}[keyof V];

/** Definition of a {@link union}. */
export interface UnionFields<By extends string, C extends Fields, V extends Readonly<Record<string, Fields>>> {
    /** Column that says which variant a row is. */
    readonly by: By;
    /** Fields of every row. */
    readonly common: C;
    /** Further fields by variant; in the table they are nullable unless all variants have them. */
    readonly variants: V;
}

/**
 * Defines a table that holds several kinds of rows side by side, as a stream of events of several types.
 * @throws Error that lists every problem of the definition.
 */
export function union<
    const By extends string,
    const C extends Fields,
    const V extends Readonly<Record<string, Fields>>,
>(name: string, fields: UnionFields<By, C, V>, options: TableOptions = {}): Table<VariantRow<By, C, V>> {
    const { by, common, variants } = fields;
    const names = Object.keys(variants);
    const schema = z.discriminatedUnion(
        by,
        names.map((variant) =>
            z.strictObject({ ...shape(common), [by]: z.literal(variant), ...shape(variants[variant] ?? {}) }),
        ) as unknown as [z.ZodObject],
    );
    const problems: string[] = [];
    const further = new Map<string, Column>();
    for (const column of names.flatMap((variant) => columnsOf(variants[variant] ?? {}))) {
        const everywhere = names.every((variant) => column.name in (variants[variant] ?? {}));
        const merged = { ...column, nullable: column.nullable || !everywhere };
        const known = further.get(column.name);
        if (known !== undefined && (known.type !== column.type || known.role !== column.role)) {
            problems.push(`"${column.name}" is ${known.role}.${known.type} and ${column.role}.${column.type}`);
        }
        if (column.name in common || column.name === by) problems.push(`"${column.name}" is also a common field`);
        further.set(column.name, { ...merged, nullable: merged.nullable || (known?.nullable ?? false) });
    }
    const discriminator: Column = { name: by, role: "dimension", type: "string", nullable: false, use: "equality" };
    const columns = [...columnsOf(common), discriminator, ...further.values()];
    return checked(name, columns, options, schema as unknown as z.ZodType<VariantRow<By, C, V>>, problems);
}

function shape(fields: Fields): Record<string, z.ZodType> {
    return Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]));
}

function columnsOf(fields: Fields): Column[] {
    return Object.entries(fields).map(([name, { schema: _, ...column }]) => ({ name, ...column }));
}

function checked<R>(
    name: string,
    columns: readonly Column[],
    options: TableOptions,
    schema: z.ZodType<R>,
    found: readonly string[],
): Table<R> {
    const problems = [...found];
    const keys = columns.filter(({ role }) => role === "key");
    const timeColumn = options.timeColumn ?? columns.find(({ role }) => role === "time")?.name;
    const messageKey = options.messageKey ?? (keys.length === 1 ? keys[0]?.name : undefined);
    for (const each of [name, ...columns.map((column) => column.name)]) {
        // Stores fold case and reserve quotes differently; only this form means the same in all of them.
        if (!/^[a-z][a-z0-9_]*$/.test(each)) problems.push(`name "${each}" is not lower case with underscores`);
    }
    for (const column of keys) if (column.nullable) problems.push(`key "${column.name}" cannot be nullable`);
    const timed = columns.find((column) => column.name === timeColumn);
    if (timed === undefined) problems.push(`needs a time column${timeColumn === undefined ? "" : `: "${timeColumn}"`}`);
    else if (timed.role !== "time" || timed.nullable)
        problems.push(`"${timed.name}" must be a time that is always set`);
    if (messageKey !== undefined && !columns.some((column) => column.name === messageKey && !column.nullable)) {
        problems.push(`message key "${messageKey}" is not a column that is always set`);
    }
    const primaryKey = options.primaryKey ?? keys.map((column) => column.name);
    for (const each of primaryKey) {
        if (!columns.some((column) => column.name === each && !column.nullable)) {
            problems.push(`primary key "${each}" is not a column that is always set`);
        }
    }
    if (problems.length > 0) throw new Error(`contract "${name}": ${problems.join("; ")}`);
    return {
        name,
        columns,
        primaryKey,
        timeColumn: timeColumn ?? "",
        ...(messageKey === undefined ? {} : { messageKey }),
        schema,
    };
}
