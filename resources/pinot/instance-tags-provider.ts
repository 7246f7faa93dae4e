import type { Problem } from "../errors";
import { hasUnknown, isProtected, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import { isRenamed } from "../renaming";
import { instanceTags } from "./instance-api";
import {
    type InstanceTagsInputs,
    type InstanceTagsState,
    lossOfTags,
    lossTrouble,
    readTags,
    reconcileTags,
    removeTags,
    sameTags,
    TAGS_KIND,
    takeoverTrouble,
} from "./instance-tags-reconcile";
import { instanceTagsProblems } from "./instance-tags-rules";
import { duringPreview, previewSession, serverProblems } from "./session";

/** The code that manages `PinotInstanceTags`. */
export const pinotInstanceTagsProvider = managedProvider<InstanceTagsInputs, InstanceTagsState>({
    kind: TAGS_KIND,
    identity: "instance",
    outputsOnly: ["before"],
    nameOf: ({ instance = UNKNOWN }) => String(instance),
    settingsOf: ({ server }) => ({ server }),
    compare: (olds, news) => ({
        changed: hasUnknown(news.tags) || !sameTags(olds.tags, news.tags),
        replaced: isRenamed(olds, news, ["instance"]),
    }),
    problemsOf: (olds, news) => [
        ...serverProblems(news.server),
        ...instanceTagsProblems(news),
        ...(isRenamed(olds, news, ["instance"]) && isProtected(olds) ? [moveProblem(olds, news)] : []),
    ],
    problemsOnServer: (olds, news) => duringPreview(news.server, () => problemsOnServer(olds, news)),
    reconcile: reconcileTags,
    read: readTags,
    remove: removeTags,
    lossOf: lossOfTags,
});

function moveProblem(olds: Partial<InstanceTagsState> | undefined, news: InstanceTagsInputs): Problem {
    return {
        property: "instance",
        what: `instance cannot change from ${olds?.instance} to ${news.instance} while deletionProtection is on`,
        why: `${olds?.instance} would lose its tags.`,
        wayOut: "declare the other instance beside it; or set deletionProtection: false, run up, then change it.",
    };
}

async function problemsOnServer(
    olds: Partial<InstanceTagsState> | undefined,
    news: InstanceTagsInputs,
): Promise<Problem[]> {
    if (hasUnknown([news.instance, news.tags])) return [];
    const session = previewSession(news.server);
    const live = await instanceTags(session, news.instance);
    // It may be started by the same up.
    if (live === undefined) return [];
    const isOurs = olds?.instance !== undefined && !isRenamed(olds, news, ["instance"]);
    const refusal = isOurs ? undefined : takeoverTrouble(news, live);
    if (refusal !== undefined) return [{ property: "onExists", ...refusal }];
    const loss = await lossTrouble(session, news.instance, live, news.tags);
    return loss === undefined ? [] : [{ property: "tags", ...loss }];
}
