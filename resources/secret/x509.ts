import { createPublicKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

/** A private key and the certificate that it signed for itself, both in PEM. */
export interface SelfSigned {
    readonly privateKey: string;
    readonly certificate: string;
}

/**
 * Makes a P-256 key and a certificate for a TLS server, which clients trust by holding this very certificate. Node.js
 * makes keys and signatures but no certificates; what is missing is the dozen fields of RFC 5280 below.
 * @param hosts DNS names and IP addresses under which clients reach the server; the first is its common name.
 * @throws Error when there is no host, or one cannot stand in a certificate.
 */
export function selfSigned(hosts: readonly string[], from: Date, days: number): SelfSigned {
    const [commonName] = hosts;
    if (commonName === undefined) throw new Error("a certificate needs at least one host");
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
    const name = sequence(set(sequence(oid(COMMON_NAME), element(0x0c, Buffer.from(commonName)))));
    const until = new Date(from.getTime() + days * 86_400_000);
    const body = sequence(
        element(0xa0, element(0x02, Buffer.from([2]))),
        // Positive and never zero, whatever the random bytes are.
        element(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
        SIGNATURE,
        name,
        sequence(time(from), time(until)),
        name,
        publicKey,
        element(0xa3, sequence(...extensions(hosts))),
    );
    const signature = sign("sha256", body, privateKey);
    const certificate = sequence(body, SIGNATURE, element(0x03, Buffer.concat([Buffer.from([0]), signature])));
    return {
        privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        certificate: pem("CERTIFICATE", certificate),
    };
}

const COMMON_NAME = [2, 5, 4, 3];
const KEY_USAGE = [2, 5, 29, 15];
const SUBJECT_ALTERNATIVE_NAME = [2, 5, 29, 17];
const BASIC_CONSTRAINTS = [2, 5, 29, 19];
const EXTENDED_KEY_USAGE = [2, 5, 29, 37];
const SERVER_AUTHENTICATION = [1, 3, 6, 1, 5, 5, 7, 3, 1];
const TRUE = element(0x01, Buffer.from([0xff]));
/** ecdsa-with-SHA256 */
const SIGNATURE = sequence(oid([1, 2, 840, 10045, 4, 3, 2]));

function extensions(hosts: readonly string[]): Buffer[] {
    // digitalSignature, the first of nine bits: seven of the byte are unused.
    const keyUsage = element(0x03, Buffer.from([7, 0x80]));
    return [
        // Empty: it may sign nothing but itself.
        sequence(oid(BASIC_CONSTRAINTS), TRUE, octets(sequence())),
        sequence(oid(KEY_USAGE), TRUE, octets(keyUsage)),
        sequence(oid(EXTENDED_KEY_USAGE), octets(sequence(oid(SERVER_AUTHENTICATION)))),
        sequence(oid(SUBJECT_ALTERNATIVE_NAME), octets(sequence(...hosts.map(generalName)))),
    ];
}

function generalName(host: string): Buffer {
    const version = isIP(host);
    if (version === 4) return element(0x87, Buffer.from(host.split(".").map(Number)));
    if (version === 6) return element(0x87, ipv6(host));
    if (!/^[\x21-\x7e]+$/.test(host)) throw new Error(`"${host}" is neither a DNS name nor an IP address`);
    return element(0x82, Buffer.from(host, "ascii"));
}

function ipv6(host: string): Buffer {
    // A URL writes every address in one form, with any IPv4 part in hexadecimal.
    const [head = "", tail] = new URL(`http://[${host}]`).hostname.slice(1, -1).split("::");
    const groups = (text: string): number[] =>
        text === "" ? [] : text.split(":").map((part) => Number.parseInt(part, 16));
    const [before, after] = [groups(head), groups(tail ?? "")];
    const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
    return Buffer.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

/** Years up to 2049 are written with two digits (RFC 5280, 4.1.2.5). */
function time(moment: Date): Buffer {
    const digits = moment.toISOString().replace(/[-:T]|\.\d+/g, "");
    return moment.getUTCFullYear() < 2050
        ? element(0x17, Buffer.from(digits.slice(2)))
        : element(0x18, Buffer.from(digits));
}

function oid([first = 0, second = 0, ...rest]: readonly number[]): Buffer {
    const bytes = [first * 40 + second];
    for (const part of rest) {
        const septets = [part & 0x7f];
        for (let left = part >> 7; left > 0; left >>= 7) septets.unshift((left & 0x7f) | 0x80);
        bytes.push(...septets);
    }
    return element(0x06, Buffer.from(bytes));
}

function sequence(...parts: readonly Buffer[]): Buffer {
    return element(0x30, Buffer.concat(parts));
}

function set(...parts: readonly Buffer[]): Buffer {
    return element(0x31, Buffer.concat(parts));
}

function octets(content: Buffer): Buffer {
    return element(0x04, content);
}

/** One element of DER: tag, length, content. */
function element(tag: number, content: Buffer): Buffer {
    const { length } = content;
    if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
    const bytes: number[] = [];
    for (let left = length; left > 0; left >>= 8) bytes.unshift(left & 0xff);
    return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), content]);
}

function pem(label: string, der: Buffer): string {
    const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
    return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
