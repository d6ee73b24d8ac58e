/**
 * `custos plugin pack`: makes one file of a plugin, with its manifest.
 *
 * @module
 */
import { resolve } from "node:path";
import { replaceFile } from "../../../sdk/runtime/files.ts";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { bundlePlugin } from "../../isolate/bundle.ts";
import type { Described } from "../../isolate/describe.ts";
import { describeCode } from "../../isolate/load_path.ts";
import { hashOf, keyText, packPlugin, readPacked, signPacked } from "../../isolate/packed.ts";
import { RELEASE } from "../../release.ts";
import { type Command, EXIT, text, UsageError } from "../command.ts";
import { readSeed } from "./author_key.ts";

/** A plugin that cannot be packed as it is. */
export class PackError extends Error {
  override readonly name = "PackError";
  readonly code = "schema";
}

export const pack: Command = {
  name: "plugin pack",
  summary: "Makes one file of a plugin's source, with its manifest",
  usage: `PATH [--to FILE] [--key FILE]

  PATH        a file, or a folder with mod.ts
  --to FILE   default NAME-VERSION.custos.js
  --key FILE  signs it: see custos plugin sign

The file holds all that the plugin imports but @custos/sdk. The manifest has the class of every
column, what the plugin needs, the JSON Schema of its config, its version and the SHA-256 of its code.`,
  options: { to: { type: "string" }, key: { type: "string" } },
  async run(call) {
    const [path, ...rest] = call.positionals;
    if (path === undefined || rest.length > 0) throw new UsageError("one PATH must be named");
    const code = await bundlePlugin(path);
    const described = await describePacked(code);
    const unsigned = packPlugin({ described, code }, RELEASE);
    const key = text(call, "key");
    const bytes = key === undefined ? unsigned : signPacked(unsigned, await readSeed(key));
    const file = text(call, "to") ?? `${described.name}-${described.version}.custos.js`;
    await replaceFile(nodeFiles(), resolve(file), bytes);
    const packed = readPacked(bytes);
    const told = {
      file,
      name: described.name,
      version: described.version,
      sha256: packed.manifest.sha256,
      manifest: hashOf(packed.manifestBytes),
      key: packed.key === undefined ? null : keyText(packed.key),
    };
    const signed = told.key === null ? "not signed: see custos plugin sign" : `key ${told.key}`;
    await call.out(
      call.json
        ? `${JSON.stringify(told)}\n`
        : `Packed ${told.name} ${told.version} as ${file}, ${signed}\n`,
    );
    return EXIT.ok;
  },
};

/** What the code says of itself, in a process that may reach nothing. @throws {PackError} */
async function describePacked(code: Uint8Array): Promise<Described> {
  const described = await describeCode(code);
  if (described.config === undefined) {
    const why =
      "its config has no JSON Schema, use settings() of @custos/sdk or a schema library " +
      "with Standard JSON Schema";
    throw new PackError(`Cannot pack ${described.name}: ${why}`);
  }
  return described;
}
