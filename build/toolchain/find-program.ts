import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * All executables of a name on a PATH, in its order.
 * @param without folders that do not count.
 */
export function programsOnPath(name: string, path: string, without: readonly string[] = []): string[] {
    return path
        .split(delimiter)
        .filter((folder) => folder !== "" && !without.includes(folder))
        .map((folder) => join(folder, name))
        .filter(isExecutable);
}

/** Whether a file exists that this user can run. */
export function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
    } catch {
        return false;
    }
}

/** Whether a path lies in a folder, also by way of links. */
export function isBelow(path: string, folder: string): boolean {
    const real = (some: string): string => {
        try {
            return realpathSync(some);
        } catch {
            return some;
        }
    };
    return `${real(path)}/`.startsWith(`${real(folder)}/`);
}
