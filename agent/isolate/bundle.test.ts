import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bundlePlugin } from "./bundle.ts";

const work = mkdtempSync(join(tmpdir(), "custos-bundle-"));
after(() => rmSync(work, { recursive: true }));
const skip = "Deno" in globalThis ? "this runtime has no bundler" : false;

function written(name: string, text: string): string {
  const path = join(work, name);
  writeFileSync(path, text);
  return path;
}

test("bundlePlugin() packs all that a plugin imports but the SDK and the runtime's own modules", {
  skip,
}, async () => {
  written("part.ts", `export const part: string = "a part";`);
  const path = written(
    "mod.ts",
    `import { table } from "@custos/sdk"; import fs from "node:fs"; import { part } from "./part.ts";
     export default { table, part, fs };`,
  );
  const code = new TextDecoder().decode(await bundlePlugin(path));
  assert.match(code, /a part/);
  assert.match(code, /from "@custos\/sdk"/);
  assert.doesNotMatch(code, /part\.ts"/);
});

test(
  "bundlePlugin() refuses what would be imported when it runs, and names it",
  { skip },
  async () => {
    const code = `export default async () => await import("https://example.com/more.js");`;
    const path = written("late.ts", code);
    await assert.rejects(bundlePlugin(path), { name: "BundleError", code: "imports" });
  },
);

test(
  "bundlePlugin() says what is wrong with source, and where there is none",
  { skip },
  async () => {
    await assert.rejects(bundlePlugin(written("bad.ts", `import "./not_there.ts";`)), {
      code: "source",
    });
    await assert.rejects(bundlePlugin(join(work, "nothing")), { code: "missing" });
  },
);
