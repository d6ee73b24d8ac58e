/**
 * What `custos plugin new` of the compiled program makes in an empty folder, far from any checkout:
 * a compiler resolves the SDK's types there, and each runtime runs the plugin's tests.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { toolCommand } from "../../compile/tool.mjs";
import { buildAgent } from "./scene.ts";

const work = mkdtempSync(join(tmpdir(), "custos-author-"));
const project = join(work, "my_log");
const mod = join(project, "mod.ts");
after(() => rmSync(work, { recursive: true }));

before(async () => {
  const program = await buildAgent(work);
  assert.equal(run([program, "plugin", "new", "my_log"], work).code, 0);
});

function run(command: readonly string[], cwd: string) {
  const [program = "", ...words] = command;
  // Nothing of this checkout's settings.
  const env = { PATH: process.env["PATH"] ?? "", HOME: work };
  const { status, stdout, stderr } = spawnSync(program, words, { cwd, env });
  return { code: status, out: `${String(stdout)}${String(stderr)}` };
}

const check = () => run([...toolCommand("typescript"), "-p", "."], project);

/** What `change` makes of mod.ts is judged, then taken back. */
function withChange<T>(change: (text: string) => string, judge: () => T): T {
  const text = readFileSync(mod, "utf8");
  const changed = change(text);
  assert.notEqual(changed, text, "the change changes nothing");
  writeFileSync(mod, changed);
  try {
    return judge();
  } finally {
    writeFileSync(mod, text);
  }
}

test("tsc --noEmit resolves the SDK and the test kit", () => {
  const { code, out } = check();
  assert.equal(code, 0, out);
});

const MISTAKES: readonly (readonly [string, (text: string) => string, RegExp])[] = [
  [
    "a column of another type",
    (text) => text.replace("UserName: user,", "UserName: 1,"),
    /mod\.ts\(\d+,\d+\): error .*'number' is not assignable to type 'string'/,
  ],
  [
    "a column that is not declared",
    (text) => text.replace("UserName: user,", "UserName: user, Other: user,"),
    /mod\.ts\(\d+,\d+\): error .*'Other' does not exist/,
  ],
  [
    "a data class that there is none of",
    (text) => text.replace('"personal"', '"private"'),
    /mod\.ts\(\d+,\d+\): error .*"private"/,
  ],
  [
    "a setting that is not declared",
    (text) => text.replace("config.files, cursor", "config.paths, cursor"),
    /mod\.ts\(\d+,\d+\): error .*'paths' does not exist/,
  ],
];
for (const [what, change, told] of MISTAKES) {
  test(`tsc --noEmit tells of ${what}`, () => {
    const { code, out } = withChange(change, check);
    assert.notEqual(code, 0);
    assert.match(out, told);
  });
}

/** TypeScript without a flag: Node 22.18. */
const isNodeOld = !/^v(?:2[4-9]|22\.(?:1[89]|[2-9]\d))/.test(
  run(["node", "--version"], work).out,
);
const RUNNERS: readonly (readonly [string, readonly string[], string | false])[] = [
  ["bun test", [...toolCommand("bun"), "test"], false],
  ["deno test, with types checked", [...toolCommand("deno"), "test", "-A"], false],
  ["node --test", ["node", "--test"], isNodeOld ? "this Node runs no TypeScript" : false],
];
for (const [name, command, skip] of RUNNERS) {
  test(`${name} runs the plugin's tests, and they can fail`, { skip }, () => {
    const good = run(command, project);
    assert.equal(good.code, 0, good.out);
    assert.match(good.out, /golden case first/);
    assert.match(good.out, /no name leaves the host/);
    // Not a type error: what it gives is another thing.
    const bad = withChange(
      (text) => text.replace("UserName: user,", "UserName: `${user}!`,"),
      () => run(command, project),
    );
    assert.notEqual(bad.code, 0);
  });
}

test("--sdk writes the SDK of this program anew, and nothing else", () => {
  const types = join(project, ".custos", "sdk", "mod.d.ts");
  const [own, before] = [readFileSync(mod, "utf8"), readFileSync(types, "utf8")];
  writeFileSync(types, "");
  writeFileSync(mod, `${own}// mine\n`);
  const { code, out } = run([join(work, "custos"), "plugin", "new", "my_log", "--sdk"], work);
  assert.equal(code, 0, out);
  assert.equal(readFileSync(types, "utf8"), before);
  assert.equal(readFileSync(mod, "utf8"), `${own}// mine\n`);
});
