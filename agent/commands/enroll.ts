/**
 * `custos enroll`: makes this host's key, once, and lets the hub know it.
 *
 * @module
 */
import { hostname } from "node:os";
import { readFile } from "node:fs/promises";
import { enroll as enrollWith } from "../enroll.ts";
import { loadIdentity, saveEnrolment } from "../identity.ts";
import { readConfig } from "./check.ts";
import { type Command, EXIT, required, text, UsageError } from "./command.ts";

export const enroll: Command = {
  name: "enroll",
  summary: "Makes this agent's key and registers it with a hub",
  usage: `--hub URL (--token T | --token-file FILE) [-c FILE | --data-dir DIR]

  --hub URL           wss://HOST:PORT of the hub's link
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
    const hub = required(call, "hub");
    if (!/^(wss|https):\/\/./.test(hub)) {
      throw new UsageError(`--hub is "${hub}", must start with wss://`);
    }
    const file = text(call, "token-file");
    const given = file === undefined ? required(call, "token") : await readFile(file, "utf8");
    const token = given === "-" ? await readFile("/dev/stdin", "utf8") : given;
    const dataDir = text(call, "data-dir");
    const loaded = dataDir === undefined ? (await readConfig(call)).config : undefined;
    const folder = dataDir ?? loaded?.agent.data_dir ?? "";
    const identity = await loadIdentity(folder);
    const host = loaded?.agent.host ?? hostname();
    const told = await enrollWith({ hub, token, identity, host });
    await saveEnrolment(folder, told);
    const agent = Buffer.from(identity.agent).toString("hex");
    await call.out(
      call.json
        ? `${JSON.stringify({ event: "enrolled", agent, hub: told.url, logId: told.logId })}\n`
        : `Enrolled as agent ${agent} with hub ${told.url}, log ${told.logId}\n`,
    );
    return EXIT.ok;
  },
};
