/**
 * docs/plugin.md, word for word: from `custos plugin new` to the plugin's events in the hub, with
 * the compiled agent and a real hub.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as v from "valibot";
import { runToEnd, startChild } from "../../compile/demo/child.ts";
import { messageOf } from "../../compile/demo/messages.ts";
import { buildProgram } from "../../compile/program.ts";
import { hostTarget } from "../../compile/targets.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const work = mkdtempSync(join(tmpdir(), "custos-plugin-"));
const bin = join(work, "bin");
const author = join(work, "author");
const hubData = join(work, "hub");
after(() => rmSync(work, { recursive: true }));

/** One piece of the page, in order. */
type Piece =
  | { readonly kind: "shell"; readonly text: string }
  | { readonly kind: "file"; readonly path: string; readonly text: string };

function piecesOf(page: string): readonly Piece[] {
  const [tutorial = ""] = page.split("\n# What a plugin is given");
  const blocks = tutorial.matchAll(/([^\n]*)\n\n```(\w+)\n([\s\S]*?)```/g);
  return [...blocks].map(([, before = "", language, text = ""]): Piece => {
    if (language === "sh") return { kind: "shell", text };
    const [, path] = /`([^`]+)`:$/.exec(before) ?? [];
    assert.ok(path !== undefined, `the page does not say which file this is: ${text}`);
    return { kind: "file", path, text };
  });
}

function startShell(text: string, env: Record<string, string>): ChildProcess {
  const PATH = `${bin}:${process.env["PATH"] ?? ""}`;
  return spawn("sh", ["-e", "-c", text], { cwd: author, env: { PATH, ...env } });
}

async function runShell(text: string, env: Record<string, string>) {
  const child = startShell(text, env);
  let output = "";
  child.stdout?.on("data", (chunk) => (output += String(chunk)));
  child.stderr?.on("data", (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

async function startHub() {
  const command = [process.execPath, "hub/main.ts"];
  const place = { name: "hub", cwd: ROOT, errorLog: join(work, "hub.err") };
  const serve = "serve --page 127.0.0.1:0 --link 127.0.0.1:0 --output json --data".split(" ");
  const hub = startChild({ ...place, command: [...command, ...serve, hubData] });
  const first = await hub.lines[Symbol.asyncIterator]().next();
  const ready = messageOf(first.value);
  assert.ok(ready?.event === "ready", hub.errors());
  const create = [
    ...command,
    ..."key create --scopes all --output json --data".split(" "),
    hubData,
  ];
  const made = (await runToEnd({ ...place, name: "key", command: create }))[0];
  const { key } = v.parse(v.object({ key: v.string() }), made);
  const env = { HUB: ready.link, TOKEN: ready.enrollToken, PAGE: ready.page, KEY: key };
  return { hub, env };
}

test("the page leads from nothing to events in the hub", async () => {
  mkdirSync(bin);
  mkdirSync(author);
  const entry = join(ROOT, "agent", "main.ts");
  await buildProgram({ entry, outfile: join(bin, "custos"), target: hostTarget(), root: ROOT });
  const hubProgram = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "hub/main.ts")}" "$@"\n`;
  writeFileSync(join(bin, "custos-hub"), hubProgram);
  chmodSync(join(bin, "custos-hub"), 0o755);
  const { hub, env } = await startHub();
  await using _ = hub;
  const pieces = piecesOf(readFileSync(join(ROOT, "docs", "plugin.md"), "utf8"));
  assert.ok(pieces.length >= 9);
  let agent: ChildProcess | undefined;
  let last = "";
  try {
    for (const piece of pieces) {
      if (piece.kind === "file") writeFileSync(join(author, piece.path), piece.text);
      else if (piece.text === "custos run\n") agent = startShell(`exec ${piece.text}`, env);
      else if (piece.text.startsWith("custos-hub query")) last = await queried(piece.text, env);
      else await mustRun(piece.text, env);
    }
  } finally {
    agent?.kill("SIGINT");
  }
  for (const word of ["jq:amd64", "7.88.1-10", "remove", "a line that is none"]) {
    assert.ok(last.includes(word), `${word} is not in ${last}`);
  }
});

/** The store follows the ledger at its own pace: the runner's deadline ends this. */
async function queried(text: string, env: Record<string, string>): Promise<string> {
  for (;;) {
    const { output } = await runShell(text, env);
    if (output.includes("nano")) return output;
  }
}

async function mustRun(text: string, env: Record<string, string>): Promise<void> {
  const { code, output } = await runShell(text, env);
  assert.equal(code, 0, `${text}\n${output}`);
}
