import { changes } from "../document";
import type { Problem } from "../errors";
import { hasUnknown, isProtected, progress, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import { converse, previewSession, workingSession } from "./api";
import { dropPublication, readPublication } from "./publication-api";
import {
    adoptionRefusal,
    PUBLICATION_KIND,
    type PublicationInputs,
    type PublicationState,
    readPublicationState,
    reconcilePublication,
    scopeTrouble,
    tableTroubles,
} from "./publication-reconcile";
import { canonicalPublication, PUBLICATION_RULES, publicationProblems } from "./publication-rules";
import { duringPreview, serverProblems } from "./server-problems";

/** The code that manages a `PostgresPublication`; bundled into its state. */
export const publicationProvider = managedProvider<PublicationInputs, PublicationState>({
    kind: PUBLICATION_KIND,
    identity: "publication",
    outputsOnly: ["observed"],
    nameOf,
    settingsOf: ({ server }) => ({ server }),
    compare(olds, news) {
        const [next, old] = [canonicalPublication(news), canonicalPublication(olds)];
        return {
            changed: changes(next, old, olds.observed ?? {}, PUBLICATION_RULES, UNKNOWN).length > 0,
            replaced: nameOf(news) !== nameOf(olds) && nameOf(news) !== UNKNOWN,
        };
    },
    problemsOf,
    problemsOnServer,
    reconcile: reconcilePublication,
    read: readPublicationState,
    async remove(name, { server, timeouts }, outcome) {
        await converse(workingSession(server, timeouts?.delete), (ask) => {
            outcome.sent = true;
            return dropPublication(ask, name);
        });
    },
    async lossOf({ server, publication }) {
        return converse(workingSession(server), async (ask) => {
            const live = await readPublication(ask, publication);
            if (live === undefined) return undefined;
            const readers = await ask(
                "SELECT slot_name FROM pg_replication_slots WHERE database = current_database() AND active",
            );
            const what = live.allTables ? "all tables" : live.tables.join(", ");
            const now =
                readers.length === 0
                    ? ""
                    : ` Slots that are being read in this database now: ${readers.map((row) => row.slot_name).join(", ")}.`;
            return `Whoever reads changes of ${what} through it would fail.${now}`;
        });
    },
});

function problemsOf(olds: Partial<PublicationState> | undefined, news: PublicationInputs): Problem[] {
    const { server, publication } = news;
    const problems = [...serverProblems(server), ...publicationProblems(publication, news)];
    const renamed = olds?.publication !== undefined && olds.publication !== publication && publication !== UNKNOWN;
    if (renamed && isProtected(olds)) {
        problems.push({
            property: "publication",
            what: `publication cannot change from ${olds.publication} to ${publication} while deletionProtection is on`,
            why: "Readers name it: another one would be created, and the one they read deleted.",
            wayOut:
                `declare "${publication}" as a second one and let readers change to it; ` +
                "or set deletionProtection: false, run up, then rename.",
        });
    }
    const [was, is] = [olds?.allTables ?? false, news.allTables ?? false];
    if (olds?.publication === publication && was !== is && (is as unknown) !== UNKNOWN) {
        problems.push({ property: "allTables", ...scopeTrouble(was) });
    }
    return problems;
}

function problemsOnServer(olds: Partial<PublicationState> | undefined, news: PublicationInputs): Promise<Problem[]> {
    const { server, publication } = news;
    if (publication === UNKNOWN || hasUnknown([news.tables, news.operations, news.allTables]))
        return Promise.resolve([]);
    return duringPreview(server, () =>
        converse(previewSession(server), async (ask) => {
            const problems: Problem[] = [];
            for (const { isMissing, ...problem } of await tableTroubles(ask, news)) {
                // The same up may be about to make it.
                if (isMissing) progress(`${PUBLICATION_KIND} "${publication}": ${problem.what} (yet)`);
                else problems.push(problem);
            }
            const live = await readPublication(ask, publication);
            if (live === undefined || olds?.publication === publication || hasUnknown(news.owner)) return problems;
            const refusal = adoptionRefusal(news, live);
            // An unprotected one may be about to be replaced by itself; create decides then.
            if (refusal !== undefined && isProtected(news)) problems.push({ property: "onExists", ...refusal });
            return problems;
        }),
    );
}

function nameOf({ publication }: Partial<PublicationInputs>): string {
    return String(publication ?? UNKNOWN);
}
