import type * as pulumi from "@pulumi/pulumi";

/** Components register themselves too; they are ours and need no mock. */
const OUR_COMPONENT = /^(millrace|test):index:/;

/**
 * Mocks that refuse every resource and call they were not told about.
 * @param known type tokens of provider resources that a test expects to be created.
 */
export function throwingMocks(known: readonly string[]): pulumi.runtime.Mocks {
    return {
        newResource: ({ type, name, inputs }) => {
            if (!OUR_COMPONENT.test(type) && !known.includes(type)) {
                throw new Error(`Mock not implemented: ${type} ${name}`);
            }
            return { id: `mocked::${type}::${name}-id`, state: inputs };
        },
        call: ({ token }) => {
            throw new Error(`Mock not implemented: ${token}`);
        },
    };
}
