import { Platform } from "./components";
import { DockerHost } from "./hosts/docker";
import { readSettings } from "./lib/settings";
import { askedOfPlatform, enabledPipelines } from "./pipelines";

const settings = readSettings();

const host = new DockerHost("docker", {
    images: settings.images,
    root: __dirname,
    bindAddress: settings.bindAddress,
    portOffset: settings.portOffset,
    deletionProtection: settings.deletionProtection,
});

const platform = new Platform("platform", { ...settings, ...askedOfPlatform(settings), host });

const pipelines = enabledPipelines(settings).map((build) => build(platform));

/** Addresses on this machine by server: all that verify, tests and people need. */
export const endpoints = Object.assign({}, platform.endpoints, ...pipelines.map((pipeline) => pipeline.endpoints));
/** Users and passwords of the servers that ask for them, secret: pulumi stack output credentials --show-secrets. */
export const credentials = platform.credentials;
