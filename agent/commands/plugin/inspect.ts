/**
 * `custos plugin inspect`: shows what a packed plugin is, without running it.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { readPacked } from "../../isolate/packed.ts";
import { type Command, EXIT, UsageError } from "../command.ts";
import { textOf, toldOf } from "./show.ts";

export const inspect: Command = {
  name: "plugin inspect",
  summary: "Shows what a packed plugin is: classes, needs, key. None of its code runs",
  usage: "FILE",
  options: {},
  async run(call) {
    const [file, ...rest] = call.positionals;
    if (file === undefined || rest.length > 0) throw new UsageError("one FILE must be named");
    const packed = readPacked(new Uint8Array(await readFile(file)));
    await call.out(call.json ? `${JSON.stringify(toldOf(packed))}\n` : textOf(packed));
    return EXIT.ok;
  },
};
