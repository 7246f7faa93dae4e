import axios, { type AxiosInstance } from "axios";

/** A session at a Flink SQL gateway, through its REST interface (version 1). */
export class FlinkSql {
    private constructor(
        private readonly gateway: AxiosInstance,
        private readonly session: string,
    ) {}

    static async open(url: string): Promise<FlinkSql> {
        const gateway = axios.create({ baseURL: `${url}/v1`, timeout: 30_000, validateStatus: () => true });
        const { data } = await gateway.post("/sessions", {});
        return new FlinkSql(gateway, data.sessionHandle);
    }

    /**
     * Runs a statement to its end.
     * @returns its rows.
     * @throws Error with the gateway's words, which it gives with the result, not with the statement.
     */
    async run(statement: string): Promise<unknown[][]> {
        const { data: operation } = await this.gateway.post(`/sessions/${this.session}/statements`, { statement });
        const rows: unknown[][] = [];
        const deadline = Date.now() + 60_000;
        for (let token = 0; Date.now() < deadline; ) {
            const { status, data } = await this.gateway.get(
                `/sessions/${this.session}/operations/${operation.operationHandle}/result/${token}`,
            );
            if (status !== 200) throw new Error(`${statement}: ${JSON.stringify(data.errors).slice(0, 3_000)}`);
            rows.push(...(data.results?.data ?? []).map(({ fields }: { fields: unknown[] }) => fields));
            if (data.resultType === "EOS") return rows;
            if (data.resultType === "NOT_READY") await new Promise((resolve) => setTimeout(resolve, 100));
            else token = Number(/\/result\/(\d+)/.exec(data.nextResultUri)?.[1] ?? token + 1);
        }
        throw new Error(`${statement}: no result after 60 s`);
    }

    /** Starts a job. @returns its id. */
    async insert(statement: string): Promise<string> {
        const [[id] = []] = await this.run(statement);
        return String(id);
    }
}
