import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PostgresDatabase } from "../../components/postgres-database";
import type { JobSpec } from "../../hosts/service-spec";

const FOLDER = "/etc/millrace/customer-cdc";

/** Reads the password from its file, as a variable of this process alone. */
const APPLY = `set -euo pipefail
PGPASSWORD=$(cat ${FOLDER}/password)
export PGPASSWORD
exec psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --single-transaction --set=capture="$CAPTURE" \\
    --dbname="$DATABASE" --file=${FOLDER}/source.sql
`;

/** A job that makes the captured tables, as their owner, and leaves alone what is there. */
export function sourceTablesJob({ name, server, owner, changeCapture }: PostgresDatabase): JobSpec {
    return {
        image: "postgres",
        command: ["bash", `${FOLDER}/apply.sh`],
        env: {
            DATABASE: server.inNetwork.apply((address) => `postgresql://${owner.user}@${address}/${name}`),
            CAPTURE: changeCapture?.user ?? "",
        },
        files: {
            [`${FOLDER}/apply.sh`]: APPLY,
            [`${FOLDER}/source.sql`]: readFileSync(join(__dirname, "sql", "source.sql"), "utf8"),
            [`${FOLDER}/password`]: owner.password,
        },
        user: "999:999",
        memoryMegabytes: 64,
        deadlineSeconds: 60,
    };
}
