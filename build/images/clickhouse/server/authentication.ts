import { createHash, timingSafeEqual } from "node:crypto";
import { BlockList, isIPv6 } from "node:net";
import type { User } from "./config";
import { errors } from "./exceptions";
import type { Credentials } from "./request";

/** Knows the users, and who may come from where. */
export class Authentication {
    private readonly allowed: ReadonlyMap<string, BlockList>;

    constructor(private readonly users: ReadonlyMap<string, User>) {
        this.allowed = new Map([...users].map(([name, { networks }]) => [name, networkList(name, networks)]));
    }

    /**
     * @param address that the request came from.
     * @returns the user.
     * @throws ServerException AUTHENTICATION_FAILED, the same whether user, password or address is wrong.
     */
    check({ user: name, password }: Credentials, address: string): User {
        const user = this.users.get(name);
        const given = createHash("sha256").update(password).digest();
        // Also without such a user something is compared: the time does not tell which names exist.
        const matches = timingSafeEqual(given, user?.passwordSha256 ?? given);
        if (user === undefined || !matches || !this.mayComeFrom(name, address)) throw errors.authentication(name);
        return user;
    }

    private mayComeFrom(name: string, address: string): boolean {
        const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
        return this.allowed.get(name)?.check(plain, isIPv6(plain) ? "ipv6" : "ipv4") ?? false;
    }
}

/** A user without networks may come from nowhere, as on the server. */
function networkList(user: string, networks: readonly string[]): BlockList {
    const list = new BlockList();
    for (const network of networks) {
        const [address = "", bits] = network.split("/");
        const family = isIPv6(address) ? "ipv6" : "ipv4";
        try {
            list.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family);
            // "::/0" is everybody, and IPv4 with it.
            if (family === "ipv6" && Number(bits) === 0) list.addSubnet("0.0.0.0", 0, "ipv4");
        } catch {
            throw new Error(`user "${user}": "${network}" is neither an address nor a network`);
        }
    }
    return list;
}
