import { IDS_OF_RUN, RowSum, rowHash, rowText } from "../../pipelines/customer-cdc/row-hash";
import { type Random, randomOf } from "../random";

/** A value of a column. */
export type Value = string | number | null;

/** One statement's worth of change, on one row. */
export type Change =
    | { readonly do: "insert"; readonly table: TableName; readonly row: Readonly<Record<string, Value>> }
    | {
          readonly do: "update";
          readonly table: TableName;
          readonly id: number;
          readonly set: Readonly<Record<string, Value>>;
      }
    | { readonly do: "delete"; readonly table: TableName; readonly id: number };

/** What is changed. */
export type TableName = "person" | "orders";

/** Changes that are carried out together, or not at all. */
export interface Transaction {
    /** 1, 2, 3 … within the run. */
    readonly sequence: number;
    readonly changes: readonly Change[];
    /** It is undone at its end: nobody may ever see any of it. */
    readonly rolledBack: boolean;
}

/** Parameters of {@link Workload}. */
export interface WorkloadArgs {
    readonly seed: number;
    /** Ids of the run's rows are this and the {@link IDS_OF_RUN} − 1 after it. */
    readonly firstId: number;
    /** About so many persons live at a time. */
    readonly persons: number;
    /** The run's begin, in epoch milliseconds: orders are made around it. */
    readonly start: number;
}

/** The first id of a run: no two runs that begin in different seconds share one. */
export function firstIdOf(start: number): number {
    // 9 × 10⁶ of them, each of 10⁹, stay below 2⁵³.
    return (Math.floor(start / 1_000) % 9_000_000) * IDS_OF_RUN + 1_000_000;
}

interface Row {
    readonly values: Readonly<Record<string, Value>>;
    readonly hash: number;
}

const COLUMNS: Readonly<Record<TableName, readonly string[]>> = {
    person: ["id", "customer_id", "name"],
    orders: ["id", "customer_id", "status", "amount_cents", "note", "ordered_at"],
};

/** Texts that have broken programs: quotes, backslashes, controls, other scripts, surrogate pairs, right to left. */
const TEXTS = [
    "Ada",
    "Grace O'Hopper",
    'the "quoted"',
    "back\\slash",
    "tab\tand\nline",
    "Zoë Müller",
    "王小明",
    "Владимир",
    "עברית",
    "👩‍👩‍👧‍👦 & 🌍",
    " blanks around ",
    '{"json": [1, null]}',
    "null",
    "e\u0301 is not é",
] as const;

const STATUSES = ["new", "paid", "shipped", "returned"] as const;
const DAY_MILLIS = 86_400_000;

/** What a run counts, besides what is there in the end. */
export const CHANGE_TOTALS = ["inserts", "updates", "deletes", "key_changes", "transactions", "rollbacks"] as const;

/**
 * Changes of a customer service: a pure function of its parameters, one transaction after the other. It keeps what has
 * to be in the source, and so in everything behind it, after each of them.
 */
export class Workload {
    private readonly random: Random;
    private readonly rows = { person: new Map<number, Row>(), orders: new Map<number, Row>() };
    /** Ids that are there, so that one can be picked at random. */
    private readonly ids: Record<TableName, number[]> = { person: [], orders: [] };
    private readonly places = { person: new Map<number, number>(), orders: new Map<number, number>() };
    private readonly sums = { person: new RowSum(), orders: new RowSum() };
    private readonly counts = Object.fromEntries(CHANGE_TOTALS.map((name) => [name, 0])) as Record<
        (typeof CHANGE_TOTALS)[number],
        number
    >;
    private nextId: number;
    private sequence = 0;

    constructor(private readonly args: WorkloadArgs) {
        this.random = randomOf(`customer-cdc ${args.seed}`);
        this.nextId = args.firstId;
    }

    /** The next transaction. What it leaves behind is already counted: it has to be carried out before the next one. */
    next(): Transaction {
        const rolledBack = this.random.fraction() < 0.08;
        const count = 1 + Math.floor(this.random.fraction() ** 3 * 20);
        const undo: (() => void)[] = [];
        const counts = { ...this.counts };
        const changes = Array.from({ length: count }, () => this.change(undo)).flat();
        this.sequence++;
        if (rolledBack) {
            for (const step of undo.reverse()) step();
            Object.assign(this.counts, counts);
            this.counts.rollbacks++;
        } else this.counts.transactions++;
        return { sequence: this.sequence, changes, rolledBack };
    }

    /** Counts so far, and rows and their hash by table: what the stores have to have in the end. */
    totals(): Record<string, number> {
        return {
            ...this.counts,
            person_rows: this.sums.person.count,
            person_hash: this.sums.person.value,
            orders_rows: this.sums.orders.count,
            orders_hash: this.sums.orders.value,
        };
    }

    /** Rows that have to be there, each as the values of its columns. */
    expected(table: TableName): Value[][] {
        return [...this.rows[table].values()].map(({ values }) => valuesOf(table, values));
    }

    private change(undo: (() => void)[]): Change {
        const table: TableName = this.random.fraction() < 0.4 ? "person" : "orders";
        const wanted = table === "person" ? this.args.persons : this.args.persons * 3;
        const full = this.ids[table].length >= wanted;
        const dice = this.random.fraction();
        const insertShare = full ? 0.12 : 0.5;
        if (this.ids[table].length === 0 || dice < insertShare) return this.insert(table, undo);
        const id = this.random.pick(this.ids[table]);
        if (dice < insertShare + (full ? 0.18 : 0.1)) {
            this.counts.deletes++;
            this.put(table, id, undefined, undo);
            return { do: "delete", table, id };
        }
        if (dice > 0.95) {
            this.counts.key_changes++;
            return this.update(table, id, { id: this.nextId++ }, undo);
        }
        this.counts.updates++;
        return this.update(table, id, this.news(table), undo);
    }

    private insert(table: TableName, undo: (() => void)[]): Change {
        this.counts.inserts++;
        const id = this.nextId++;
        const customer_id = this.random.below(1_000_000);
        const back = this.random.below(500 * DAY_MILLIS);
        const row =
            table === "person"
                ? { id, customer_id, name: this.text() }
                : {
                      id,
                      customer_id,
                      status: "new",
                      amount_cents: this.random.below(1_000_000),
                      note: this.note(),
                      ordered_at: this.args.start - back,
                  };
        this.put(table, id, row, undo);
        return { do: "insert", table, row };
    }

    private update(table: TableName, id: number, set: Readonly<Record<string, Value>>, undo: (() => void)[]): Change {
        const before = this.rows[table].get(id)?.values ?? {};
        const after = { ...before, ...set };
        this.put(table, id, undefined, undo);
        this.put(table, Number(after.id), after, undo);
        return { do: "update", table, id, set };
    }

    private news(table: TableName): Readonly<Record<string, Value>> {
        if (table === "person") return { name: this.text() };
        const dice = this.random.fraction();
        if (dice < 0.5) return { status: this.random.pick(STATUSES) };
        return dice < 0.8 ? { note: this.note() } : { amount_cents: this.random.below(1_000_000), status: "paid" };
    }

    private text(): string {
        return `${this.random.pick(TEXTS)} ${this.random.below(10_000)}`;
    }

    private note(): string | null {
        const dice = this.random.fraction();
        if (dice < 0.3) return null;
        // Longer than two kilobytes, PostgreSQL keeps it apart, and out of the log of updates that leave it alone.
        if (dice < 0.32) return Array.from({ length: 120 }, () => this.random.uuid()).join(" ");
        return dice < 0.4 ? "" : this.text();
    }

    private put(
        table: TableName,
        id: number,
        values: Readonly<Record<string, Value>> | undefined,
        undo: (() => void)[],
    ): void {
        const before = this.rows[table].get(id)?.values;
        undo.push(() => this.set(table, id, before));
        this.set(table, id, values);
    }

    private set(table: TableName, id: number, values: Readonly<Record<string, Value>> | undefined): void {
        const [rows, ids, places, sum] = [this.rows[table], this.ids[table], this.places[table], this.sums[table]];
        const before = rows.get(id);
        if (before !== undefined) sum.remove(before.hash);
        if (values !== undefined) {
            const hash = rowHash(rowText(valuesOf(table, values)));
            sum.add(hash);
            rows.set(id, { values, hash });
            if (before === undefined) places.set(id, ids.push(id) - 1);
            return;
        }
        if (before === undefined) return;
        rows.delete(id);
        // The last one takes its place, so that picking stays quick.
        const [place, last] = [places.get(id) ?? 0, ids.pop() ?? id];
        places.delete(id);
        if (last !== id) {
            ids[place] = last;
            places.set(last, place);
        }
    }
}

function valuesOf(table: TableName, values: Readonly<Record<string, Value>>): Value[] {
    return COLUMNS[table].map((column) => values[column] ?? null);
}
