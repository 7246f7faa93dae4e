import { below, type Difference, type Flat, within } from "../document";
import type { TableColumn, TableDocument } from "./documents";
import { literal, name } from "./sql-text";
import { keyParts } from "./table-form";
import { bracketed, columnSql, constraintSql, indexSql, keySql, settingsSql, ttlSql } from "./table-sql";
import { losesNothing } from "./type-change";

/** How a table is brought to what is declared. */
export interface TablePlan {
    /** Commands of ALTER TABLE. Those that cannot stand in one statement with others are in lists of their own. */
    readonly alters: readonly (readonly string[])[];
    /** What no ALTER can change: the table has to be made anew. */
    readonly recreated: readonly Difference[];
    /** Columns whose values would be lost, or may be. */
    readonly losses: readonly ColumnLoss[];
}

/** A column that goes, or whose values may not all fit its new type. */
export interface ColumnLoss {
    /** As in `columns.price`. */
    readonly path: string;
    readonly column: string;
    /** What its values would have to fit; undefined where the column goes, or is stored no more. */
    readonly to?: string;
    /** `column price would be dropped`. */
    readonly what: string;
}

const IMMUTABLE = ["engine", "partitionBy", "primaryKey", "sampleBy"];

/**
 * What has to be done to a table that holds its rows itself.
 * @param found where it is not what is declared.
 * @param held its columns, as `path → text`.
 */
export function planTable(declared: TableDocument, found: readonly Difference[], held: Flat): TablePlan {
    const columns = columnCommands(declared, found, held);
    const sorting = sortingCommand(declared, found, held);
    const settings = settingCommands(declared, found);
    const commands = [...columns.commands, ...sorting.commands, ...otherCommands(declared, found)];
    return {
        // The list of settings takes every comma that follows it for its own, on servers without brackets too.
        alters: [
            columns.first,
            [...commands, ...settings.slice(0, 1)],
            ...settings.slice(1).map((command) => [command]),
        ].filter((alter) => alter.length > 0),
        recreated: [...found.filter(({ path }) => IMMUTABLE.some((part) => within(path, part))), ...sorting.refused],
        losses: columns.losses,
    };
}

/** One statement of all commands. Brackets keep the lists within them apart; a single command needs none. */
export function alterSql(table: string, commands: readonly string[]): string {
    const text = commands.length === 1 ? commands[0] : commands.map((command) => `(${command})`).join(", ");
    return `ALTER TABLE ${table} ${text}`;
}

/** Names of columns, in their order. */
export function columnNames(form: Flat): string[] {
    return form.order === undefined || form.order === "[]" ? [] : (JSON.parse(form.order) as string[]);
}

/** Path of a column, or of its part. */
export function columnPath(column: string, part?: string): string {
    const path = below("columns", column);
    return part === undefined ? path : below(path, part);
}

function columnCommands(
    declared: TableDocument,
    found: readonly Difference[],
    held: Flat,
): { first: string[]; commands: string[]; losses: ColumnLoss[] } {
    const wanted = new Set(declared.columns.map((column) => column.name));
    const before = columnNames(held);
    const gone = before.filter((column) => !wanted.has(column));
    const order = before.filter((column) => wanted.has(column));
    const commands = gone.map((column) => `DROP COLUMN ${name(column)}`);
    const losses: ColumnLoss[] = gone
        .filter((column) => isStored(held[columnPath(column, "value")]))
        .map((column) => ({
            path: columnPath(column),
            column,
            what: `column ${column} is not declared and would be dropped`,
        }));
    declared.columns.forEach((column, at) => {
        const place = at === 0 ? " FIRST" : ` AFTER ${name(declared.columns[at - 1]?.name ?? "")}`;
        const isNew = !before.includes(column.name);
        const isMoved = !isNew && order[at] !== column.name;
        if (isNew) commands.push(`ADD COLUMN ${columnSql(column)}${place}`);
        else if (isStoredOtherwise(column, found, held)) {
            // No ALTER takes a column out of storage, or into it, with all that belongs to it.
            commands.push(`DROP COLUMN ${name(column.name)}`, `ADD COLUMN ${columnSql(column)}${place}`);
        } else commands.push(...changesOf(column, found, isMoved ? place : ""));
        if (isMoved) order.splice(order.indexOf(column.name), 1);
        if (isNew || isMoved) order.splice(at, 0, column.name);
        const loss = isNew ? undefined : lossOf(column, found, held);
        if (loss !== undefined) losses.push(loss);
    });
    // A change of type keeps the old default, which may not fit: it goes in a statement of its own, before.
    const first = declared.columns
        .filter(({ name: called }) => {
            const at = (part: string) => found.find(({ path }) => path === columnPath(called, part));
            const [type, value] = [at("type"), at("value")];
            return type?.actual !== undefined && isStored(value?.actual) && isTakenAway(value);
        })
        .map((column) => removalOf(column, found));
    return { first, commands: commands.filter((command) => !first.includes(command)), losses };
}

function isTakenAway(difference: Difference | undefined): boolean {
    return difference !== undefined && difference.expected === undefined;
}

function removalOf(column: TableColumn, found: readonly Difference[]): string {
    const value = found.find(({ path }) => path === columnPath(column.name, "value"));
    return `MODIFY COLUMN ${name(column.name)} REMOVE ${value?.actual?.split(" ")[0]}`;
}

/** Parts of a column that can be taken away, and the word for it. */
const REMOVABLE = { comment: "COMMENT", codec: "CODEC", ttl: "TTL" } as const;

function changesOf(column: TableColumn, found: readonly Difference[], place: string): string[] {
    const parts = found.filter(({ path }) => within(path, columnPath(column.name)));
    const at = (part: string): Difference | undefined =>
        parts.find(({ path }) => path === columnPath(column.name, part));
    const removed = [
        ...(isTakenAway(at("value")) ? [removalOf(column, found)] : []),
        ...Object.entries(REMOVABLE)
            .filter(([part]) => isTakenAway(at(part)))
            .map(([, word]) => `MODIFY COLUMN ${name(column.name)} REMOVE ${word}`),
    ];
    const statistics = at("statistics");
    const isSet = parts.some(({ path, expected }) => expected !== undefined && path !== statistics?.path);
    return [
        ...(isSet || place !== "" ? [`MODIFY COLUMN ${columnSql({ ...column, statistics: "" })}${place}`] : []),
        ...removed,
        ...(statistics === undefined
            ? []
            : statistics.expected === undefined
              ? [`DROP STATISTICS ${name(column.name)}`]
              : [`MODIFY STATISTICS ${name(column.name)} TYPE ${column.statistics}`]),
    ];
}

function isStoredOtherwise(column: TableColumn, found: readonly Difference[], held: Flat): boolean {
    const path = columnPath(column.name, "value");
    const change = found.find((difference) => difference.path === path);
    return change !== undefined && isStored(held[path]) !== isStored(change.expected);
}

function lossOf(column: TableColumn, found: readonly Difference[], held: Flat): ColumnLoss | undefined {
    const path = columnPath(column.name);
    const [type, value] = ["type", "value"].map((part) => found.find((one) => one.path === `${path}.${part}`));
    if (!isStored(held[`${path}.value`])) return undefined;
    if (value !== undefined && !isStored(value.expected)) {
        const kind = value.expected?.split(" ")[0];
        return { path, column: column.name, what: `column ${column.name} would be ${kind}, and its values dropped` };
    }
    if (type?.actual === undefined || losesNothing(type.actual, column.type)) return undefined;
    const what = `values of column ${column.name} may not fit from ${type.actual} into ${column.type}`;
    return { path: `${path}.type`, column: column.name, to: column.type, what };
}

function isStored(value: string | undefined): boolean {
    return !/^(ALIAS|EPHEMERAL)/.test(value ?? "");
}

/** A sorting key can grow by columns that come with the same change, and by nothing else. */
function sortingCommand(
    declared: TableDocument,
    found: readonly Difference[],
    held: Flat,
): { commands: string[]; refused: Difference[] } {
    const change = found.find(({ path }) => path === "orderBy");
    if (change === undefined) return { commands: [], refused: [] };
    const [old, next] = [keyParts(change.actual), keyParts(change.expected)];
    const before = new Set(columnNames(held));
    const added = new Set(
        declared.columns
            .filter((column) => !before.has(column.name) && column.default === undefined)
            .map((column) => column.name),
    );
    const grows = old.length > 0 && old.every((part, at) => next[at] === part) && old.length < next.length;
    if (!grows || !next.slice(old.length).every((part) => added.has(part))) return { commands: [], refused: [change] };
    return { commands: [`MODIFY ORDER BY ${keySql(declared.orderBy)}`], refused: [] };
}

function otherCommands(declared: TableDocument, found: readonly Difference[]): string[] {
    const lists = [
        ["indices", "INDEX", (declared.indices ?? []).map((one) => [one.name, indexSql(one)] as const)],
        [
            "projections",
            "PROJECTION",
            (declared.projections ?? []).map(
                (one) => [one.name, `PROJECTION ${name(one.name)} ${bracketed(one.query)}`] as const,
            ),
        ],
        [
            "constraints",
            "CONSTRAINT",
            (declared.constraints ?? []).map((one) => [one.name, constraintSql(one)] as const),
        ],
    ] as const;
    const commands = lists.flatMap(([list, word, items]) => {
        const changed = found.filter(({ path }) => within(path, list));
        const held = namesIn(
            changed.filter(({ actual }) => actual !== undefined),
            list,
        );
        const wanted = namesIn(changed, list);
        return [
            ...held.map((one) => `DROP ${word} ${name(one)}`),
            ...items.filter(([one]) => wanted.includes(one)).map(([, sql]) => `ADD ${sql}`),
        ];
    });
    if (found.some(({ path }) => path === "comment")) {
        commands.push(`MODIFY COMMENT ${literal(declared.comment ?? "")}`);
    }
    if (found.some(({ path }) => path === "ttl")) {
        const ttl = ttlSql(declared.ttl);
        commands.push(ttl === undefined ? "REMOVE TTL" : `MODIFY TTL ${ttl}`);
    }
    return commands;
}

function settingCommands({ settings = {} }: TableDocument, found: readonly Difference[]): string[] {
    const changed = found
        .filter(({ path }) => within(path, "settings"))
        .map(({ path }) => path.slice("settings.".length));
    const [set, reset] = [changed.filter((key) => key in settings), changed.filter((key) => !(key in settings))];
    return [
        ...(set.length > 0
            ? [`MODIFY SETTING ${settingsSql(Object.fromEntries(set.map((key) => [key, settings[key] ?? ""])))}`]
            : []),
        ...(reset.length > 0 ? [`RESET SETTING ${reset.join(", ")}`] : []),
    ];
}

/** Names of the elements that differences in a list are about. */
function namesIn(found: readonly Difference[], list: string): string[] {
    const names = found.map(({ path }) => {
        const [, plain, quoted] = /^(?:\.([^.[]+)|\[("(?:[^"\\]|\\.)*")\])/.exec(path.slice(list.length)) ?? [];
        return quoted === undefined ? (plain ?? "") : (JSON.parse(quoted) as string);
    });
    return [...new Set(names)];
}
