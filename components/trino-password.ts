import { createHmac, pbkdf2Sync } from "node:crypto";

/**
 * For a password that can be guessed, hundreds of thousands would be needed, and paid for at each login: Trino asks for
 * at least 1000. Ours are 24 random characters, which no number of tries finds.
 */
const ITERATIONS = 10_000;

/**
 * One line of Trino's password file: `user:iterations:salt:hash`, in hexadecimal, PBKDF2 with HMAC-SHA-1, which is what
 * Trino 476 verifies (`EncryptionUtil` of its plugin password-authenticators).
 *
 * The salt is derived from user and password instead of drawn: the same secret has to make the same file at every
 * preview, or each would show a change.
 */
export function passwordFileLine(user: string, password: string): string {
    const salt = createHmac("sha256", password).update(`salt of ${user}`).digest().subarray(0, 16);
    const hash = pbkdf2Sync(password, salt, ITERATIONS, 20, "sha1");
    return `${user}:${ITERATIONS}:${salt.toString("hex")}:${hash.toString("hex")}\n`;
}
