/**
 * `custos plugin sign`: signs a packed plugin, or makes the key for it.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { replaceFile } from "../../../sdk/runtime/files.ts";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { keyText, readPacked, signPacked } from "../../isolate/packed.ts";
import { type Command, EXIT, text, UsageError } from "../command.ts";
import { makeKey, readSeed } from "./author_key.ts";

export const sign: Command = {
  name: "plugin sign",
  summary: "Signs a packed plugin with its author's key, or makes that key",
  usage: `FILE --key FILE | --new-key FILE

  --new-key FILE  makes a key: 32 random bytes in hex. Keep it where only you can read it
  --key FILE      signs the packed plugin in place; a signature that it has is replaced`,
  options: { key: { type: "string" }, "new-key": { type: "string" } },
  async run(call) {
    const made = text(call, "new-key");
    if (made !== undefined) {
      const key = keyText(await makeKey(made));
      await call.out(call.json ? `${JSON.stringify({ key })}\n` : `Public key ${key}\n`);
      return EXIT.ok;
    }
    const [file, ...rest] = call.positionals;
    const keyFile = text(call, "key");
    if (file === undefined || keyFile === undefined || rest.length > 0) {
      throw new UsageError("one FILE and --key FILE must be named");
    }
    const bytes = signPacked(new Uint8Array(await readFile(file)), await readSeed(keyFile));
    await replaceFile(nodeFiles(), file, bytes);
    const { key, manifest: { name, version } } = readPacked(bytes);
    const told = { file, name, version, key: key === undefined ? null : keyText(key) };
    await call.out(
      call.json
        ? `${JSON.stringify(told)}\n`
        : `Signed ${name} ${version} in ${file} with key ${told.key}\n`,
    );
    return EXIT.ok;
  },
};
