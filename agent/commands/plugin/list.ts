/**
 * `custos plugin list|remove`: the plugins that were added to this agent.
 *
 * @module
 */
import { AddedError, addedNames, readAdded, removePlugin } from "../../isolate/added.ts";
import { type Command, EXIT, UsageError } from "../command.ts";
import { dataDirOf } from "./data_dir.ts";

export const list: Command = {
  name: "plugin list",
  summary: "Lists the plugins that were added to this agent",
  usage: `[-c FILE | --data-dir DIR]

Exits with 5 where one is not what was approved.`,
  options: { "data-dir": { type: "string" } },
  async run(call) {
    const dataDir = await dataDirOf(call);
    let isWhole = true;
    for (const name of addedNames(dataDir)) {
      const told = toldOf(dataDir, name);
      isWhole &&= told.state === "approved";
      const text = `${name}  ${told.version ?? "-"}  ${told.state}  key ${told.key ?? "none"}\n`;
      await call.out(call.json ? `${JSON.stringify(told)}\n` : text);
    }
    return isWhole ? EXIT.ok : EXIT.integrity;
  },
};

interface Told {
  readonly name: string;
  readonly state: "approved" | AddedError["code"];
  readonly version?: string;
  readonly key?: string | null;
  readonly at?: string;
  readonly by?: string;
}

function toldOf(dataDir: string, name: string): Told {
  try {
    const added = readAdded(dataDir, name);
    if (added === undefined) return { name, state: "pin" };
    const { packed: { manifest }, pin: { key, at, by } } = added;
    return { name, state: "approved", version: manifest.version, key, at, by };
  } catch (error) {
    if (!(error instanceof AddedError)) throw error;
    return { name, state: error.code };
  }
}

export const remove: Command = {
  name: "plugin remove",
  summary: "Takes a plugin away from this agent",
  usage: "NAME [-c FILE | --data-dir DIR]",
  options: { "data-dir": { type: "string" } },
  async run(call) {
    const [name = "", ...rest] = call.positionals;
    const dataDir = await dataDirOf(call);
    if (rest.length > 0 || !addedNames(dataDir).includes(name)) {
      throw new UsageError("one NAME of custos plugin list must be named");
    }
    removePlugin(dataDir, name);
    await call.out(call.json ? `${JSON.stringify({ removed: name })}\n` : `Removed ${name}\n`);
    return EXIT.ok;
  },
};
