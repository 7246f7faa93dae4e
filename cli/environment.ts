import { shellQuoted } from "../hosts/probe-script";
import { recordedImages } from "./image-decision";
import { pulumiEnvironment } from "./stack";
import { prepareState, stackEnvironment } from "./workspace";

/**
 * Shell commands that make a plain `pulumi …` work on our stack: tools, backend, passphrase, stack and the image way.
 * For `eval "$(make -s env)"`.
 */
export function shellEnvironment(): string {
    prepareState();
    const images = recordedImages(stackEnvironment().PULUMI_STACK);
    return Object.entries(pulumiEnvironment(images))
        .map(([name, value]) => `export ${name}=${shellQuoted(value)}`)
        .join("\n");
}
