/**
 * `custos enroll`: makes this host's key, once, and lets the hub know it.
 *
 * @module
 */
import { hostname } from "node:os";
import { readFile } from "node:fs/promises";
import { hubUrls } from "../config/config.ts";
import { enroll as enrollWith } from "../enroll.ts";
import { troubleOf } from "../../sdk/runtime/file_trouble.ts";
import { HubCallError } from "../hub_call.ts";
import { loadIdentity, saveEnrolment } from "../identity.ts";
import { CertificateError, obtain } from "../link_certificate.ts";
import { readConfig } from "./check.ts";
import { type Call, type Command, EXIT, text, UsageError } from "./command.ts";

export const enroll: Command = {
  name: "enroll",
  summary: "Makes this agent's key and registers it with a hub",
  usage: `[--hub URL] (--token T | --token-file FILE) [-c FILE | --data-dir DIR]

  --hub URL           wss://HOST:PORT of the hub's link; default: hub.url of the config
  --token T           the one-time token that the hub gave; "-" reads it from standard input
  --token-file FILE   the same from a file
  --data-dir DIR      where keys are kept; default: that of the config

The private key is made here and never leaves this host.`,
  options: {
    hub: { type: "string" },
    token: { type: "string" },
    "token-file": { type: "string" },
    "data-dir": { type: "string" },
  },
  async run(call) {
    const dataDir = text(call, "data-dir");
    const loaded = dataDir === undefined ? (await readConfig(call)).config : undefined;
    const hub = hubOf(call, loaded && hubUrls(loaded)[0]);
    const token = await tokenOf(call);
    const folder = dataDir ?? loaded?.agent.data_dir ?? "";
    const identity = await loadIdentity(folder);
    const host = loaded?.agent.host ?? hostname();
    const told = await enrollWith({ hub, token, identity, host });
    await saveEnrolment(folder, told);
    // Where it is not given, `custos run` asks again: a hub of 0.1.0 has none.
    await obtain({ folder, identity, ca: told.ca, url: () => told.url }).catch(noCertificate);
    const agent = Buffer.from(identity.agent).toString("hex");
    await call.out(
      call.json
        ? `${JSON.stringify({ event: "enrolled", agent, hub: told.url, logId: told.logId })}\n`
        : `Enrolled as agent ${agent} with hub ${told.url}, log ${told.logId}\n`,
    );
    return EXIT.ok;
  },
};

function noCertificate(error: unknown): void {
  const isExpected = error instanceof CertificateError || error instanceof HubCallError;
  if (!isExpected) throw error;
}

function hubOf(call: Call, configured: string | undefined): string {
  const hub = text(call, "hub") ?? configured;
  if (hub === undefined) {
    throw new UsageError("--hub is missing: name the hub's link, or set hub.url in the config");
  }
  if (/^(wss|https):\/\/./.test(hub) && URL.canParse(hub)) return hub;
  throw new UsageError(`--hub is "${hub}", must be an address such as wss://hub.example.org:4311`);
}

async function tokenOf(call: Call): Promise<string> {
  const given = text(call, "token");
  const named = text(call, "token-file");
  if (given !== undefined && named !== undefined) {
    throw new UsageError("--token and --token-file exclude each other");
  }
  const file = given === "-" ? "/dev/stdin" : named;
  if (file === undefined) {
    if (given !== undefined) return given;
    throw new UsageError("--token or --token-file is missing: the hub prints a token at its start");
  }
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(`--token-file ${file} cannot be read: ${troubleOf(cause)}`, { cause });
  }
}
