/**
 * A folder that tries to get its code into a program that is started in it.
 *
 * @module
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface HostileFolder extends Disposable {
  readonly path: string;
  /** A script that leaves the mark. */
  readonly script: string;
  /** Whether the script ran since the last look. */
  wasObeyed(): boolean;
}

/** Makes a folder with a `.env`, a `bunfig.toml` and the script that it preloads. */
export function hostileFolder(): HostileFolder {
  const path = mkdtempSync(join(tmpdir(), "custos-hostile-"));
  const mark = join(path, "mark");
  const script = join(path, "evil.js");
  writeFileSync(script, `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "");`);
  writeFileSync(join(path, ".env"), "CUSTOS_FROM_DOTENV=obeyed\n");
  writeFileSync(join(path, "bunfig.toml"), 'preload = ["./evil.js"]\n');
  return {
    path,
    script,
    wasObeyed: () => {
      const obeyed = existsSync(mark);
      rmSync(mark, { force: true });
      return obeyed;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
