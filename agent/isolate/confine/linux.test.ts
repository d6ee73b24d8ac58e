/**
 * A plugin's process whose agent is gone ends too.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { ownProcesses } from "../process_maker.ts";
import { offeredByKernel } from "./linux.ts";

const skip = (await offeredByKernel()).calls ? false : "this system does not tie it to its agent";

test("a process whose agent was killed ends, though its input stays open", { skip }, async () => {
  const words = ownProcesses().command({});
  const folder = mkdtempSync(join(tmpdir(), "custos-linux-"));
  const pipe = join(folder, "input");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  // Whoever holds it keeps the process's input open, and does not wait for somebody to write.
  const held = openSync(pipe, "r+");
  // A shell stands for the agent.
  const script = `"$@" <"${pipe}" >/dev/null & echo $!; wait`;
  const shell = spawn("/bin/sh", ["-c", script, "sh", ...words], {
    env: {},
    stdio: ["ignore", "pipe", "ignore"],
  });
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  const pid = Number((await lines.next()).value);
  // Once it is confined it is tied: it has become itself again.
  while (lineOf(pid, "Seccomp") !== "2") await soon();
  shell.kill("SIGKILL");
  // The runner's deadline ends this.
  while (lineOf(pid, "State") !== undefined) await soon();
  closeSync(held);
  rmSync(folder, { recursive: true });
});

/** A line of what the kernel tells of a process; undefined where it runs no more. */
function lineOf(pid: number, name: string): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return /^State:\tZ/m.test(status)
      ? undefined
      : new RegExp(`^${name}:\\t(.*)$`, "m").exec(status)?.[1];
  } catch {
    return undefined;
  }
}

function soon(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 5));
}
