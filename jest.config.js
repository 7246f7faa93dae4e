const transform = { "^.+\\.ts$": ["ts-jest", {}] };
const suite = (name, extra = {}) => ({
    displayName: name,
    testEnvironment: "node",
    roots: [`<rootDir>/tests/${name}`],
    testMatch: ["**/*.test.ts"],
    transform,
    ...extra,
});

/** One project a kind of test: see docs/testing.md. */
module.exports = {
    projects: [suite("unit"), suite("provider"), suite("servers"), suite("platform")],
    // Real servers take their time: each test says its own bound.
    testTimeout: 30_000,
};
