import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kindsPage, type TestResults } from "./support/kinds-page";
import { ROOT } from "./support/make";

/** Writes `docs/kinds.md` from what the last `make test` has seen. */
const folder = join(ROOT, ".tools", "test-results");
const results = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as TestResults);
writeFileSync(join(ROOT, "docs", "kinds.md"), kindsPage(results));
process.stdout.write("docs/kinds.md\n");
