import type { z } from "zod";

/** One parameter of a program: a flag, and a variable that stands in when the flag is not given. */
export interface Option<T = unknown> {
    /** Flag without the dashes. */
    readonly flag: string;
    readonly env: string;
    /** How its value is called in the help. */
    readonly value: string;
    readonly help: string;
    /** Text that stands in when neither flag nor variable is given; without it the parameter stays unset. */
    readonly standard?: string;
    /** Turns the text into a value, or says what is wrong with it. */
    readonly schema: z.ZodType<T>;
}

/** Parameters by the name under which the program knows them. */
export type Options = Readonly<Record<string, Option>>;

/** The values of parameters; those without a standard may be undefined. */
export type Values<O extends Options> = {
    readonly [N in keyof O]: O[N] extends Option<infer T>
        ? O[N] extends { readonly standard: string }
            ? T
            : T | undefined
        : never;
};

/** Values, or everything that is wrong with them. */
export type Parsed<O extends Options> = { readonly values: Values<O> } | { readonly problems: readonly string[] };

/** Declares a parameter so that its type is kept. */
export function option<T, const S extends string | undefined = undefined>(
    flag: string,
    env: string,
    value: string,
    schema: z.ZodType<T>,
    help: string,
    standard?: S,
): Option<T> & (S extends string ? { readonly standard: string } : unknown) {
    return { flag, env, value, help, schema, ...(standard === undefined ? {} : { standard }) } as never;
}

/**
 * Reads parameters from arguments and environment, a flag before its variable.
 *
 * Libraries for this stop at the first problem; a container that fails at its start should be told all of them.
 * @param judge says what is wrong with values that do not fit each other; those that are wrong by themselves are absent.
 */
export function parseOptions<const O extends Options>(
    options: O,
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    judge: (values: Partial<Values<O>>) => readonly string[] = () => [],
): Parsed<O> {
    const flags = new Set(Object.values(options).map(({ flag }) => flag));
    const { given, problems } = splitArguments(args, flags);
    const values: Record<string, unknown> = {};
    for (const [name, { flag, env: variable, schema, standard }] of Object.entries(options)) {
        const fromFlag = given.get(flag);
        // An empty variable is how a shell or a compose file says "not set".
        const text = fromFlag ?? (env[variable] || standard);
        if (text === undefined) continue;
        const parsed = schema.safeParse(text);
        if (parsed.success) values[name] = parsed.data;
        else {
            const origin = fromFlag !== undefined ? `--${flag}` : env[variable] ? variable : `--${flag}`;
            for (const { message } of parsed.error.issues) problems.push(`${origin} "${text}": ${message}`);
        }
    }
    problems.push(...judge(values as Partial<Values<O>>));
    return problems.length > 0 ? { problems } : { values: values as Values<O> };
}

function splitArguments(args: readonly string[], flags: ReadonlySet<string>) {
    const given = new Map<string, string>();
    const problems: string[] = [];
    for (let index = 0; index < args.length; index++) {
        const arg = args[index] ?? "";
        if (!arg.startsWith("--")) {
            problems.push(`unexpected argument "${arg}"`);
            continue;
        }
        const [name = "", ...inline] = arg.slice(2).split("=");
        const next = args[index + 1];
        let value: string | undefined;
        if (inline.length > 0) value = inline.join("=");
        else if (next !== undefined && !next.startsWith("--")) {
            value = next;
            index++;
        }
        if (!flags.has(name)) problems.push(`unknown flag --${name}`);
        else if (value === undefined) problems.push(`--${name} needs a value`);
        else given.set(name, value);
    }
    return { given, problems };
}

/** The lines of a help text, one parameter each. */
export function describeOptions(options: Options): string {
    const rows = Object.values(options).map(({ flag, env, value, help, standard }) => ({
        left: `  --${flag} <${value}>`,
        right: `${help} [${env}${standard === undefined ? "" : `, default ${standard}`}]`,
    }));
    const width = Math.max(...rows.map(({ left }) => left.length));
    return rows.map(({ left, right }) => `${left.padEnd(width)}  ${right}`).join("\n");
}
