/**
 * `custos plugin add`: an operator approves a packed plugin for this agent.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { builtinPlugins } from "../../../plugins/builtin.ts";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { AddedError, addedNames, addPlugin, type Pin, readPin } from "../../isolate/added.ts";
import { keyText, type Packed, readPacked } from "../../isolate/packed.ts";
import { type Call, type Command, EXIT, text, UsageError } from "../command.ts";
import { dataDirOf } from "./data_dir.ts";
import { textOf, toldOf } from "./show.ts";

/** A plugin that is not added. */
export class AddError extends Error {
  override readonly name = "AddError";
  readonly code: "unsigned" | "key" | "name" | "declined";

  constructor(code: AddError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export const add: Command = {
  name: "plugin add",
  summary: "Approves a packed plugin for this agent: its classes, needs and key",
  usage: `FILE [-c FILE | --data-dir DIR] [--yes] [--key HEX] [--unsigned] [--replace-key]

  --yes          approves without asking; needed where nobody can be asked
  --key HEX      only if this key has signed it
  --unsigned     even if nobody has signed it
  --replace-key  even if the one that is there was signed by another key

What is approved is kept beside the plugin. The agent runs no other: a changed manifest, code or key
is refused, and must be approved anew. The agent takes it at its next start or custos reload.`,
  options: {
    "data-dir": { type: "string" },
    yes: { type: "boolean" },
    key: { type: "string" },
    unsigned: { type: "boolean" },
    "replace-key": { type: "boolean" },
  },
  async run(call) {
    const [file, ...rest] = call.positionals;
    if (file === undefined || rest.length > 0) throw new UsageError("one FILE must be named");
    const dataDir = await dataDirOf(call);
    const bytes = new Uint8Array(await readFile(file));
    const packed = readPacked(bytes);
    judge(call, packed, dataDir);
    if (!call.json) await call.out(textOf(packed));
    await approve(call, packed);
    const by = process.env["USER"] ?? process.env["USERNAME"] ?? "unknown";
    await addPlugin(dataDir, { files: nodeFiles(), bytes, packed, by, at: new Date() });
    const { name, version } = packed.manifest;
    await call.out(
      call.json
        ? `${JSON.stringify({ added: name, ...toldOf(packed) })}\n`
        : `Added ${name} ${version}\n`,
    );
    return EXIT.ok;
  },
};

/** @throws {AddError} */
function judge(call: Call, { manifest: { name }, key }: Packed, dataDir: string): void {
  const cannot = `Cannot add ${name}:`;
  if (builtinPlugins.has(name)) {
    throw new AddError("name", `${cannot} a plugin of that name is built in`);
  }
  if (key === undefined && call.values["unsigned"] !== true) {
    throw new AddError("unsigned", `${cannot} nobody has signed it, approve that with --unsigned`);
  }
  const is = key === undefined ? null : keyText(key);
  const wanted = text(call, "key");
  if (wanted !== undefined && is !== wanted) {
    throw new AddError("key", `${cannot} its key is ${is ?? "none"}, must be ${wanted}`);
  }
  const before = pinOf(dataDir, name)?.key;
  if (before !== undefined && before !== is && call.values["replace-key"] !== true) {
    const what = `the one that is there has key ${before ?? "none"}, this one ${is ?? "none"}`;
    throw new AddError("key", `${cannot} ${what}, approve that with --replace-key`);
  }
}

function pinOf(dataDir: string, name: string): Pin | undefined {
  try {
    return addedNames(dataDir).includes(name) ? readPin(dataDir, name) : undefined;
  } catch (error) {
    // Nobody can tell what was approved: this one takes its place.
    if (error instanceof AddedError) return undefined;
    throw error;
  }
}

/** @throws {AddError} `declined` */
async function approve(call: Call, { manifest: { name } }: Packed): Promise<void> {
  if (call.values["yes"] === true) return;
  const declined = new AddError("declined", `Cannot add ${name}: nobody has approved it (--yes)`);
  if (call.json || process.stdin.isTTY !== true) throw declined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question("Approve? [y/N] ", { signal: call.signal });
  lines.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw declined;
}
