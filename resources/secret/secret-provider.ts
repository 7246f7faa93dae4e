import { randomInt, randomUUID } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { UNKNOWN } from "../lifecycle";

/** Fewer characters than these can be guessed. */
const SHORTEST = 16;

/** What the program declares. */
export interface SecretInputs {
    readonly length?: number;
    readonly rotation?: string;
}

/** What the state holds. */
export interface SecretState extends SecretInputs {
    readonly value: string;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** The code that manages a {@link GeneratedSecret}. */
export const secretProvider: pulumi.dynamic.ResourceProvider<SecretInputs, SecretState> = {
    async check(_olds, news) {
        return { inputs: news, failures: lengthFailures(news.length) };
    },
    async diff(_id, olds, news) {
        const rotated = news.rotation !== olds.rotation;
        // A server's data may be bound to the value: neither another length nor newer code of ours may change it.
        return { changes: rotated, replaces: rotated ? ["rotation"] : [] };
    },
    async create(inputs) {
        const characters = Array.from({ length: inputs.length ?? 24 }, () => ALPHABET[randomInt(ALPHABET.length)]);
        return { id: randomUUID(), outs: { ...inputs, value: characters.join("") } };
    },
    async update(_id, olds, news) {
        return { outs: { ...news, value: olds.value } };
    },
};

function lengthFailures(length: unknown): { property: string; reason: string }[] {
    if (length === undefined || length === UNKNOWN) return [];
    if (typeof length === "number" && Number.isInteger(length) && length >= SHORTEST && length <= 256) return [];
    return [
        {
            property: "length",
            reason:
                `GeneratedSecret: length ${String(length)} is not a whole number from ${SHORTEST} to 256\n` +
                "  Way out: leave it out for 24 characters, which no attack on a network service exhausts.\n" +
                "  Nothing was changed.",
        },
    ];
}
