import { chmodSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { baseArguments, calledHelpers, readRecipe } from "../../../lib/images/recipe";
import { Project } from "./project";

const FILES = {
    "build/images/base/Dockerfile": "FROM scratch\nADD rootfs.tar /\n",
    "build/images/base/prepare.sh": "rootfs trixie rootfs.tar\n",
    "build/images/server/Dockerfile": "ARG BASE_IMAGE\nFROM $BASE_IMAGE\nCOPY bin /opt/bin\n",
    "build/images/server/bin/start.sh": "exec server\n",
    "build/images/program/Dockerfile": "ARG BASE_IMAGE=node:24\nFROM $BASE_IMAGE\nCOPY program.js /\n",
    "build/images/program/prepare.sh": "bundle programs/main.ts program.js\n",
    "build/image-builder/prepare/rootfs": "make one\n",
    "build/image-builder/prepare/jars": "mvn\n",
    "build/image-builder/prepare/bundle": "esbuild\n",
    "programs/main.ts": 'import { help } from "./help";\nimport { z } from "zod";\n',
    "programs/help.ts": "export const help = 1;\n",
    "programs/unused.ts": "export const unused = 1;\n",
    "package-lock.json": JSON.stringify({
        packages: {
            "node_modules/zod": { version: "4.0.0", integrity: "a" },
            "node_modules/esbuild": { version: "1.0.0", integrity: "b" },
            "node_modules/jest": { version: "1.0.0", integrity: "c" },
        },
    }),
    "tsconfig.json": "{}",
};

describe("the tag of a built image", () => {
    let project: Project;
    beforeEach(() => {
        project = new Project(FILES);
    });
    afterEach(() => project.remove());

    const tag = (name: string, source: "built" | "registry" = "built"): string =>
        readRecipe(project.root, name, source).tag;
    const change = (path: keyof typeof FILES): void => project.write(path, `${FILES[path]}# changed\n`);

    it("is the image's name and twelve hex digits", () => {
        expect(tag("server")).toMatch(/^millrace\/server:[0-9a-f]{12}$/);
    });

    it("changes with every file of the folder, a new one too", () => {
        const tags = [tag("server")];
        change("build/images/server/Dockerfile");
        tags.push(tag("server"));
        change("build/images/server/bin/start.sh");
        tags.push(tag("server"));
        project.write("build/images/server/bin/stop.sh", "");
        tags.push(tag("server"));
        expect(new Set(tags).size).toBe(4);
    });

    it("changes when a file is only renamed, or content moves from one file to the next", () => {
        const before = tag("server");
        project.write("build/images/server/bin/a", "12");
        project.write("build/images/server/bin/b", "3");
        const first = tag("server");
        project.write("build/images/server/bin/a", "1");
        project.write("build/images/server/bin/b", "23");
        expect(new Set([before, first, tag("server")]).size).toBe(3);
    });

    it("changes with what it is built from, down to the helpers that this is prepared with", () => {
        const tags = [tag("server")];
        change("build/images/base/Dockerfile");
        tags.push(tag("server"));
        change("build/image-builder/prepare/rootfs");
        tags.push(tag("server"));
        expect(new Set(tags).size).toBe(3);
    });

    it("stays when something changes that the image is not made of", () => {
        const before = [tag("server"), tag("base"), tag("program")];
        change("build/image-builder/prepare/jars");
        project.write("build/images/server/README.md", "words");
        project.write("build/images/server/.start.sh.swp", "editor");
        project.write("build/images/other/Dockerfile", "FROM scratch\n");
        change("programs/unused.ts");
        // git keeps neither times nor, on every file system, modes.
        chmodSync(join(project.root, "build/images/server/bin/start.sh"), 0o755);
        expect([tag("server"), tag("base"), tag("program")]).toEqual(before);
    });

    it("stays for a server when only a program's sources change, and the other way round", () => {
        const [server, program] = [tag("server"), tag("program")];
        change("programs/help.ts");
        expect(tag("server")).toBe(server);
        expect(tag("program")).not.toBe(program);
        const changed = tag("program");
        change("build/images/server/bin/start.sh");
        expect(tag("program")).toBe(changed);
    });

    it("of a program changes with its entry, what this imports, the bundler, and the packages in it", () => {
        const tags = [tag("program")];
        for (const path of ["programs/main.ts", "programs/help.ts", "tsconfig.json"] as const) {
            project.write(path, `${FILES[path]}\n`);
            tags.push(tag("program"));
        }
        for (const [from, to] of [
            ["4.0.0", "4.0.1"],
            ['"b"', '"bb"'],
        ] as const) {
            project.write("package-lock.json", FILES["package-lock.json"].replace(from, to));
            tags.push(tag("program"));
        }
        expect(new Set(tags).size).toBe(6);
    });

    it("of a program stays when a package changes that is not in it", () => {
        const before = tag("program");
        project.write("package-lock.json", FILES["package-lock.json"].replace('"c"', '"cc"'));
        expect(tag("program")).toBe(before);
    });

    it("of a program on a registry's base is another one, and does not depend on our own base", () => {
        expect(tag("program", "registry")).not.toBe(tag("program"));
        const before = tag("program", "registry");
        change("build/images/base/Dockerfile");
        expect(tag("program", "registry")).toBe(before);
    });

    it("is the same for the same content, whatever it is", () => {
        fc.assert(
            fc.property(fc.string(), fc.string(), (one, other) => {
                project.write("build/images/server/bin/start.sh", one);
                const first = tag("server");
                project.write("build/images/server/bin/start.sh", other);
                return (tag("server") === first) === (one === other);
            }),
            { numRuns: 50 },
        );
    });
});

describe("a recipe", () => {
    it("that does not exist is named, with those that do", () => {
        const project = new Project(FILES);
        expect(() => readRecipe(project.root, "kafak", "built")).toThrow(
            /image "kafak" has no .*Dockerfile; there are base, program, server/,
        );
        project.remove();
    });

    it("names who needs a base that does not exist", () => {
        const project = new Project({ ...FILES, "build/images/server/Dockerfile": "ARG JAVA_IMAGE\n" });
        expect(() => readRecipe(project.root, "server", "built")).toThrow(
            /image "java", which "server" is built from, has no .*java\/Dockerfile/,
        );
        project.remove();
    });

    it("names the circle when images are built from each other", () => {
        const project = new Project({ ...FILES, "build/images/base/Dockerfile": "ARG SERVER_IMAGE\n" });
        expect(() => readRecipe(project.root, "server", "built")).toThrow(/in a circle: server → base → server/);
        project.remove();
    });

    it("names the file whose import leads nowhere", () => {
        const project = new Project({ ...FILES, "programs/help.ts": 'import "./gone";' });
        expect(() => readRecipe(project.root, "program", "built")).toThrow(
            'programs/help.ts imports "./gone", which does not exist',
        );
        project.remove();
    });
});

describe("a Dockerfile's bases", () => {
    it("are its arguments that end in _IMAGE", () => {
        expect(baseArguments("ARG JAVA_IMAGE\nFROM $JAVA_IMAGE\nARG VERSION=1\nARG IMAGE\n")).toEqual([
            { argument: "JAVA_IMAGE", recipe: "java" },
        ]);
    });

    it("may have an image of a registry as default, in quotes or not", () => {
        expect(baseArguments('ARG NODE_IMAGE=node:24-trixie-slim\nARG HIVE_BASE_IMAGE="a/b:1"\n')).toEqual([
            { argument: "NODE_IMAGE", recipe: "node", fallback: "node:24-trixie-slim" },
            { argument: "HIVE_BASE_IMAGE", recipe: "hive-base", fallback: "a/b:1" },
        ]);
    });

    it("are not what comments speak of", () => {
        expect(baseArguments("# ARG JAVA_IMAGE\n#ARG NODE_IMAGE=node\n")).toEqual([]);
    });
});

describe("the helpers of a prepare.sh", () => {
    const helpers = ["bundle", "maven-jars", "npm-binary"];

    it("are the commands that it calls, wherever on a line", () => {
        expect(calledHelpers("set -eu\nif true; then maven-jars pom.xml libs; fi && bundle a b", helpers)).toEqual([
            "bundle",
            "maven-jars",
        ]);
    });

    it("are not words of comments or parts of other words", () => {
        expect(calledHelpers("# maven-jars\nmy-bundle x\nmaven-jars-old y", helpers)).toEqual([]);
    });
});
