import type { Policies, PolicyConfigSchema, ResourceValidationPolicy } from "@pulumi/policy";
import { crossProblems } from "../lib/cross-checks";
import { type Trouble, troubleText } from "../resources/errors";
import { type DeclaredResource, kindName, readableProps } from "./declared-resource";
import { declarationsOf } from "./rules/declarations";
import { deletionProtection } from "./rules/deletion-protection";
import { loopbackPorts } from "./rules/loopback-ports";
import { pinnedImages } from "./rules/pinned-images";
import { plainSecrets, secretsInEnvironment } from "./rules/plain-secrets";

/** A house rule with its settings, which `--policy-pack-config` may change. */
interface HouseRule<Config extends object> {
    readonly name: string;
    readonly description: string;
    readonly defaults: Config;
    readonly schema: PolicyConfigSchema["properties"];
    readonly enforcementLevel?: "advisory";
    judge(resource: DeclaredResource, config: Config): Trouble[];
}

const texts = { type: "array", items: { type: "string" } } as const;

/** All policies of the pack, with fresh memories: one list for each process. */
export function millracePolicies(): Policies {
    return [
        ...fitsTogether(),
        houseRule({
            name: "loopback-ports",
            description: "Containers publish ports on loopback only.",
            defaults: { addresses: [] },
            schema: { addresses: { ...texts, default: [] } },
            judge: loopbackPorts,
        }),
        houseRule({
            name: "pinned-images",
            description: "Images are pinned by a tag that is not latest, or by digest.",
            defaults: { pinnedBy: "tag" as const },
            schema: { pinnedBy: { type: "string", enum: ["tag", "digest"], default: "tag" } },
            judge: pinnedImages,
        }),
        houseRule({
            name: "deletion-protection",
            description: "What holds data is protected in production.",
            defaults: { stacks: ["prod*"] },
            schema: { stacks: { ...texts, default: ["prod*"] } },
            judge: deletionProtection,
        }),
        houseRule({
            name: "no-plain-secrets",
            description: "Servers are given secrets by reference.",
            defaults: {},
            schema: {},
            judge: plainSecrets,
        }),
        houseRule({
            name: "no-secrets-in-environment",
            description: "Containers are given secrets as files.",
            // Trino resolves references of catalogs from its environment alone.
            defaults: { containers: ["trino"] },
            schema: { containers: { ...texts, default: ["trino"] } },
            enforcementLevel: "advisory",
            judge: secretsInEnvironment,
        }),
    ];
}

function houseRule<Config extends object>(rule: HouseRule<Config>): ResourceValidationPolicy {
    const { name, description, enforcementLevel, defaults, schema, judge } = rule;
    return {
        name,
        description,
        ...(enforcementLevel && { enforcementLevel }),
        configSchema: { properties: schema },
        validateResource(args, reportViolation) {
            const resource = declaredResource(args);
            for (const problem of judge(resource, { ...defaults, ...args.getConfig<Config>() })) {
                reportViolation(troubleText(kindName(resource), resource.name, problem));
            }
        },
    };
}

/**
 * The checks between servers. They need the inputs of all resources: at the end of a preview Pulumi hands over outputs,
 * which a resource that is still to be made does not have. So a first policy remembers, and a second one judges.
 */
function fitsTogether(): Policies {
    const resources = new Map<string, DeclaredResource>();
    return [
        {
            name: "remembers",
            description: "Remembers what is declared, for fits-together.",
            validateResource(args) {
                resources.set(args.urn, declaredResource(args));
            },
        },
        {
            name: "fits-together",
            description: "Topics, tables, connectors, jobs, catalogs and buckets of a stack fit together.",
            configSchema: { properties: { elsewhere: { ...texts, default: [] } } },
            validateStack(args, reportViolation) {
                if (resources.size === 0) {
                    reportViolation("fits-together has nothing to judge: do not disable the policy remembers");
                    return;
                }
                const after = new Map(
                    args.resources.map(({ urn, dependencies }) => [urn, dependencies.map((one) => one.urn)]),
                );
                const { elsewhere = [] } = args.getConfig<{ elsewhere?: string[] }>();
                const { declared, urns } = declarationsOf(
                    [...resources.values()],
                    (urn) => ancestors(urn, after),
                    elsewhere,
                );
                for (const { title, ...problem } of crossProblems(declared)) {
                    const [, kind = "", name = ""] = /^(\w+) "(.*)"$/.exec(title) ?? [];
                    reportViolation(troubleText(kind, name, problem), urns.get(title));
                }
            },
        },
    ];
}

function declaredResource(args: {
    urn: string;
    type: string;
    name: string;
    props: object;
    opts: { protect: boolean };
}): DeclaredResource {
    const { urn, type, name, props, opts } = args;
    return { urn, type, name, props: readableProps(props), isProtected: opts.protect };
}

/** Everything that a resource waits for, directly or not. */
function ancestors(urn: string, after: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
    const found = new Set<string>();
    const waiting = [...(after.get(urn) ?? [])];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (found.has(next)) continue;
        found.add(next);
        waiting.push(...(after.get(next) ?? []));
    }
    return found;
}
