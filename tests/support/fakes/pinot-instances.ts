import type { FakeAnswer, FakeRequest } from "./fake-server";
import { refusal } from "./pinot-generation";

/** Brokers and servers of a fake cluster with their tags, as `/instances` of both generations shows them. */
export class FakePinotInstances {
    readonly tags: Record<string, string[]> = {
        "Broker_pinot-broker_8099": ["DefaultTenant_BROKER"],
        "Server_pinot-server_8098": ["DefaultTenant_OFFLINE", "DefaultTenant_REALTIME"],
        "Server_pinot-server-2_8098": ["DefaultTenant_OFFLINE", "DefaultTenant_REALTIME"],
    };

    answer({ method, path, query }: FakeRequest): FakeAnswer {
        const [, , name = "", action = ""] = path.split("/").map(decodeURIComponent);
        if (name === "" && method === "GET") return { status: 200, body: { instances: Object.keys(this.tags) } };
        const tags = this.tags[name];
        if (tags === undefined) return refusal(404, `Instance ${name} not found`);
        if (method === "GET" && action === "")
            return { status: 200, body: { instanceName: name, enabled: true, tags } };
        if (method !== "PUT" || action !== "updateTags") return refusal(405, "HTTP 405 Method Not Allowed");
        const wanted = query.get("tags") ?? "";
        if (wanted === "") return refusal(400, `Must provide tags to update for instance: ${name}`);
        this.tags[name] = wanted.split(",");
        return { status: 200, body: { status: `Updated tags: [${wanted}] for instance: ${name}` } };
    }
}
