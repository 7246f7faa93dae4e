import { Platform } from "./components";
import { DockerHost } from "./hosts/docker";
import { readSettings } from "./lib/settings";
import { enabledPipelines } from "./pipelines";

const settings = readSettings();

const host = new DockerHost("docker", {
    images: settings.images,
    root: __dirname,
    bindAddress: settings.bindAddress,
    portOffset: settings.portOffset,
    deletionProtection: settings.deletionProtection,
});

const platform = new Platform("platform", {
    host,
    size: settings.size,
    broker: settings.broker,
    kafkaRetentionHours: settings.kafkaRetentionHours,
    pinotTopology: settings.pinotTopology,
});

for (const pipeline of enabledPipelines(settings)) pipeline(platform);

/** Addresses on this machine by server: all that verify, tests and people need. */
export const endpoints = platform.endpoints;
