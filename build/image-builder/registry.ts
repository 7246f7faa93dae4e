import Docker from "dockerode";
import { IMAGES } from "../../lib/images";
import type { RegistryAnswer } from "./image-source";

/** The image that is asked for: the smallest that every stack can use. */
const ASKED = IMAGES.kafka.registry ?? "";

/** What is asked of the engine; tests bring their own. */
export interface RegistryClient {
    /** Whether the engine has the image already. */
    has(image: string): Promise<boolean>;
    /** Asks the image's registry for it, through the engine, so that mirrors, proxies and logins are as in a pull. */
    ask(image: string): Promise<void>;
}

/**
 * Whether an image registry answers this machine's engine.
 * @param timeout how long to wait for it, in milliseconds. @default 5000
 */
export async function registryAnswers({
    timeout = 5_000,
    client = engineClient(new Docker()),
}: {
    readonly timeout?: number;
    readonly client?: RegistryClient;
} = {}): Promise<RegistryAnswer> {
    if (await client.has(ASKED)) return { answers: true, reason: `${ASKED} is on this engine already` };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${timeout / 1000} s`)), timeout);
    });
    try {
        await Promise.race([client.ask(ASKED), late]);
        return { answers: true, reason: "an image registry answers" };
    } catch (error) {
        return { answers: false, reason: refusalReason(error) };
    } finally {
        clearTimeout(timer);
    }
}

/** Why nothing can be pulled, from what the engine said, without the addresses that it names. */
export function refusalReason(error: unknown, image: string = ASKED): string {
    const text = error instanceof Error ? error.message : String(error);
    if (/x509|certificate/i.test(text)) return "the engine does not trust the image registry's certificate";
    if (/no such host|server misbehaving|lookup /i.test(text))
        return "no image registry answers: its name is unknown here";
    if (/toomanyrequests|rate limit|\b429\b/i.test(text)) return "the image registry's rate limit is reached";
    if (/unauthorized|denied|forbidden|\b40[13]\b/i.test(text)) return `the image registry refuses ${image}`;
    if (/no matching manifest|no match for platform/i.test(text)) {
        return `${image} does not exist for this machine's processor: millrace:images built makes one`;
    }
    if (/not found|unknown|\b404\b/i.test(text)) return `the image registry that answers has no ${image}`;
    return "no image registry answers";
}

function engineClient(docker: Docker): RegistryClient {
    return {
        has: (image) =>
            docker
                .getImage(image)
                .inspect()
                .then(
                    () => true,
                    () => false,
                ),
        ask: async (image) => {
            await docker.getImage(image).distribution();
        },
    };
}
