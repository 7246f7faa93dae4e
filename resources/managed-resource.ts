import { relative, sep } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/**
 * Where the code that manages a kind of object stands. Both names are recorded in the state of every resource of the kind:
 * once released, a module may move and an export be renamed only if the old name still leads there.
 */
export interface ProviderCode {
    /** Folder of the module, in the folder of this file. */
    readonly folder: string;
    /** Module below the folder, without extension. */
    readonly module: string;
    /** Its export: a `pulumi.dynamic.ResourceProvider`. */
    readonly exportName: string;
}

/**
 * A dynamic resource whose code stays in this package.
 *
 * `pulumi.dynamic.Resource` writes every captured function into every resource: more than 100 kB for a provider of some
 * size, in inputs and outputs, and all of it again into every checkpoint, of which there is one a step. Here a resource
 * carries only the name of its code, and `load-provider.js` finds it at run time, as other providers are found by name and
 * version. So the code that deletes is today's: it reads what older versions recorded.
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

/**
 * Text of a provider as it stands in `__provider`: a CommonJS module whose `handler()` is the provider. The same on every
 * machine, wherever the package lies: it is looked for upwards from the program's folder and from Pulumi's own code.
 */
export function providerText({ folder, module, exportName }: ProviderCode): string {
    const path = `${relative(__dirname, folder).split(sep).join("/")}/${module}`;
    return [
        `const{existsSync:e}=require("node:fs"),{dirname:d,join:j}=require("node:path");`,
        `const l="resources/load-provider.js",is=p=>e(j(p,l))&&require(j(p,"package.json")).name==="millrace";`,
        `const find=f=>[f,j(f,"node_modules/millrace")].find(is)??(d(f)===f?undefined:find(d(f)));`,
        "exports.handler=()=>{const p=find(process.cwd())??find(require.main.filename);",
        `if(!p)throw new Error("the package millrace, which manages this resource, is not installed in "+process.cwd()+`,
        `"\\n  Way out: npm install millrace in the folder of Pulumi.yaml, then the same command again.");`,
        `return require(j(p,l)).loadProvider("${path}","${exportName}")}`,
    ].join("");
}
