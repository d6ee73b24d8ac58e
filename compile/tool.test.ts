import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { test } from "node:test";

const ROOT = dirname(import.meta.dirname);
const isPosix = process.platform !== "win32";

test("a tool ends when who called it was killed, as npm does", { skip: !isPosix }, async () => {
  const words = `process.stdout.write("up"); setInterval(() => {}, 1e6)`;
  // "; true" keeps the shell from becoming the tool.
  const shell = spawn("sh", ["-c", `node compile/tool.mjs bun -e '${words}'; true`], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [text] = await once(shell.stdout, "data");
  assert.equal(String(text), "up");
  shell.kill("SIGKILL");
  // The pipe closes when the last process that can write to it is gone.
  shell.stdout.resume();
  await once(shell.stdout, "close");
});
