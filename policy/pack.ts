import { PolicyPack } from "@pulumi/policy";
import { millracePolicies } from "./policies";

/** The policy pack; making it serves it to Pulumi. */
export const pack = new PolicyPack("millrace", { enforcementLevel: "mandatory", policies: millracePolicies() });
