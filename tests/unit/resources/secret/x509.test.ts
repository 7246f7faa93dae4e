import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { selfSigned } from "../../../../resources/secret/x509";

const NOW = new Date("2026-03-04T05:06:07.890Z");

describe("a self-signed certificate", () => {
    const made = selfSigned(["trino", "localhost", "127.0.0.1", "2001:db8::ff:1"], NOW, 3650);
    const certificate = new X509Certificate(made.certificate);

    it("is signed by its own key", () => {
        expect(certificate.verify(certificate.publicKey)).toBe(true);
        expect(certificate.checkPrivateKey(createPrivateKey(made.privateKey))).toBe(true);
        expect(certificate.issuer).toBe(certificate.subject);
    });
    it("holds every host, and no other", () => {
        expect(certificate.subject).toBe("CN=trino");
        for (const host of ["trino", "localhost"]) expect(certificate.checkHost(host)).toBe(host);
        for (const ip of ["127.0.0.1", "2001:db8::ff:1"]) expect(certificate.checkIP(ip)).toBe(ip);
        expect(certificate.checkHost("pinot")).toBeUndefined();
        expect(certificate.checkIP("127.0.0.2")).toBeUndefined();
    });
    it("is for a server, and may sign no other certificate", () => {
        expect(certificate.ca).toBe(false);
        expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    });
    it("is valid for as long as was asked, also beyond 2050", () => {
        expect(new Date(certificate.validFrom)).toEqual(new Date("2026-03-04T05:06:07Z"));
        expect(new Date(certificate.validTo)).toEqual(new Date("2036-03-01T05:06:07Z"));
        const long = new X509Certificate(selfSigned(["a"], NOW, 36_500).certificate);
        expect(new Date(long.validTo).getUTCFullYear()).toBe(2126);
    });
    it("is another one each time", () => {
        const other = selfSigned(["trino"], NOW, 1);
        expect(new X509Certificate(other.certificate).serialNumber).not.toBe(certificate.serialNumber);
        expect(other.privateKey).not.toBe(made.privateKey);
    });
    it.each(["::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1"])("holds the address %s", (ip) => {
        expect(new X509Certificate(selfSigned([ip], NOW, 1).certificate).checkIP(ip)).toBe(ip);
    });
    it.each([[[]], [["two words"]], [["ä.de"]], [[""]]])("refuses the hosts %j", (hosts: string[]) => {
        expect(() => selfSigned(hosts, NOW, 1)).toThrow(/host|DNS name/);
    });

    it("opens a TLS connection for a client that trusts it, and for no other", async () => {
        const today = selfSigned(["127.0.0.1"], new Date(Date.now() - 60_000), 1);
        const server = https.createServer({ key: today.privateKey, cert: today.certificate }, (_, response) =>
            response.end("hello"),
        );
        await once(server.listen(0, "127.0.0.1"), "listening");
        const { port } = server.address() as AddressInfo;
        const ask = (ca: string | undefined): Promise<number | string | undefined> =>
            new Promise((resolve) => {
                https
                    .get({ host: "127.0.0.1", port, ca, agent: false }, (response) => resolve(response.statusCode))
                    .on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
            });
        try {
            expect(await ask(today.certificate)).toBe(200);
            expect(await ask(undefined)).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
            expect(await ask(made.certificate)).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
        } finally {
            server.close();
        }
    });
});
