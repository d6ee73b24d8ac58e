/**
 * `custos plugin new`: the beginning of a plugin, which works, with the SDK beside it for editors,
 * compilers and test runners.
 *
 * @module
 */
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SCAFFOLD, SDK_FILES, SDK_FOLDER } from "../../../sdk/scaffold/scaffold.ts";
import { type Command, EXIT, UsageError } from "../command.ts";
import { authorSdk } from "./author_sdk.ts";

export const create: Command = {
  name: "plugin new",
  summary: "Makes the beginning of a plugin: source, tests, a golden case, the SDK's types",
  usage: `NAME [--sdk]

Makes the folder NAME with mod.ts, which reads lines of text, its tests and cases/first. NAME is
lower-case letters, digits and "_": it is the plugin's name too. ${SDK_FOLDER} in it holds @custos/sdk
of this program with its types, to which node_modules leads; an agent uses its own.

  --sdk   writes the SDK of this program into the folder NAME that is there, and nothing else`,
  options: { sdk: { type: "boolean" } },
  async run(call) {
    const [name = "", ...rest] = call.positionals;
    const isSdk = call.values["sdk"] === true;
    const folder = resolve(name);
    if (rest.length > 0 || (!isSdk && !/^[a-z][a-z0-9_]{0,63}$/.test(name))) {
      throw new UsageError('one NAME of lower-case letters, digits and "_" must be named');
    }
    if (isSdk !== existsSync(folder)) {
      throw new UsageError(isSdk ? `${folder} is not there` : `${folder} is there, name another`);
    }
    const files = isSdk ? [] : SCAFFOLD.map(({ path, content }) => ({ path, text: content(name) }));
    for (const { path, text } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text, { flag: "wx" });
    }
    writeSdk(folder);
    const told = { folder, files: [...files.map(({ path }) => path), SDK_FOLDER] };
    await call.out(
      call.json ? `${JSON.stringify(told)}\n` : `Made ${name}: ${told.files.join(", ")}\n`,
    );
    return EXIT.ok;
  },
};

function writeSdk(folder: string): void {
  const sdk = join(folder, SDK_FOLDER);
  mkdirSync(sdk, { recursive: true });
  for (const [name, text] of Object.entries(authorSdk())) writeFileSync(join(sdk, name), text);
  for (const { path, content } of SDK_FILES) writeFileSync(join(sdk, path), content(""));
  const link = join(folder, "node_modules", "@custos", "sdk");
  mkdirSync(dirname(link), { recursive: true });
  // As npm would make it of package.json.
  rmSync(link, { recursive: true, force: true });
  symlinkSync(process.platform === "win32" ? sdk : "../../.custos/sdk", link, "junction");
}
