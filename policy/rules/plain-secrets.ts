import { isPlainSecret } from "../../resources/connect/connector-form";
import type { Trouble } from "../../resources/errors";
import { block, type DeclaredResource, kindOf, known, list, matchesAny } from "../declared-resource";

/** Settings of {@link secretsInEnvironment}. */
export interface SecretsInEnvironmentConfig {
    /** Containers that may have them, by name in the program, with `*` for any text. */
    readonly containers: readonly string[];
}

/** Secrets that a server shows, logs or stores in clear. A connector's are refused by `KafkaConnector` itself. */
export function plainSecrets(resource: DeclaredResource): Trouble[] {
    const kind = kindOf(resource);
    if (kind === "TrinoCatalog" && resource.props.allowPlainSecrets === true) {
        return [
            {
                what: "allowPlainSecrets is on",
                why: "Trino writes secrets of catalogs into its log, its web page and a file on its volume.",
                // biome-ignore lint/suspicious/noTemplateCurlyInString: Trino's own form of a reference.
                wayOut: 'give the secret to the server\'s environment and refer to it: "${ENV:NAME}".',
            },
        ];
    }
    return kind === "FlinkSqlJob" ? jobSecrets(resource) : [];
}

/** Secrets in variables of a container's environment. */
export function secretsInEnvironment(resource: DeclaredResource, config: SecretsInEnvironmentConfig): Trouble[] {
    if (kindOf(resource) !== "Container" || matchesAny(resource.name, config.containers)) return [];
    return list(resource.props.envs).flatMap((line) => {
        const [, key = "", value = ""] = /^([^=]+)=(.*)$/s.exec(known(line) ?? "") ?? [];
        if (!isPlainSecret(key, value)) return [];
        return [
            {
                what: `variable ${key} holds a secret`,
                why: "Whoever may look at the container reads it, and every program that it starts inherits it.",
                wayOut: "give it as a file, which most servers take as NAME_FILE; or allow the container in the rule.",
            },
        ];
    });
}

function jobSecrets({ props: { setup, statement, configuration } }: DeclaredResource): Trouble[] {
    const texts = [...list(setup), ...(Array.isArray(statement) ? statement : [statement])].map(
        (text) => known(text) ?? "",
    );
    const options = texts.flatMap((text) =>
        [...text.matchAll(/'((?:[^']|'')+)'\s*=\s*'((?:[^']|'')*)'/g)].map(
            ([, key = "", value = ""]) => [key, value] as const,
        ),
    );
    return [...options, ...Object.entries(block(configuration))]
        .filter(([key, value]) => isPlainSecret(key, value) && !/\$\{\w+\}/.test(String(value)))
        .map(([key]) => ({
            what: `option ${key} holds a secret in clear`,
            why: "It stands in Pulumi's state, and in what Flink shows of the job.",
            // biome-ignore lint/suspicious/noTemplateCurlyInString: the place of a secret in a statement.
            wayOut: "write '${NAME}' in its place, and the secret under NAME in secrets.",
        }));
}
