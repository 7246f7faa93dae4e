// Plain JavaScript: it is loaded by the process of dynamic providers, which runs no TypeScript.
const Module = require("node:module");
const { dirname, join } = require("node:path");

/**
 * The provider of a kind, from the TypeScript beside this file: bundled once a process, which takes some 30 ms, and run
 * with the packages of this package.
 *
 * @param {string} module path below this folder, without extension: `pinot/table-provider`.
 * @param {string} exportName its export, a `pulumi.dynamic.ResourceProvider`.
 * @returns {unknown} the provider.
 */
exports.loadProvider = (module, exportName) => {
    const { buildSync } = require("esbuild");
    const { outputFiles } = buildSync({
        entryPoints: [join(__dirname, `${module}.ts`)],
        bundle: true,
        write: false,
        sourcemap: "inline",
        platform: "node",
        format: "cjs",
        target: "node22",
        packages: "external",
        logLevel: "silent",
        // The code must not depend on the settings of the program that uses this package.
        tsconfigRaw: {},
    });
    const file = join(__dirname, `${module}.bundle.js`);
    const bundle = new Module(file);
    bundle.filename = file;
    bundle.paths = Module._nodeModulePaths(dirname(file));
    bundle._compile(outputFiles[0].text, file);
    return bundle.exports[exportName];
};
