/** The part of jest's results that says which sentences held where. */
export interface TestResults {
    readonly testResults: readonly {
        readonly name: string;
        readonly assertionResults: readonly {
            readonly ancestorTitles: readonly string[];
            readonly title: string;
            readonly status: string;
        }[];
    }[];
}

/** Where the tests of a kind stand: file, and the block within it where it has several kinds. */
interface Place {
    readonly file: RegExp;
    readonly block?: RegExp;
}

const KINDS: Readonly<Record<string, Place>> = {
    "PinotSchema, PinotTable": {
        file: /(provider|servers)\/pinot\.test/,
        block: /against a (real )?controller( that|$)/,
    },
    PinotTableConfigs: { file: /(table-configs|servers\/pinot)\.test/, block: /as one unit|a whole table/ },
    PinotSegmentLoad: { file: /segment-load\.test|alone\/pinot\.test/, block: /^files as segments/ },
    PinotInstanceTags: { file: /instance-tags\.test|alone\/pinot\.test/, block: /^tags of an instance/ },
    KafkaConnector: { file: /\/connector\.test/ },
    FlinkSqlJob: { file: /flink-sql-job\.test/ },
    TrinoCatalog: { file: /trino(-resources)?\.test/, block: /^a catalog$/ },
    TrinoSchema: { file: /trino(-resources)?\.test/, block: /^a schema$/ },
    TrinoView: { file: /trino(-resources)?\.test/, block: /^a view$/ },
    TrinoMaterializedView: { file: /trino(-resources)?\.test/, block: /^a materialized view$/ },
    ClickHouseDatabase: { file: /clickhouse(-resources)?\.test/, block: /^databases$/ },
    ClickHouseTable: { file: /clickhouse(-resources)?\.test/, block: /^tables$/ },
    ClickHouseView: { file: /clickhouse(-resources)?\.test/, block: /^views$/ },
    ClickHouseNamedCollection: { file: /clickhouse(-resources)?\.test/, block: /^named collections$/ },
    Bucket: { file: /\/bucket\.test/ },
    PostgresPublication: { file: /postgres-resources\.test/, block: /^publications$/ },
    PostgresReplicationSlot: { file: /postgres-resources\.test/, block: /^replication slots$/ },
};

/** What every kind owes, and the sentences that say so. */
const BEHAVIOURS: Readonly<Record<string, RegExp>> = {
    created: /^creates (?!again|under)/,
    "second preview empty": /second (time|preview)/,
    "drift shown, repaired": /at refresh/,
    "deleted outside": /(deleted|dropped|cancelled).* (outside|at refresh)|when everything was/,
    "changed in place": /in place|in one update|goes on from there$/,
    "change refused": /refuses? .*(at preview|another|would (lose|mix)|one that is)|at preview .*refus/,
    "destroy guard": /refuses to (destroy|delete|stop|go)/,
    adoption: /takes over|adopts/,
    "crash before recording": /crash|when its table could not be created|goes on from the last checkpoint/,
    "wrong credentials": /wrong (credentials|keys|password)|refuses us|credentials/,
    "server down": /(is|was) down|does not exist yet|is not there yet/,
};

/**
 * Which behaviour of which kind was seen where, as a page; pure.
 * @param results of one or several runs of jest.
 */
export function kindsPage(results: readonly TestResults[]): string {
    const rows = Object.entries(KINDS).map(([kind, place]) => {
        const passed = passedTests(results, place);
        const cells = Object.values(BEHAVIOURS).map((sentence) => {
            const places = passed.filter(({ title }) => sentence.test(title));
            if (places.some(({ real }) => real)) return "●";
            return places.length > 0 ? "○" : "–";
        });
        const count = (real: boolean): number => passed.filter((test) => test.real === real).length;
        return `| ${[kind, ...cells, `${count(true)} / ${count(false)}`].join(" | ")} |`;
    });
    const head = ["kind", ...Object.keys(BEHAVIOURS), "tests: real / fake"];
    return [
        "# What was seen of each kind",
        "",
        "Made from the results of `make test` by `make kinds-page`: ● on the real server, ○ on a fake that answers like it,",
        "– by no test of that name.",
        "",
        `| ${head.join(" | ")} |`,
        `|${head.map(() => "---").join("|")}|`,
        ...rows,
        "",
    ].join("\n");
}

function passedTests(results: readonly TestResults[], { file, block }: Place): { title: string; real: boolean }[] {
    return results
        .flatMap(({ testResults }) => testResults)
        .filter(({ name }) => /\/(provider|servers)\//.test(name) && file.test(name))
        .flatMap(({ name, assertionResults }) =>
            assertionResults
                .filter(({ status }) => status === "passed")
                .filter(({ ancestorTitles }) => block === undefined || inBlock(ancestorTitles, block))
                .map(({ title }) => ({ title, real: name.includes("/servers/") })),
        );
}

/** Of a file with several kinds, a test belongs to the innermost block that names one, or to all when none does. */
function inBlock(ancestors: readonly string[], block: RegExp): boolean {
    const kinds = Object.values(KINDS).flatMap((place) => (place.block === undefined ? [] : [place.block]));
    const innermost = [...ancestors].reverse().find((title) => kinds.some((kind) => kind.test(title)));
    return innermost === undefined || block.test(innermost);
}
