import type { PortSpec, Probe, ProbeQuestion } from "./service-spec";

/** The command that answers a probe inside a container. A command that is all of it needs no bash in the image. */
export function probeCommand(probe: Probe, ports: Readonly<Record<string, PortSpec>>): readonly string[] {
    const [only, ...others] = probe.ask;
    if (only !== undefined && others.length === 0 && "command" in only) return only.command;
    return ["bash", "-c", probeScript(probe, ports)];
}

/**
 * The bash script that answers a probe inside a container: exit 0 is ready.
 *
 * bash's /dev/tcp is used because it is in every server image, of a registry or built; curl, nc or a JVM tool is not
 * (and a JVM tool costs a second of CPU each time).
 */
export function probeScript(probe: Probe, ports: Readonly<Record<string, PortSpec>>): string {
    return probe.ask.map((question) => `( ${questionScript(question, ports)} )`).join(" && ");
}

function questionScript(question: ProbeQuestion, ports: Readonly<Record<string, PortSpec>>): string {
    if ("http" in question) {
        const { port, path, contains } = question.http;
        const answered =
            `${connect(ports, port)} && printf 'GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && ` +
            "read -r _ status _ <&3 && [[ $status == 2* ]]";
        return contains === undefined ? answered : `${answered} && [[ $(cat <&3) == *${shellQuoted(contains)}* ]]`;
    }
    if ("kafka" in question) {
        // Metadata request, version 1, for no topics: length 16, key 3, version 1, correlation 1, no client id, 0 topics.
        // The answer's third word is the number of live brokers; a fenced broker already listens but is not among them.
        const request = "\\x00\\x00\\x00\\x0e\\x00\\x03\\x00\\x01\\x00\\x00\\x00\\x01\\xff\\xff\\x00\\x00\\x00\\x00";
        return (
            `${connect(ports, question.kafka.port)} && printf '${request}' >&3 && ` +
            `words=($(head -c 12 <&3 | od -An -v -tu1)) && (( \${#words[@]} == 12 && words[11] > 0 ))`
        );
    }
    if ("tcp" in question) return connect(ports, question.tcp.port);
    if ("line" in question) {
        const { port, send, expect } = question.line;
        return `${connect(ports, port)} && printf '${send}' >&3 && [[ $(cat <&3) == '${expect}' ]]`;
    }
    return question.command.map(shellQuoted).join(" ");
}

function connect(ports: Readonly<Record<string, PortSpec>>, name: string): string {
    return `exec 3<>/dev/tcp/127.0.0.1/${ports[name]?.port}`;
}

/** One word for a POSIX shell. */
export function shellQuoted(word: string): string {
    return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
