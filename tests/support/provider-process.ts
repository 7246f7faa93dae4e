import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import * as status from "@pulumi/pulumi/proto/status_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

const ROOT = join(__dirname, "..", "..");

/** JSON properties, as they cross the wire between the engine and a provider. */
export type Properties = Record<string, unknown>;

/** What a failed create or update says; `id` and `properties` when the object is there all the same. */
export interface OperationError extends Error {
    readonly id?: string;
    readonly properties?: Properties;
    readonly reasons?: readonly string[];
}

/** One failure of `check`. */
export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

/** What `diff` decides. */
export interface DiffAnswer {
    readonly changes: boolean;
    readonly replaces: readonly string[];
    readonly deleteBeforeReplace: boolean;
}

/** What is recorded of a resource. */
export interface RecordedState {
    readonly id: string;
    readonly inputs: Properties;
    readonly outputs: Properties;
    /** Reasons of a partial failure: the next run updates whatever `diff` says. */
    readonly initErrors: readonly string[];
}

/** The real dynamic-provider process of `@pulumi/pulumi`, driven as the engine drives it. */
export class ProviderProcess {
    /** Everything the process printed: what a person would see, and where no secret may stand. */
    get output(): string {
        return this.printed.join("");
    }

    private constructor(
        private readonly child: ChildProcess,
        private readonly client: ResourceProviderClient,
        private readonly printed: string[],
    ) {}

    /**
     * Starts it; about a second.
     * @param config stack configuration, keys with their namespace.
     */
    static async start(config: Record<string, string> = {}, project = "millrace"): Promise<ProviderProcess> {
        const main = createRequire(__filename).resolve("@pulumi/pulumi/cmd/dynamic-provider");
        const child = spawn(process.execPath, [main, "127.0.0.1:0"], {
            cwd: ROOT,
            env: { ...process.env, PULUMI_NODEJS_PROJECT: project },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const printed: string[] = [];
        child.stderr?.on("data", (data: Buffer) => printed.push(String(data)));
        const port = await new Promise<string>((resolve, reject) => {
            child.once("exit", (code) => reject(new Error(`provider process ended with ${code}: ${printed.join("")}`)));
            child.stdout?.on("data", (data: Buffer) => {
                printed.push(String(data));
                const line = /^(\d+)\s/.exec(printed.join(""));
                if (line?.[1] !== undefined) resolve(line[1]);
            });
        });
        const address = `127.0.0.1:${port}`;
        const client = new ResourceProviderClient(address, grpc.credentials.createInsecure(), {
            "grpc.max_receive_message_length": 64 * 1024 * 1024,
        });
        const started = new ProviderProcess(child, client, printed);
        const request = new proto.ConfigureRequest();
        request.setArgs(struct(config));
        await started.call("configure", request);
        return started;
    }

    /** Ends the process. */
    async stop(): Promise<void> {
        this.client.close();
        const ended = new Promise((resolve) => this.child.once("exit", resolve));
        this.child.kill();
        await ended;
    }

    async check(olds: Properties, news: Properties): Promise<{ inputs: Properties; failures: CheckFailure[] }> {
        const request = new proto.CheckRequest();
        request.setOlds(struct(olds));
        request.setNews(struct(news));
        const response = await this.call<proto.CheckResponse>("check", request);
        return {
            inputs: properties(response.getInputs()),
            failures: response
                .getFailuresList()
                .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() })),
        };
    }

    /** @param olds outputs of the last deployment or refresh. */
    async diff(id: string, olds: Properties, news: Properties): Promise<DiffAnswer> {
        const request = new proto.DiffRequest();
        request.setId(id);
        request.setOlds(struct(olds));
        request.setNews(struct(news));
        const response = await this.call<proto.DiffResponse>("diff", request);
        return {
            changes: response.getChanges() === proto.DiffResponse.DiffChanges.DIFF_SOME,
            replaces: response.getReplacesList(),
            deleteBeforeReplace: response.getDeletebeforereplace(),
        };
    }

    /** Rejects with an {@link OperationError}. */
    async create(inputs: Properties): Promise<{ id: string; outputs: Properties }> {
        const request = new proto.CreateRequest();
        request.setProperties(struct(inputs));
        const response = await this.call<proto.CreateResponse>("create", request);
        return { id: response.getId(), outputs: properties(response.getProperties()) };
    }

    /** An empty id means that the object is gone; `inputs` only where the provider returned some. */
    async read(id: string, outputs: Properties): Promise<{ id: string; outputs: Properties; inputs?: Properties }> {
        const request = new proto.ReadRequest();
        request.setId(id);
        request.setProperties(struct(outputs));
        const response = await this.call<proto.ReadResponse>("read", request);
        const inputs = response.getInputs();
        return {
            id: response.getId(),
            outputs: properties(response.getProperties()),
            ...(inputs === undefined ? {} : { inputs: properties(inputs) }),
        };
    }

    /** Rejects with an {@link OperationError}. */
    async update(id: string, olds: Properties, news: Properties): Promise<Properties> {
        const request = new proto.UpdateRequest();
        request.setId(id);
        request.setOlds(struct(olds));
        request.setNews(struct(news));
        return properties((await this.call<proto.UpdateResponse>("update", request)).getProperties());
    }

    async delete(id: string, outputs: Properties): Promise<void> {
        const request = new proto.DeleteRequest();
        request.setId(id);
        request.setProperties(struct(outputs));
        await this.call("delete", request);
    }

    private call<Response>(method: string, request: unknown): Promise<Response> {
        type Unary = (request: unknown, done: (error: grpc.ServiceError | null, response: Response) => void) => void;
        const send = (this.client as unknown as Record<string, Unary>)[method];
        return new Promise((resolve, reject) => {
            send?.call(this.client, request, (error, response) => {
                if (error === null) resolve(response);
                else reject(operationError(error));
            });
        });
    }
}

/** What a run did to a resource. */
export type Step = "create" | "update" | "replace" | "same";

/**
 * One resource in a stack, run as the engine runs it: check, then diff, then create, update or replace; refresh;
 * destroy. It keeps the recorded state, also of partial failures.
 */
export class StackResource {
    state: RecordedState | undefined;

    /** @param provider what `providerText` gives; set another to play a newer version of the code. */
    constructor(
        private readonly process: ProviderProcess,
        public provider: string,
    ) {}

    /** What `pulumi preview` would say: the failures of check, or the step. */
    async preview(inputs: Properties): Promise<{ failures: CheckFailure[]; step: Step; inputs: Properties }> {
        const news = { ...inputs, __provider: this.provider };
        const checked = await this.process.check(this.state?.inputs ?? {}, news);
        if (checked.failures.length > 0 || this.state === undefined) return { ...checked, step: "create" };
        const diff = await this.process.diff(this.state.id, this.state.outputs, checked.inputs);
        if (diff.replaces.length > 0) return { ...checked, step: "replace" };
        return { ...checked, step: diff.changes || this.state.initErrors.length > 0 ? "update" : "same" };
    }

    /** `pulumi up`: rejects with all failures of check as one text, or with what the provider threw. */
    async up(inputs: Properties): Promise<Step> {
        const planned = await this.preview(inputs);
        if (planned.failures.length > 0) {
            throw new Error(planned.failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
        }
        const old = this.state;
        if (planned.step === "same" && old !== undefined) {
            this.state = { ...old, inputs: planned.inputs };
        } else if (planned.step === "update" && old !== undefined) {
            await this.recording(planned.inputs, async () => ({
                id: old.id,
                outputs: await this.process.update(old.id, old.outputs, planned.inputs),
            }));
        } else {
            await this.recording(planned.inputs, () => this.process.create(planned.inputs));
            if (planned.step === "replace" && old !== undefined) await this.process.delete(old.id, old.outputs);
        }
        return planned.step;
    }

    /** `pulumi refresh`: true when it found a difference. */
    async refresh(): Promise<boolean> {
        if (this.state === undefined) return false;
        const before = JSON.stringify(this.state.outputs);
        const read = await this.process.read(this.state.id, this.state.outputs);
        if (read.id === "") {
            this.state = undefined;
            return true;
        }
        this.state = { ...this.state, outputs: read.outputs, inputs: read.inputs ?? this.state.inputs };
        return JSON.stringify(read.outputs) !== before;
    }

    /** `pulumi destroy`. */
    async destroy(): Promise<void> {
        if (this.state === undefined) return;
        await this.process.delete(this.state.id, this.state.outputs);
        this.state = undefined;
    }

    private async recording(
        inputs: Properties,
        operation: () => Promise<{ id: string; outputs: Properties }>,
    ): Promise<void> {
        try {
            this.state = { ...(await operation()), inputs, initErrors: [] };
        } catch (error) {
            const { id, properties: outputs, reasons } = error as OperationError;
            if (id !== undefined && outputs !== undefined) {
                // The engine keeps the provider's text by itself.
                const kept = { ...outputs, __provider: this.provider };
                this.state = { id, inputs, outputs: kept, initErrors: reasons ?? [] };
            }
            throw error;
        }
    }
}

function struct(value: Properties): Struct {
    return Struct.fromJavaScript(JSON.parse(JSON.stringify(value)));
}

function properties(value: Struct | undefined): Properties {
    return (value?.toJavaScript() ?? {}) as Properties;
}

/** The engine's reading of a gRPC error: its text, and the partial state that travels in its details. */
function operationError(error: grpc.ServiceError): OperationError {
    const details = error.metadata?.get("grpc-status-details-bin")[0];
    const plain = new Error(error.details);
    if (!(details instanceof Buffer)) return plain;
    const [detail] = status.Status.deserializeBinary(new Uint8Array(details)).getDetailsList();
    if (detail === undefined) return plain;
    const failed = proto.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
    return Object.assign(plain, {
        id: failed.getId(),
        properties: properties(failed.getProperties()),
        reasons: failed.getReasonsList(),
    });
}
