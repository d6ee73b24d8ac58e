import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { EXIT, parseCall, UsageError } from "./command.ts";
import { type Checked, rules } from "./rules.ts";

async function run(...words: readonly string[]) {
  let out = "";
  let err = "";
  const code = await rules.run({
    ...parseCall(rules, words),
    signal: new AbortController().signal,
    now: () => 0,
    variable: () => undefined,
    out: (text) => out += text,
    err: (line) => err += `${line}\n`,
  });
  return { code, out, err };
}

const RULE = `title: A
id: a
name: called
logsource: { product: windows, service: security }
detection: { s: { EventID: 4625, "User|expand": "%Admins%" }, condition: s }
`;
const CORRELATION = `title: Many of A
id: many
correlation:
  { type: event_count, rules: called, group-by: [User], timespan: 5m, condition: { gte: 5 } }
`;

/** A folder of files, removed at the end. */
function folderOf(files: Record<string, string>): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "custos-rules-"));
  mkdirSync(join(path, "deep"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("rules check tells what compiles, what does not, and which tables feed a rule", async () => {
  using folder = folderOf({
    "a.yml": RULE,
    "deep/b.yaml": CORRELATION,
    "deep/wrong.yml": RULE.replace("id: a", "id: b").replace("condition: s", "condition: t"),
    "not.txt": "title: [",
  });
  const { code, out } = await run("check", folder.path, "--output", "json");
  assert.equal(code, EXIT.failed);
  const checked = JSON.parse(out) as Checked;
  assert.deepEqual([checked.total, checked.compiled], [3, 1]);
  const [failed] = checked.failed;
  assert.deepEqual([failed?.path, failed?.line], [join(folder.path, "deep/wrong.yml"), 5]);
  assert.match(failed!.error, /deep\/wrong\.yml:5:\d+: the condition cannot be read/);
  assert.deepEqual(checked.placeholders.map(({ names }) => names), [["Admins"]]);
  const tables = checked.rules.map(({ id, tables }) => [id, tables]);
  assert.deepEqual(tables, [["a", ["SecurityEvent", "WindowsEvent"]], [
    "many",
    ["SecurityEvent", "WindowsEvent"],
  ]]);
});

test("rules check takes the values of placeholders from their file", async () => {
  const values = "Admins: [root, adm_*]\n'%Other%': x\n";
  using folder = folderOf({ "a.yml": RULE, "placeholders.yaml": values });
  assert.deepEqual(await run("check", folder.path), {
    code: EXIT.ok,
    out: "1 rules, 1 compiled, 0 with a mistake, 0 need the value of a placeholder, 1 are fed by " +
      "a table, 0 are blinded by the default scrub policy and 0 see less\n",
    err: "",
  });
  using other = folderOf({ "v.txt": "Admins: [[x]]\nNo-name: x\nEmpty: []\n" });
  const wrong = await run("check", folder.path, "--placeholders", join(other.path, "v.txt"));
  assert.equal(wrong.code, EXIT.failed);
  assert.match(wrong.err, /v\.txt:1:10: Admins is a list, must be a text/);
  assert.match(wrong.err, /v\.txt:2:1: "No-name" is no name/);
  assert.match(wrong.err, /v\.txt:3:8: Empty has no value/);
  assert.match(wrong.err, /a\.yml: needs Admins/);
});

test("rules check refuses wrong words and what is not there", async () => {
  const refused = async (...words: string[]) => await run(...words);
  await assert.rejects(refused("check"), UsageError);
  await assert.rejects(refused("run", "x"), /"run" is no action, must be check/);
  await assert.rejects(refused("check", "/no/such"), /Cannot read \/no\/such: there is no such/);
  using folder = folderOf({});
  await assert.rejects(refused("check", folder.path, "--placeholders", "/no"), UsageError);
});

test("what a command prints reaches a slow reader whole", async () => {
  const id = (n: number) => RULE.replace("id: a", `id: a${n}`).replace("name: called\n", "");
  const many = Array.from({ length: 1_000 }, (_, n) => id(n)).join("---\n");
  using folder = folderOf({ "a.yml": many });
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  // A reader that is late: the pipe is full before the first byte is read.
  const late = '"$@" | { sleep 0.5; cat; }';
  const words = [process.execPath, main, "rules", "check", folder.path, "--output", "json"];
  const { stdout } = spawnSync("sh", ["-c", late, "sh", ...words], { encoding: "utf8" });
  const checked = JSON.parse(stdout) as Checked;
  assert.equal(checked.rules.length, 1_000);
});

const corpus = fileURLToPath(new URL("../../../shared/corpora/sigma", import.meta.url));
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";

test("rules check compiles every public rule, or asks for its placeholders", { skip }, async () => {
  const { code, out } = await run("check", corpus, "--output", "json");
  const checked = JSON.parse(out) as Checked;
  assert.deepEqual([code, checked.failed], [EXIT.ok, []]);
  assert.equal(checked.total, 3_780);
  assert.equal(checked.compiled + checked.placeholders.length, checked.total);
  assert.equal(checked.placeholders.length, 24);
});
