import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";

// Bun alone can run a file before another.
const skip = process.versions.bun === undefined;

const MISTAKES = [
  ["an exception", 'throw new Error("boom")'],
  ["a rejection", 'void Promise.reject(new Error("boom"))'],
] as const;

for (const [what, code] of MISTAKES) {
  test(`${what} that nobody catches ends the agent with one line`, { skip }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "custos-main-"));
    try {
      const [mistake, config] = [join(folder, "mistake.ts"), join(folder, "custos.yaml")];
      // When the agent answers on its socket it is wholly up.
      writeFileSync(
        mistake,
        `import { existsSync } from "node:fs";
setInterval(() => { if (existsSync("${folder}/data/control.sock")) ${code}; }, 5);`,
      );
      writeFileSync(
        config,
        `version: 1\nagent: {data_dir: data}\nsources: {iis: {config: {files: ["${folder}/x"]}}}\n`,
      );
      const main = fileURLToPath(new URL("./main.ts", import.meta.url));
      const words = ["--preload", mistake, main, "run", "-c", config, "--log-level", "error"];
      const agent = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] });
      let errors = "";
      agent.stderr.on("data", (text) => errors += String(text));
      const [exit] = await once(agent, "close");
      assert.equal(exit, 1);
      assert.equal(errors.replace(/^custos agent .* runs: .*\n/, ""), "Cannot go on: boom\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
