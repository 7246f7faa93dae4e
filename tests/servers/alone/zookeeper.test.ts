import { ZooKeeper } from "../../../components/zookeeper";
import { type Alone, startAlone } from "../../support/alone";

const MINUTE = 60_000;

describe("ZooKeeper alone", () => {
    let server: Alone;
    beforeAll(async () => {
        server = await startAlone("zookeeper", (host) => ({ address: new ZooKeeper("zookeeper", { host }).planned }));
    }, 3 * MINUTE);
    afterAll(() => server?.stop(), 2 * MINUTE);

    it(
        "changes nothing at a second up",
        async () => {
            expect(await server.up()).toEqual({ changes: 0 });
        },
        MINUTE,
    );

    it(
        "answers inside its network",
        async () => {
            const [host, port] = server.outputs.address.split(":");
            const script = `exec 3<>/dev/tcp/${host}/${port} && printf srvr >&3 && cat <&3`;
            expect(await server.run("zookeeper", ["bash", "-c", script])).toMatch(/Mode: standalone/);
        },
        MINUTE,
    );

    it(
        "is back after a crash",
        async () => {
            await server.crash("zookeeper");
        },
        2 * MINUTE,
    );
});
