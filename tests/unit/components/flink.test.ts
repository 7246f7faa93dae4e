import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import {
    type FlinkSettings,
    flinkConfiguration,
    flinkServices,
    jobManagerSpec,
    sqlGatewaySpec,
    taskManagerBeside,
    taskManagerSpec,
    VOLUME_PATHS,
} from "../../../components/flink-spec";
import { PlanHost } from "../../../hosts/plan-host";
import type { ServiceSpec } from "../../../hosts/service-spec";
import type { InNetworkAddress } from "../../../lib/address";
import { SIZES, type Size } from "../../../lib/sizes";
import { throwingMocks } from "../../support/mocks";

const settings: FlinkSettings = {
    name: "flink",
    slots: 4,
    stateBackend: "hashmap",
    checkpointSeconds: 10,
    paths: VOLUME_PATHS,
    jobManager: SIZES.small.flinkJobManager,
    taskManager: SIZES.small.flinkTaskManager,
};

function specs(size: Size): { jobManager: ServiceSpec; taskManager: ServiceSpec; gateway: ServiceSpec } {
    const { flinkJobManager, flinkTaskManager, flinkSqlGateway } = SIZES[size];
    const sized = { ...settings, jobManager: flinkJobManager, taskManager: flinkTaskManager };
    return {
        jobManager: jobManagerSpec(sized, ""),
        taskManager: taskManagerSpec(sized, "flink-taskmanager-1", ""),
        gateway: sqlGatewaySpec(sized, flinkSqlGateway, ""),
    };
}

const resolved = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));

describe("the configuration of a Flink cluster", () => {
    const configuration = parse(flinkConfiguration(settings)) as Record<string, unknown>;

    it("keeps checkpoints of jobs that did not end by themselves, on the volume that all processes mount", () => {
        expect(configuration).toMatchObject({
            "execution.checkpointing.interval": "10 s",
            "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
            "execution.checkpointing.dir": "file:///var/lib/flink/checkpoints",
            "execution.checkpointing.savepoint-dir": "file:///var/lib/flink/savepoints",
        });
        const { jobManager, taskManager, gateway } = specs("small");
        expect(jobManager.volumes).toEqual({ "/var/lib/flink": "state" });
        for (const { volumes } of [taskManager, gateway]) {
            expect(volumes).toEqual({ "/var/lib/flink": { of: "flink-jobmanager", volume: "state" } });
        }
    });

    it("lets a job fail with its reason after a bounded number of attempts", () => {
        expect(configuration["restart-strategy.type"]).toBe("exponential-delay");
        expect(configuration["restart-strategy.exponential-delay.attempts-before-reset-backoff"]).toBe(20);
    });

    it("takes no jars and no cancellation from a browser", () => {
        expect(configuration).toMatchObject({ "web.submit.enable": false, "web.cancel.enable": false });
    });

    it("writes incremental checkpoints with RocksDB only", () => {
        const incremental = (stateBackend: "hashmap" | "rocksdb"): unknown =>
            parse(flinkConfiguration({ ...settings, stateBackend }))["execution.checkpointing.incremental"];
        expect([incremental("hashmap"), incremental("rocksdb")]).toEqual([false, true]);
    });

    it("recovers jobs by ZooKeeper only where there is one", () => {
        expect(Object.keys(configuration).filter((key) => key.startsWith("high-availability"))).toEqual([]);
        const recovering = parse(flinkConfiguration({ ...settings, zooKeeper: "zookeeper:2181" as InNetworkAddress }));
        expect(recovering).toMatchObject({
            "high-availability.type": "zookeeper",
            "high-availability.zookeeper.quorum": "zookeeper:2181",
            "high-availability.cluster-id": "/flink",
        });
    });

    it("says yes and no to none of S3 when there is no bucket", () => {
        expect(Object.keys(configuration).filter((key) => key.startsWith("s3."))).toEqual([]);
    });
});

describe.each(Object.keys(SIZES) as Size[])("Flink at size %s", (size) => {
    const { flinkTaskManager } = SIZES[size];

    it("gives a TaskManager room for all that it may take", () => {
        expect(flinkTaskManager.limit).toBeGreaterThanOrEqual(
            flinkTaskManager.heap + taskManagerBeside(flinkTaskManager),
        );
    });

    it("gives each JVM the heap that its configuration adds up to", () => {
        const configuration = parse(flinkConfiguration({ ...settings, taskManager: flinkTaskManager }));
        const megabytes = (key: string): number => Number.parseInt(configuration[`taskmanager.memory.${key}.size`], 10);
        const heap = megabytes("framework.heap") + megabytes("task.heap");
        expect(specs(size).taskManager.env?.JVM_ARGS).toContain(`-Xmx${heap}m`);
        expect(megabytes("task.heap")).toBeGreaterThanOrEqual(128);
        const direct = megabytes("framework.off-heap") + flinkTaskManager.network;
        expect(specs(size).taskManager.env?.JVM_ARGS).toContain(`-XX:MaxDirectMemorySize=${direct}m`);
    });

    it("gives RocksDB one memory for all slots, beside what is managed", () => {
        expect(parse(flinkConfiguration({ ...settings, taskManager: flinkTaskManager }))).toMatchObject({
            "state.backend.rocksdb.memory.managed": false,
            "state.backend.rocksdb.memory.fixed-per-tm": `${flinkTaskManager.rocksDb}m`,
            "taskmanager.memory.managed.size": `${flinkTaskManager.managed}m`,
        });
    });

    it("runs nothing as root, and publishes the two REST interfaces only", () => {
        const all = Object.values(specs(size));
        expect(all.map(({ user }) => user)).toEqual(["9999:9999", "9999:9999", "9999:9999"]);
        const published = all.flatMap(({ ports }) => Object.values(ports).filter(({ internal }) => internal !== true));
        expect(published).toEqual([{ port: 8081 }, { port: 8084 }]);
    });
});

describe("a Flink cluster", () => {
    let Flink: typeof import("../../../components/flink").Flink;
    beforeAll(async () => {
        await pulumi.runtime.setMocks(throwingMocks([]), "millrace", "test", false);
        ({ Flink } = await import("../../../components/flink"));
    });

    it("has a JobManager, its TaskManagers and a gateway, each TaskManager known by a name of its own", () => {
        const host = new PlanHost();
        new Flink("flink", { host, taskManagers: 2 });
        expect(Object.keys(host.services)).toEqual([
            "flink-jobmanager",
            "flink-taskmanager-1",
            "flink-taskmanager-2",
            "flink-sql-gateway",
        ]);
        for (const service of flinkServices("flink", 2).taskManagers) {
            expect(host.services[service]?.command.at(-1)).toMatch(
                new RegExp(`-D taskmanager.host=${service} -D taskmanager.resource-id=${service}$`),
            );
        }
    });

    it("counts a TaskManager as ready when the JobManager knows it", () => {
        const host = new PlanHost();
        new Flink("flink", { host });
        expect(JSON.stringify(host.services["flink-taskmanager-1"]?.ready.ask)).toContain(
            "/dev/tcp/flink-jobmanager/8081",
        );
    });

    it("gives one configuration to all processes, and addresses to both sides", async () => {
        const host = new PlanHost();
        const flink = new Flink("flink", { host });
        const files = Object.values(host.services).map((spec) => spec.files?.["/opt/flink/conf/config.yaml"]);
        expect(files).toHaveLength(3);
        expect(new Set(files).size).toBe(1);
        expect(await resolved(flink.restUrl.onHost)).toBe("http://127.0.0.1:18081");
        expect(await resolved(flink.sqlGatewayUrl.onHost)).toBe("http://127.0.0.1:18084");
        expect(await resolved(flink.sqlGatewayUrl.inNetwork)).toBe("http://flink-sql-gateway:8084");
        expect(await resolved(flink.checkpointsPath)).toBe("file:///var/lib/flink/checkpoints");
    });

    it("writes to a bucket where it is given one, and keeps its keys secret", async () => {
        const host = new PlanHost();
        const endpoint = {
            url: {
                inNetwork: pulumi.output("http://object-store:9000" as InNetworkAddress),
                onHost: pulumi.output("http://127.0.0.1:19010" as never),
            },
            region: "us-east-1",
            accessKey: pulumi.secret("the-access-key"),
            secretKey: pulumi.secret("the-secret-key"),
            pathStyle: true as const,
        };
        const flink = new Flink("flink", { host, s3: { endpoint, bucket: "state" } });
        const file = host.services["flink-jobmanager"]?.files?.["/opt/flink/conf/config.yaml"];
        expect(await pulumi.isSecret(file as pulumi.Output<string>)).toBe(true);
        expect(parse(await resolved(file as pulumi.Output<string>))).toMatchObject({
            "execution.checkpointing.dir": "s3://state/flink/checkpoints",
            "s3.endpoint": "http://object-store:9000",
            "s3.path-style-access": true,
            "s3.secret-key": "the-secret-key",
        });
        expect(await resolved(flink.savepointsPath)).toBe("s3://state/flink/savepoints");
        expect(await pulumi.isSecret(flink.savepointsPath)).toBe(false);
    });

    it("refuses a cluster without TaskManagers or slots", () => {
        const host = new PlanHost();
        expect(() => new Flink("none", { host, taskManagers: 0 })).toThrow(/taskManagers is 0, and has to be/);
        expect(() => new Flink("half", { host, slotsPerTaskManager: 0.5 })).toThrow(/slotsPerTaskManager is 0.5/);
    });
});
