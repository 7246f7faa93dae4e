import { X509Certificate } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { hasUnknown, sameJson } from "../lifecycle";
import { type SelfSigned, selfSigned } from "./x509";

/** What the program declares. */
export interface CertificateInputs {
    readonly hosts: readonly string[];
    readonly days?: number;
    readonly rotation?: string;
}

/** What the state holds. */
export interface CertificateState extends CertificateInputs, SelfSigned {}

/** The code that manages a {@link ServerCertificate}. */
export const certificateProvider: pulumi.dynamic.ResourceProvider<CertificateInputs, CertificateState> = {
    async check(_olds, news) {
        return { inputs: news, failures: hostFailures(news.hosts) };
    },
    async diff(_id, olds, news) {
        const replaces = [
            ...(sameJson(olds.hosts, news.hosts) ? [] : ["hosts"]),
            ...(olds.rotation === news.rotation ? [] : ["rotation"]),
        ];
        // Neither another length of life nor newer code of ours may change what clients were given.
        return { changes: replaces.length > 0, replaces };
    },
    async create(inputs) {
        // Clocks of clients may be somewhat behind.
        const from = new Date(Date.now() - 3_600_000);
        const made = selfSigned(inputs.hosts, from, inputs.days ?? 3650);
        return { id: new X509Certificate(made.certificate).serialNumber, outs: { ...inputs, ...made } };
    },
    async update(_id, olds, news) {
        return { outs: { ...news, certificate: olds.certificate, privateKey: olds.privateKey } };
    },
};

function hostFailures(hosts: readonly string[]): { property: string; reason: string }[] {
    if (hasUnknown(hosts)) return [];
    try {
        selfSigned(hosts, new Date(), 1);
        return [];
    } catch (error) {
        const { message } = error as Error;
        const reason = `ServerCertificate: ${message}\n  Way out: name hosts as in "trino" or "127.0.0.1".\n  Nothing was changed.`;
        return [{ property: "hosts", reason }];
    }
}
