import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { ServiceSpec } from "../hosts/service-spec";
import type { S3Endpoint } from "../lib/s3-endpoint";
import type { JvmMemory } from "../lib/sizes";
import type { PostgresDatabase } from "./postgres-database";

/** Thrift. */
export const METASTORE_PORT = 9083;

const CONFIG = "/etc/millrace/hive";

/** What a metastore is computed from. */
export interface HiveMetastorePlan {
    readonly database: PostgresDatabase;
    readonly objectStore: S3Endpoint;
    /** `s3a://bucket/path` */
    readonly warehouse: string;
    readonly memory: JvmMemory;
}

/**
 * One Hive metastore: its configuration, its tables, its readiness.
 * @throws Error for a warehouse that is no place in an object store.
 */
export function hiveMetastoreSpec(name: string, plan: HiveMetastorePlan): ServiceSpec {
    if (!/^s3a:\/\/[a-z0-9][a-z0-9.-]+(\/|$)/.test(plan.warehouse)) {
        throw new Error(
            `HiveMetastore "${name}": warehouse "${plan.warehouse}" is no place in an object store; write s3a://bucket/path`,
        );
    }
    const { heap, limit } = plan.memory;
    return {
        image: "hive-metastore",
        command: ["bash", `${CONFIG}/start.sh`],
        env: {
            METASTORE_CONF_DIR: CONFIG,
            DATABASE: plan.database.server.inNetwork,
            HADOOP_CLIENT_OPTS: `-Xms32m -Xmx${heap}m -Xss512k -XX:+UseSerialGC -XX:ReservedCodeCacheSize=64m`,
        },
        files: {
            [`${CONFIG}/start.sh`]: readFileSync(join(__dirname, "scripts", "hive-metastore-start.sh"), "utf8"),
            [`${CONFIG}/metastore-site.xml`]: configurationXml(properties(plan)),
        },
        ports: { thrift: { port: METASTORE_PORT, internal: true } },
        ready: { ask: [{ command: ["bash", "-c", readsItsDatabase()] }], deadlineSeconds: 120 },
        memoryMegabytes: limit,
        user: "1000:1000",
        stopSeconds: 15,
    };
}

/** Values of metastore-site.xml, Hadoop's and S3's among them: it is the one file that every part reads. */
function properties({ database, objectStore, warehouse }: HiveMetastorePlan): Record<string, pulumi.Input<string>> {
    return {
        "metastore.thrift.port": String(METASTORE_PORT),
        "metastore.warehouse.dir": warehouse,
        "metastore.warehouse.external.dir": warehouse,
        "javax.jdo.option.ConnectionDriverName": "org.postgresql.Driver",
        "javax.jdo.option.ConnectionURL": database.jdbcUrl.inNetwork,
        "javax.jdo.option.ConnectionUserName": database.owner.user,
        "javax.jdo.option.ConnectionPassword": database.owner.password,
        // Each of its four pools opens ten connections by default.
        "datanucleus.connectionPool.maxPoolSize": "5",
        "hikaricp.minimumIdle": "1",
        "metastore.server.min.threads": "4",
        "metastore.server.max.threads": "100",
        "metastore.task.threads.always": "org.apache.hadoop.hive.metastore.events.EventCleanerTask",
        "metastore.expression.proxy": "org.apache.hadoop.hive.metastore.DefaultPartitionExpressionProxy",
        "metastore.event.db.notification.api.auth": "false",
        "metastore.metrics.enabled": "false",
        // One space, or every managed table silently becomes an external one, and INSERT and RENAME fail in Trino.
        "metastore.metadata.transformer.class": " ",
        "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "fs.s3a.endpoint": objectStore.url.inNetwork,
        "fs.s3a.endpoint.region": objectStore.region,
        "fs.s3a.access.key": objectStore.accessKey,
        "fs.s3a.secret.key": objectStore.secretKey,
        "fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "fs.s3a.path.style.access": String(objectStore.pathStyle),
        // The default reads ahead, for which the image lacks a library: a metastore reads no objects.
        "fs.s3a.input.stream.type": "classic",
        "fs.s3a.attempts.maximum": "3",
        "fs.s3a.retry.limit": "3",
        "hadoop.tmp.dir": "/tmp/hadoop",
    };
}

function configurationXml(values: Readonly<Record<string, pulumi.Input<string>>>): pulumi.Output<string> {
    return pulumi.secret(pulumi.all(values)).apply((known) => {
        const lines = Object.entries(known).map(
            ([name, value]) => `  <property><name>${name}</name><value>${escaped(value)}</value></property>\n`,
        );
        return `<?xml version="1.0"?>\n<configuration>\n${lines.join("")}</configuration>\n`;
    });
}

function escaped(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Answers in full are read, or the server logs a broken connection at every probe: this one always has 36 characters. */
const CALL = "get_metastore_db_uuid";

/**
 * A script that asks the metastore for its database's id: it answers, and its tables are there. An open port says
 * neither.
 *
 * Thrift's binary protocol: version and kind, length and name, sequence number, arguments; the answer has the same
 * head, then field 0 as a string with its length, or field 1 as an exception.
 */
export function readsItsDatabase(): string {
    const length = (text: string): string => `\\x00\\x00\\x00\\x${text.length.toString(16)}`;
    const call = `\\x80\\x01\\x00\\x01${length(CALL)}${CALL}\\x00\\x00\\x00\\x01\\x00`;
    const head = 4 + 4 + CALL.length + 4;
    const answer = head + 3 + 4 + 36 + 1;
    return (
        `exec 3<>/dev/tcp/127.0.0.1/${METASTORE_PORT} && printf '${call}' >&3 && ` +
        `bytes=($(head -c ${answer} <&3 | od -An -v -tu1)) && ` +
        `(( \${#bytes[@]} == ${answer} && bytes[${head}] == 11 && bytes[${head + 2}] == 0 && bytes[${head + 6}] == 36 ))`
    );
}
