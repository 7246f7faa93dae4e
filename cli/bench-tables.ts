import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { toolchainEnvironment } from "../build/toolchain/environment";
import { hostAddress } from "../resources/addresses";
import type { SchemaDocument, TableDocument } from "../resources/pinot/documents";
import { PinotSchema } from "../resources/pinot/pinot-schema";
import { PinotTable } from "../resources/pinot/pinot-table";
import { PinotTableConfigs } from "../resources/pinot/pinot-table-configs";
import type { Figure } from "./bench";
import { ROOT } from "./workspace";

/** Seconds of the three things that are done to many resources. */
interface Timing {
    readonly up: number;
    readonly preview: number;
    readonly destroy: number;
}

/** What an `up` and a `destroy` of 200 tables and a preview that finds nothing may take, in seconds. */
const GOALS: Readonly<Record<number, Timing>> = { 200: { up: 16, preview: 5, destroy: 16 } };

/** Times the number of empty resources that separate schemas and tables may cost. */
const PAIRS_GOAL = 1.3;

/** A resource that does nothing: what Pulumi itself costs. */
class Empty extends pulumi.dynamic.Resource {
    constructor(name: string) {
        super({ create: async () => ({ id: name, outs: {} }) }, name, {});
    }
}

/**
 * How long Pulumi takes for many tables, against as many resources that do nothing: as one resource a table, and as
 * separate schemas and tables. In a stack of its own, whose tables are gone afterwards.
 * @param counts of tables.
 */
export async function tableFigures(controllerUrl: string, counts: readonly number[]): Promise<Figure[]> {
    const server = { controllerUrl: hostAddress(controllerUrl) };
    const common = { server, deletionProtection: false, onExists: "adopt", retentionOnDelete: "0d" } as const;
    const whole = (name: string): void => {
        new PinotTableConfigs(name, { ...common, schema: schemaOf(name), offline: tableOf(name) });
    };
    const pair = (name: string): void => {
        const { retentionOnDelete, ...ofSchema } = common;
        const { schema } = new PinotSchema(name, { ...ofSchema, schema: schemaOf(name) });
        new PinotTable(name, { ...ofSchema, retentionOnDelete, schema, table: tableOf(name) });
    };
    const figures: Figure[] = [];
    for (const count of counts) {
        const empty = await timed(count, (name) => void new Empty(name));
        const many = await timed(count, whole);
        for (const what of ["up", "preview", "destroy"] as const) {
            const goal = GOALS[count]?.[what];
            figures.push({
                name: `${what} of ${count} tables with their schemas`,
                value: many[what],
                unit: "s",
                baseline: { name: `${count} empty resources`, value: empty[what] },
                ...(goal !== undefined && { goal: { atMost: goal } }),
            });
        }
        const twice = await timed(2 * count, (name) => void new Empty(name));
        const pairs = await timed(count, pair);
        figures.push({
            name: `up of ${count} schemas and ${count} tables`,
            value: pairs.up,
            unit: "s",
            baseline: { name: `${2 * count} empty resources`, value: twice.up },
            goal: { atMost: round(PAIRS_GOAL * twice.up) },
        });
    }
    return figures;
}

async function timed(count: number, declare: (name: string) => void): Promise<Timing> {
    const folder = join(ROOT, ".tools", "bench");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, "state"), { recursive: true });
    const envVars: Record<string, string> = {
        ...toolchainEnvironment(ROOT),
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "of a stack that lives for one measurement",
    };
    // The Automation API looks for the CLI on this process's own PATH.
    Object.assign(process.env, { PATH: envVars.PATH });
    const program = async (): Promise<void> => {
        for (let index = 1; index <= count; index++) declare(`bench_${index}`);
    };
    const stack = await LocalWorkspace.createOrSelectStack(
        { stackName: "bench", projectName: "bench", program },
        { workDir: folder, envVars },
    );
    try {
        const up = await seconds(() => stack.up());
        const preview = await seconds(() => previewOfNothing(stack));
        const destroy = await seconds(() => stack.destroy());
        return { up, preview, destroy };
    } catch (error) {
        await stack.destroy().catch(() => undefined);
        throw error;
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

async function previewOfNothing(stack: Stack): Promise<void> {
    const { changeSummary } = await stack.preview();
    const { same: _same, ...changes } = changeSummary;
    if (Object.keys(changes).length > 0) throw new Error(`a second preview shows changes: ${JSON.stringify(changes)}`);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
    const started = performance.now();
    await work();
    return round((performance.now() - started) / 1000);
}

function round(value: number): number {
    return Math.round(value * 10) / 10;
}

function schemaOf(schemaName: string): SchemaDocument {
    return {
        schemaName,
        dimensionFieldSpecs: [
            { name: "id", dataType: "STRING" },
            { name: "kind", dataType: "STRING" },
        ],
        metricFieldSpecs: [{ name: "amount", dataType: "DOUBLE" }],
        dateTimeFieldSpecs: [
            { name: "ts", dataType: "LONG", format: "1:MILLISECONDS:EPOCH", granularity: "1:MILLISECONDS" },
        ],
    };
}

function tableOf(tableName: string): TableDocument {
    return {
        tableName,
        tableType: "OFFLINE",
        segmentsConfig: { timeColumnName: "ts", replication: "1" },
        tableIndexConfig: { loadMode: "MMAP" },
    };
}
