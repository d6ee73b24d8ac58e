/**
 * `custos plugin new`: the beginning of a plugin, which works.
 *
 * @module
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SCAFFOLD } from "../../../sdk/scaffold/scaffold.ts";
import { type Command, EXIT, UsageError } from "../command.ts";

export const create: Command = {
  name: "plugin new",
  summary: "Makes the beginning of a plugin: source, a golden case",
  usage: `NAME

Makes the folder NAME with mod.ts, which reads lines of text, and cases/first. NAME is lower-case
letters, digits and "_": it is the plugin's name too.`,
  options: {},
  async run(call) {
    const [name = "", ...rest] = call.positionals;
    if (!/^[a-z][a-z0-9_]{0,63}$/.test(name) || rest.length > 0) {
      throw new UsageError('one NAME of lower-case letters, digits and "_" must be named');
    }
    const folder = resolve(name);
    if (existsSync(folder)) throw new UsageError(`${folder} is there, name another`);
    const files = SCAFFOLD.map(({ path, content }) => ({ path, text: content(name) }));
    for (const { path, text } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text, { flag: "wx" });
    }
    const told = { folder, files: files.map(({ path }) => path) };
    await call.out(
      call.json ? `${JSON.stringify(told)}\n` : `Made ${name}: ${told.files.join(", ")}\n`,
    );
    return EXIT.ok;
  },
};
