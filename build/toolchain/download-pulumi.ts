import { PulumiCommand } from "@pulumi/pulumi/automation";

// A process of its own, because an install cannot be given up otherwise: node download-pulumi.ts FOLDER
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: download-pulumi.ts FOLDER");
PulumiCommand.install({ root: folder }).then(
    ({ version }) => process.stdout.write(`Pulumi ${version} is in ${folder}\n`),
    (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
    },
);
