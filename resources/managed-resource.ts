import * as pulumi from "@pulumi/pulumi";
import { buildSync } from "esbuild";
import { deflateSync } from "fflate";

/** Where the code that manages a kind of object stands. */
export interface ProviderCode {
    /** Folder of the module. */
    readonly folder: string;
    /** Module below the folder, without extension. */
    readonly module: string;
    /** Its export: a `pulumi.dynamic.ResourceProvider`. */
    readonly exportName: string;
}

/**
 * A dynamic resource whose code is bundled instead of serialized function by function.
 *
 * `pulumi.dynamic.Resource` writes every captured function with a wrapper, unminified, into every resource: more than
 * 100 kB for a provider of some size, in inputs and outputs. A bundle, packed, is a sixth of that, takes a tenth of the
 * time, and runs as it was written. The engine sees the same type and the same `__provider` text either way.
 */
export abstract class ManagedResource extends pulumi.CustomResource {
    /** @param type `module:Kind`, as in `pinot:Table`. */
    constructor(
        code: ProviderCode,
        type: string,
        name: string,
        props: pulumi.Inputs,
        opts?: pulumi.CustomResourceOptions,
    ) {
        super(`pulumi-nodejs:dynamic/${type}`, name, { ...props, __provider: providerText(code) }, opts);
    }
}

const bundled: Record<string, string> = {};

/**
 * Text of a provider as it stands in `__provider`: a CommonJS module whose `handler()` is the provider. It unpacks the
 * code of {@link providerCode}. Packed by fflate: Node.js's own zlib gives other bytes on other processors, and a text
 * that differs is a change of every resource.
 */
export function providerText(code: ProviderCode): string {
    const { folder, module, exportName } = code;
    const key = `${folder}/${module}#${exportName}`;
    bundled[key] ??= unpacking(Buffer.from(deflateSync(Buffer.from(providerCode(code)), { level: 9 })));
    return bundled[key];
}

function unpacking(packed: Buffer): string {
    return (
        `const code=require("node:zlib").inflateRawSync(Buffer.from("${packed.toString("base64")}","base64"));` +
        `new Function("module","exports","require",code.toString())(module,exports,require);`
    );
}

/** The code of a provider, with everything of ours that it imports: a minified CommonJS module. */
export function providerCode({ folder, module, exportName }: ProviderCode): string {
    const { outputFiles } = buildSync({
        stdin: {
            contents: `import { ${exportName} as provider } from "./${module}"; export const handler = () => provider;`,
            resolveDir: folder,
        },
        bundle: true,
        write: false,
        minify: true,
        platform: "node",
        format: "cjs",
        target: "node22",
        charset: "utf8",
        legalComments: "none",
        // Packages are found at run time, in the folder of the program.
        packages: "external",
        // The text must not depend on the settings of the program that uses this package.
        tsconfigRaw: {},
    });
    return outputFiles[0]?.text ?? "";
}
