import { type FakeAnswer, type FakeRequest, FakeServer } from "./fake-server";

/** One version of an object, or the mark that it was deleted. */
export interface FakeVersion {
    readonly key: string;
    readonly version: string;
    readonly isMarker: boolean;
    /** Refuses to be deleted, as a version under a legal hold does. */
    readonly held?: boolean;
}

/** A bucket; versions newest first. */
export interface FakeBucket {
    versioning?: string;
    lifecycle?: string;
    policy?: string;
    versions: FakeVersion[];
    uploads: { key: string; id: string }[];
}

type Facet = "versioning" | "lifecycle" | "policy";

/**
 * An S3 server that answers as MinIO's last version does: what it fills in, drops and refuses was read from the real one,
 * and the same tests run against both.
 */
export class FakeS3 extends FakeServer {
    buckets: Record<string, FakeBucket> = {};
    /** What it says NotImplemented to. */
    lacking: Facet[] = [];
    /** What it will not store, whatever it is. */
    refusing: Facet[] = [];
    accessKey = "fake-access-key-of-20";
    /** Versions in one page of a listing, whatever is asked for. */
    pageSize = 1000;

    private counter = 0;

    protected answer(request: FakeRequest): FakeAnswer {
        const signed = /Credential=([^/]*)/.exec(request.authorization ?? "")?.[1];
        if (signed !== this.accessKey) {
            return error(
                403,
                "InvalidAccessKeyId",
                "The Access Key Id you provided does not exist in our records.",
                `<Key>${signed}</Key>`,
            );
        }
        const [, name = "", ...rest] = request.path.split("/");
        const key = rest.join("/");
        if (key !== "") return this.answerObject(request, name, key);
        const facet = (["versioning", "lifecycle", "policy"] as const).find((one) => request.query.has(one));
        const bucket = this.buckets[name];
        if (request.method === "PUT" && facet === undefined) return this.create(name);
        if (bucket === undefined) return noSuchBucket();
        if (facet !== undefined) return this.answerFacet(request, bucket, facet);
        if (request.query.has("versions")) return this.list(bucket, request.query);
        if (request.query.has("uploads")) return uploadsOf(bucket);
        if (request.query.has("delete")) return deleteVersions(bucket, String(request.body));
        if (request.method === "DELETE") return this.remove(name, bucket);
        return { status: 200, body: "" };
    }

    private create(name: string): FakeAnswer {
        if (this.buckets[name] !== undefined) {
            return error(
                409,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            );
        }
        this.buckets[name] = { versions: [], uploads: [] };
        return { status: 200, body: "" };
    }

    private remove(name: string, bucket: FakeBucket): FakeAnswer {
        if (bucket.versions.length > 0) {
            return error(409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
        }
        delete this.buckets[name];
        return { status: 204, body: "" };
    }

    private answerFacet({ method, body }: FakeRequest, bucket: FakeBucket, facet: Facet): FakeAnswer {
        if (this.lacking.includes(facet)) {
            return error(501, "NotImplemented", "A header you provided implies functionality that is not implemented");
        }
        if (method === "DELETE") {
            delete bucket[facet];
            return { status: 204, body: "" };
        }
        if (method === "PUT") {
            if (this.refusing.includes(facet)) return error(400, "InvalidArgument", "not now");
            bucket[facet] = STORED[facet](body);
            return { status: facet === "policy" ? 204 : 200, body: "" };
        }
        const held = bucket[facet];
        if (facet === "versioning") {
            const status = held === undefined ? "" : `<Status>${held}</Status>`;
            return xml(`<VersioningConfiguration xmlns="${NAMESPACE}">${status}</VersioningConfiguration>`);
        }
        if (held === undefined) {
            return facet === "lifecycle"
                ? error(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
                : error(404, "NoSuchBucketPolicy", "The bucket policy does not exist");
        }
        return { status: 200, body: held };
    }

    private answerObject({ method, query }: FakeRequest, name: string, key: string): FakeAnswer {
        const bucket = this.buckets[name];
        if (bucket === undefined) return noSuchBucket();
        const id = `version-${++this.counter}`;
        if (method === "POST" && query.has("uploads")) {
            bucket.uploads.push({ key, id });
            return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
        }
        if (method === "DELETE" && query.has("uploadId")) {
            bucket.uploads = bucket.uploads.filter((upload) => upload.id !== query.get("uploadId"));
            return { status: 204, body: "" };
        }
        const named = query.get("versionId");
        if (method === "DELETE" && named !== null) {
            bucket.versions = bucket.versions.filter((one) => one.key !== key || one.version !== named);
            return { status: 204, body: "" };
        }
        const versioned = bucket.versioning === "Enabled";
        const version = versioned ? id : "null";
        if (!versioned) bucket.versions = bucket.versions.filter((one) => one.key !== key || one.version !== "null");
        const isMarker = method === "DELETE";
        // Unlike AWS, it leaves no mark for what was never there.
        const wasThere = bucket.versions.some((one) => one.key === key);
        if (!isMarker || (versioned && wasThere)) bucket.versions.unshift({ key, version, isMarker });
        return { status: isMarker ? 204 : 200, body: "" };
    }

    private list(bucket: FakeBucket, query: URLSearchParams): FakeAnswer {
        const sorted = [...bucket.versions].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
        const [afterKey, afterVersion] = [query.get("key-marker"), query.get("version-id-marker")];
        const from =
            afterKey === null
                ? 0
                : sorted.findLastIndex(
                      ({ key, version }) => key < afterKey || (key === afterKey && version === afterVersion),
                  ) + 1;
        const page = sorted.slice(from, from + this.pageSize);
        const last = page.at(-1);
        const isTruncated = from + page.length < sorted.length;
        const seen = new Set(sorted.slice(0, from).map(({ key }) => key));
        const items = page.map(({ key, version, isMarker }) => {
            const isLatest = !seen.has(key);
            seen.add(key);
            const tag = isMarker ? "DeleteMarker" : "Version";
            return `<${tag}><Key>${key}</Key><VersionId>${version}</VersionId><IsLatest>${isLatest}</IsLatest></${tag}>`;
        });
        const next =
            isTruncated && last !== undefined
                ? `<NextKeyMarker>${last.key}</NextKeyMarker><NextVersionIdMarker>${last.version}</NextVersionIdMarker>`
                : "";
        return xml(
            `<ListVersionsResult xmlns="${NAMESPACE}"><IsTruncated>${isTruncated}</IsTruncated>${next}${items.join("")}</ListVersionsResult>`,
        );
    }
}

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

const STORED: Readonly<Record<Facet, (body: unknown) => string>> = {
    versioning: (body) => /<Status>(\w+)<\/Status>/.exec(String(body))?.[1] ?? "",
    // What its rules have no field for is dropped in silence.
    lifecycle: (body) =>
        String(body).replace(/<AbortIncompleteMultipartUpload>.*?<\/AbortIncompleteMultipartUpload>/gs, ""),
    policy: (body) => {
        const { Statement, ...policy } = body as { Statement: Record<string, unknown>[] };
        const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
        return JSON.stringify({
            ...policy,
            Statement: Statement.map(({ Action, Resource, Principal, ...statement }) => ({
                ...statement,
                Principal: Principal === "*" ? { AWS: ["*"] } : { AWS: list((Principal as { AWS: unknown }).AWS) },
                Action: list(Action),
                Resource: list(Resource),
            })),
        });
    },
};

function uploadsOf({ uploads }: FakeBucket): FakeAnswer {
    const items = uploads.map(({ key, id }) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`);
    return xml(
        `<ListMultipartUploadsResult xmlns="${NAMESPACE}"><IsTruncated>false</IsTruncated>${items.join("")}</ListMultipartUploadsResult>`,
    );
}

function deleteVersions(bucket: FakeBucket, body: string): FakeAnswer {
    const errors: string[] = [];
    for (const [, object = ""] of body.matchAll(/<Object>(.*?)<\/Object>/gs)) {
        const key = /<Key>(.*?)<\/Key>/.exec(object)?.[1];
        const version = /<VersionId>(.*?)<\/VersionId>/.exec(object)?.[1];
        const found = bucket.versions.find((one) => one.key === key && one.version === version);
        if (found?.held === true) {
            errors.push(
                `<Error><Key>${key}</Key><Code>AccessDenied</Code><Message>Object is WORM protected</Message></Error>`,
            );
        } else bucket.versions = bucket.versions.filter((one) => one !== found);
    }
    return xml(`<DeleteResult xmlns="${NAMESPACE}">${errors.join("")}</DeleteResult>`);
}

function noSuchBucket(): FakeAnswer {
    return error(404, "NoSuchBucket", "The specified bucket does not exist");
}

function error(status: number, code: string, message: string, more = ""): FakeAnswer {
    return {
        status,
        body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`,
    };
}

function xml(text: string): FakeAnswer {
    return { status: 200, body: `<?xml version="1.0" encoding="UTF-8"?>\n${text}` };
}
