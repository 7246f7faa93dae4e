import { join } from "node:path";
import { providerText } from "../../resources/managed-resource";
import { runStatement } from "../../resources/trino/api";
import { type ProviderProcess, StackResource } from "../support/provider-process";

/** A Trino that a matrix runs against. */
export interface TrinoUnderTest {
    readonly access: {
        readonly url: string;
        readonly user: string;
        readonly password?: string;
        readonly certificate?: string;
    };
    readonly process: ProviderProcess;
    /** Beginning of the names of catalogs. */
    readonly prefix: string;
    /** Name of a secret in the server's environment that is a size, such as `10MB`. */
    readonly secret: string;
    /** Folder below which its catalogs may keep files. */
    readonly folder: string;
}

/** Kinds of resources, and where their providers stand. */
export const TRINO_CODE = {
    catalog: code("catalog"),
    schema: code("schema"),
    view: code("view"),
    materializedView: code("view", "materializedView"),
} as const;

function code(kind: string, provider = kind) {
    const folder = join(__dirname, "..", "..", "resources", "trino");
    return { folder, module: `${kind}-provider`, exportName: `${provider}Provider` };
}

/** A resource of one kind, as a stack holds it. */
export function resourceOf(under: TrinoUnderTest, kind: keyof typeof TRINO_CODE): StackResource {
    return new StackResource(under.process, providerText(TRINO_CODE[kind]));
}

/** Runs a statement as anybody else would. */
export async function statement(under: TrinoUnderTest, sql: string): Promise<readonly (readonly unknown[])[]> {
    return (await runStatement(under.access, sql)).rows;
}

/** Removes a catalog with everything that lives in it. */
export async function dropCatalog(under: TrinoUnderTest, catalog: string): Promise<void> {
    await statement(under, `DROP CATALOG "${catalog}"`).catch((error: Error) => {
        if (!error.message.startsWith("CATALOG_NOT_FOUND")) throw error;
    });
}

/** The connector of a catalog; undefined when there is none. */
export async function connectorOf(under: TrinoUnderTest, catalog: string): Promise<unknown> {
    const rows = await statement(under, `SELECT * FROM system.metadata.catalogs WHERE catalog_name = '${catalog}'`);
    return rows[0]?.[2];
}

/** What read, create, update and delete say when they are given credentials that are none. */
export async function sayingsWith(
    { process }: TrinoUnderTest,
    resource: StackResource,
    inputs: Record<string, unknown>,
): Promise<string[]> {
    const recorded = { ...resource.state?.outputs, ...inputs, __provider: resource.provider };
    const id = resource.state?.id ?? "";
    const attempts = [
        () => process.read(id, recorded),
        () => process.create(recorded),
        () => process.update(id, resource.state?.outputs ?? {}, recorded),
        () => process.delete(id, recorded),
    ];
    const said: string[] = [];
    for (const attempt of attempts) {
        said.push(
            await attempt().then(
                () => "nothing was thrown",
                (error: Error) => error.message,
            ),
        );
    }
    return said;
}
