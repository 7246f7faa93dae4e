import axios from "axios";
import { crashContainer, healthyContainer } from "./container";
import { expectWell, inShell, TEST_STACK } from "./make";

/** Name of a service's container of the test stack. */
export function containerName(service: string): string {
    return `millrace-${TEST_STACK}-${service}`;
}

/** The test stack's `endpoints` output, read as anybody would. */
export async function testEndpoints(): Promise<Record<string, string>> {
    const { text } = expectWell(await inShell("pulumi stack output endpoints --json"));
    return JSON.parse(text) as Record<string, string>;
}

/** The test stack's `credentials` output: users and passwords by server, in clear. */
export async function testCredentials(): Promise<Record<string, Record<string, string>>> {
    const { text } = expectWell(await inShell("pulumi stack output credentials --json --show-secrets"));
    return JSON.parse(text) as Record<string, Record<string, string>>;
}

/** Rows of a Pinot query. @throws Error with Pinot's words when the query has an exception. */
export async function queryPinot(brokerUrl: string, sql: string): Promise<unknown[][]> {
    const { data } = await axios.post(`${brokerUrl}/query/sql`, { sql }, { timeout: 15_000 });
    if (data.exceptions?.length > 0) throw new Error(`${sql}: ${JSON.stringify(data.exceptions).slice(0, 500)}`);
    return data.resultTable.rows;
}

/** Kills a service's process as a crash would, so that the engine's restart policy has to bring it back. */
export async function crash(service: string): Promise<void> {
    await crashContainer(containerName(service));
}

/** Waits until a service's container is healthy. @throws Error when it is not within the time. */
export async function healthy(service: string, seconds = 120): Promise<void> {
    await healthyContainer(containerName(service), seconds);
}
