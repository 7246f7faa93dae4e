import fc from "fast-check";
import { mismatch } from "../../../../resources/document";
import { UNKNOWN } from "../../../../resources/lifecycle";
import { BUCKET_RULES, bucketProblems, canonicalBucket } from "../../../../resources/s3/bucket-rules";
import type { BucketDocument, LifecycleRule } from "../../../../resources/s3/documents";
import { serverProblems } from "../../../../resources/s3/server-problems";

const SERVER = { url: "http://127.0.0.1:9010", accessKey: "a", secretKey: "s" };
const EXPIRES = { Expiration: { Days: 1 } };

function problems(document: object, bucket: unknown = "data"): string[] {
    return bucketProblems(bucket, document as BucketDocument).map(({ property, what }) => `${property}: ${what}`);
}

function statement(changed: object): object {
    const whole = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" };
    return { policy: { Statement: [{ ...whole, ...changed }] } };
}

describe("a bucket's declaration", () => {
    it("is taken as it is when nothing is wrong with it", () => {
        const lifecycle: LifecycleRule[] = [
            { ID: "a", Filter: { And: { Prefix: "x/", Tags: [{ Key: "k", Value: "v" }] } }, ...EXPIRES },
            { ID: "b", Status: "Disabled", Transitions: [{ Days: 3, StorageClass: "COLD" }] },
            { ID: "c", Expiration: { Date: "2037-01-01" } },
        ];
        expect(problems({ versioning: "Suspended", lifecycle, ...statement({}) })).toEqual([]);
        expect(problems({}, "a.b-c.9")).toEqual([]);
        expect(problems(statement({ Resource: ["arn:aws:s3:::data", "arn:aws:s3:::*"] }))).toEqual([]);
        expect(problems(statement({ Effect: "Deny", Principal: undefined, NotPrincipal: "x" }))).toEqual([]);
    });

    it.each<[unknown, string]>([
        [undefined, "bucket is missing"],
        [7, "bucket is missing"],
        ["ab", "3 to 63 characters; this one has 2"],
        ["x".repeat(64), "this one has 64"],
        ["Data", "small letters"],
        ["data_lake", "small letters"],
        ["-data", "begins and ends with"],
        ["data.", "begins and ends with"],
        ["a..b", "between letters or digits"],
        ["a.-b", "between letters or digits"],
        ["10.0.0.1", "no IP address"],
    ])("is refused with the name %p", (bucket, words) => {
        const [problem, ...more] = bucketProblems(bucket, {});
        expect(more).toEqual([]);
        expect(`${problem?.property}: ${problem?.what} ${problem?.why}`).toMatch(/^bucket: /);
        expect(`${problem?.what} ${problem?.why}`).toContain(words);
    });

    it.each<[object, string]>([
        [{ versioning: "on" }, 'versioning: versioning is "on"'],
        [{ versioning: true }, "versioning: versioning is true"],
        [{ lifecycle: {} }, "lifecycle: lifecycle is no list of rules"],
        [{ lifecycle: [null] }, "lifecycle[0]: lifecycle[0] is no rule"],
        [{ lifecycle: [EXPIRES] }, "lifecycle[0].ID: ID is missing"],
        [{ lifecycle: [{ ID: "", ...EXPIRES }] }, "lifecycle[0].ID: ID is no text of 1 to 255 characters"],
        [{ lifecycle: [1, 2].map(() => ({ ID: "a", ...EXPIRES })) }, 'lifecycle[1].ID: ID "a" is there twice'],
        [{ lifecycle: [{ ID: "a" }] }, "lifecycle[0]: the rule does nothing"],
        [{ lifecycle: [{ ID: "a", ...EXPIRES, Prefix: "x" }] }, "lifecycle[0].Prefix: Prefix is not known"],
        [{ lifecycle: [{ ID: "a", ...EXPIRES, Status: "on" }] }, 'lifecycle[0].Status: Status is "on"'],
        [{ lifecycle: [{ ID: "a", Expiration: 7 }] }, "lifecycle[0].Expiration: Expiration is no object"],
        [{ lifecycle: [{ ID: "a", Expiration: {} }] }, "lifecycle[0].Expiration: nothing is said in it"],
        [{ lifecycle: [{ ID: "a", Expiration: { Days: 0 } }] }, "lifecycle[0].Expiration.Days: Days is 0"],
        [{ lifecycle: [{ ID: "a", Expiration: { Days: 1.5 } }] }, "lifecycle[0].Expiration.Days: Days is 1.5"],
        [{ lifecycle: [{ ID: "a", Expiration: { days: 1 } }] }, "lifecycle[0].Expiration.days: days is not known"],
        [
            { lifecycle: [{ ID: "a", Expiration: { Days: 1, Date: "2037-01-01" } }] },
            "lifecycle[0].Expiration: Days and Date exclude each other",
        ],
        [{ lifecycle: [{ ID: "a", Expiration: { Date: "soon" } }] }, 'lifecycle[0].Expiration.Date: Date is "soon"'],
        [{ lifecycle: [{ ID: "a", Expiration: { Date: "2037-01-01T08:00:00Z" } }] }, "no midnight in UTC"],
        [
            { lifecycle: [{ ID: "a", ...EXPIRES, Filter: { Prefix: "x", ObjectSizeLessThan: 1 } }] },
            "lifecycle[0].Filter: Prefix and ObjectSizeLessThan exclude each other",
        ],
        [
            { lifecycle: [{ ID: "a", NoncurrentVersionExpiration: { NoncurrentDays: -1 } }] },
            "lifecycle[0].NoncurrentVersionExpiration.NoncurrentDays: NoncurrentDays is -1",
        ],
        [{ policy: null }, "policy.Statement: the policy has no list of statements"],
        [{ policy: "{}" }, "policy.Statement: the policy has no list of statements"],
        [{ policy: { Statement: [] } }, "policy.Statement: the policy has no list of statements"],
        [statement({ Effect: "allow" }), "policy.Statement[0].Effect: Effect is neither"],
        [statement({ Principal: undefined }), "policy.Statement[0].Principal: Principal is missing"],
        [statement({ Action: undefined }), "policy.Statement[0].Action: Action is missing"],
        [statement({ Resource: undefined }), "policy.Statement[0].Resource: Resource is missing"],
        [statement({ Resource: "data/*" }), 'Resource "data/*" is not in this bucket'],
        [statement({ Resource: ["arn:aws:s3:::database/*"] }), "is not in this bucket"],
    ])("is refused at its property: %j", (document, words) => {
        const found = problems(document);
        expect(found.join("\n")).toContain(words);
    });

    it("has all its problems told at once", () => {
        const lifecycle = [{ Expiration: { Days: -1 } }, { ID: "x" }];
        expect(problems({ versioning: "no", lifecycle, policy: {} }, "X")).toHaveLength(6);
    });

    it("is not judged where a value is not known yet", () => {
        const unknown = { ID: UNKNOWN, Status: UNKNOWN, Filter: UNKNOWN, Expiration: { Days: UNKNOWN } };
        expect(problems({ versioning: UNKNOWN, lifecycle: [unknown, UNKNOWN], policy: UNKNOWN }, UNKNOWN)).toEqual([]);
        expect(problems(statement({ Effect: UNKNOWN, Principal: UNKNOWN, Resource: [UNKNOWN] }))).toEqual([]);
        expect(problems({ policy: { Statement: UNKNOWN } })).toEqual([]);
    });
});

describe("a bucket's canonical form", () => {
    const differences = (a: object, b: object): number =>
        mismatch(canonicalBucket(a as BucketDocument), canonicalBucket(b as BucketDocument), BUCKET_RULES).length;

    it("is the same for a declaration and for the server's answer to it", () => {
        const declared = {
            lifecycle: [
                { ID: "a", Expiration: { Date: "2037-01-01" } },
                { ID: "b", Filter: { Prefix: "" }, ...EXPIRES },
            ],
            ...statement({ Condition: { StringEquals: { "s3:prefix": "x" } } }),
        };
        const answered = {
            lifecycle: [
                { ID: "b", Status: "Enabled", ...EXPIRES },
                { ID: "a", Status: "Enabled", Filter: {}, Expiration: { Date: "2037-01-01T00:00:00.000Z" } },
            ],
            policy: {
                Version: "2012-10-17",
                Statement: [
                    {
                        Effect: "Allow",
                        Principal: { AWS: ["*"] },
                        Action: ["s3:GetObject"],
                        Resource: ["arn:aws:s3:::data/*"],
                        Condition: { StringEquals: { "s3:prefix": ["x"] } },
                    },
                ],
            },
        };
        expect(differences(declared, answered)).toBe(0);
        expect(differences({}, { versioning: "Suspended", lifecycle: [] })).toBe(0);
    });

    it("differs where the meaning does", () => {
        expect(differences({}, { versioning: "Enabled" })).toBe(1);
        expect(differences(statement({}), statement({ Effect: "Deny" }))).toBe(1);
        expect(differences(statement({}), statement({ Action: ["s3:GetObject", "s3:PutObject"] }))).toBe(1);
        expect(differences({}, statement({}))).toBeGreaterThan(0);
        const rule = (changed: object) => ({ lifecycle: [{ ID: "a", ...EXPIRES, ...changed }] });
        expect(differences(rule({}), rule({ Status: "Disabled" }))).toBe(1);
        expect(differences(rule({}), rule({ Filter: { Prefix: "x" } }))).toBe(1);
        expect(differences(rule({}), rule({ Expiration: { Days: 2 } }))).toBe(1);
    });

    it("does not depend on the order of rules, actions or keys", () => {
        const rules = fc.uniqueArray(
            fc.record({
                ID: fc.stringMatching(/^[a-z.]{1,6}$/),
                Expiration: fc.record({ Days: fc.integer({ min: 1, max: 99 }) }),
            }),
            { selector: ({ ID }) => ID, minLength: 1, maxLength: 6 },
        );
        const actions = fc.uniqueArray(fc.stringMatching(/^s3:[A-Z][a-z]{1,5}$/), { minLength: 1, maxLength: 5 });
        fc.assert(
            fc.property(rules, actions, fc.gen(), (lifecycle, Action, gen) => {
                const shuffled = <T>(items: readonly T[]): T[] =>
                    gen(() => fc.shuffledSubarray([...items], { minLength: items.length }));
                expect(
                    differences(
                        { lifecycle, ...statement({ Action }) },
                        { lifecycle: shuffled(lifecycle), ...statement({ Action: shuffled(Action) }) },
                    ),
                ).toBe(0);
            }),
        );
    });
});

describe("a server of buckets", () => {
    it.each<[object, string]>([
        [{ url: undefined }, "server.url: url is missing"],
        [{ url: "127.0.0.1:9010" }, "server.url: url is no http(s) URL"],
        [{ url: "http://a:b@host:1" }, "server.url: url carries credentials"],
        [{ url: "http://host:1/data" }, "server.url: url has a path"],
        [{ accessKey: undefined }, "server.accessKey: accessKey is missing"],
        [{ secretKey: "" }, "server.secretKey: secretKey is missing"],
    ])("is refused: %j", (changed, words) => {
        const found = serverProblems({ ...SERVER, ...changed } as never);
        expect(found.map(({ property, what }) => `${property}: ${what}`)).toEqual([words]);
        expect(JSON.stringify(found)).not.toContain("a:b@");
    });

    it("is fine with a slash at its end, and while it is not known", () => {
        expect(serverProblems({ ...SERVER, url: "http://host:9000/" })).toEqual([]);
        expect(serverProblems(UNKNOWN as never)).toEqual([]);
        expect(serverProblems({ url: UNKNOWN, accessKey: UNKNOWN, secretKey: UNKNOWN })).toEqual([]);
    });
});
