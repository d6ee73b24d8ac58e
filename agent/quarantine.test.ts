import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as v from "valibot";
import { TableWriter } from "../sdk/columns/writer.ts";
import { boxKeyId, makeBoxKeys } from "../sdk/keys/box.ts";
import { column, schemaOf, table } from "../sdk/table.ts";
import { EXIT, parseCall } from "./commands/command.ts";
import { quarantine } from "./commands/quarantine.ts";
import { openQuarantineBox, type QuarantineOptions } from "./quarantine_box.ts";

const random = (n: number) => new Uint8Array(randomBytes(n));
const reveal = makeBoxKeys(random);
const schema = schemaOf(
  "Logon",
  table({
    doc: "Test",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ class: "public" }),
      Who: column.string({ class: "personal" }),
    },
  }),
);

const Shown = v.looseObject({ table: v.string(), row: v.looseObject({ Who: v.string() }) });
const Dropped = v.looseObject({
  dropped: v.string(),
  why: v.string(),
  head: v.looseObject({ rows: v.number() }),
});

function batchOf(...names: readonly string[]) {
  const writer = new TableWriter(schema);
  for (const Who of names) writer.add({ TimeGenerated: 0, Who });
  return writer.view();
}

/** A data folder with a quarantine, and the command on it. */
function place(options: Partial<QuarantineOptions> = {}) {
  const data = mkdtempSync(join(tmpdir(), "custos-quarantine-"));
  const folder = join(data, "quarantine");
  const box = openQuarantineBox({ folder, to: () => reveal.publicKey, now: () => 5, ...options });
  const keyFile = join(data, "reveal.key");
  writeFileSync(keyFile, `${Buffer.from(reveal.secret).toString("hex")}\n`);
  return {
    box,
    data,
    folder,
    keyFile,
    names: () => readdirSync(folder),
    run: (...words: readonly string[]) => run(...words, "--data-dir", data),
    [Symbol.dispose]: () => rmSync(data, { recursive: true }),
  };
}

async function run(...words: readonly string[]) {
  let out = "";
  let err = "";
  const code = await quarantine.run({
    ...parseCall(quarantine, words),
    signal: new AbortController().signal,
    out: (text) => {
      out += text;
      return Promise.resolve();
    },
    err: (line) => void (err += `${line}\n`),
  });
  return { code, out, err };
}

test("what is in quarantine is listed without its values, and shown with the reveal key alone", async () => {
  using at = place();
  assert.ok(at.box.keep("web", batchOf("Ada Lovelace", "Grace Hopper")));
  const [name = ""] = at.names();
  assert.equal(statSync(join(at.folder, name)).mode & 0o777, 0o600);
  assert.ok(!readFileSync(join(at.folder, name)).includes("Lovelace"));
  const listed = await at.run("ls", "--output", "json");
  assert.deepEqual(JSON.parse(listed.out), {
    name,
    kind: "batch",
    source: "web",
    table: "Logon",
    rows: 2,
    at: "1970-01-01T00:00:00.005Z",
    bytes: statSync(join(at.folder, name)).size,
    sealedTo: Buffer.from(boxKeyId(reveal.publicKey)).toString("hex"),
  });
  const shown = await at.run("show", name, "--reveal-key", at.keyFile);
  assert.equal(shown.code, EXIT.ok);
  const rows = shown.out.trim().split("\n").map((line) => v.parse(Shown, JSON.parse(line)));
  assert.deepEqual(rows.map(({ table, row }) => [table, row.Who]), [
    ["Logon", "Ada Lovelace"],
    ["Logon", "Grace Hopper"],
  ]);
});

test("of several reveal keys the one that a file is sealed to opens it", async () => {
  using at = place();
  at.box.keep("web", batchOf("Ada"));
  const [name = ""] = at.names();
  const own = readFileSync(at.keyFile, "utf8");
  const newer = Buffer.from(makeBoxKeys(random).secret).toString("hex");
  writeFileSync(at.keyFile, `${newer}\n${own}`);
  const shown = await at.run("show", name, "--reveal-key", at.keyFile);
  assert.equal(shown.code, EXIT.ok);
  assert.match(shown.out, /Ada/);
});

test("another key, and no key, show nothing", async () => {
  using at = place();
  at.box.keep("web", batchOf("Ada"));
  const [name = ""] = at.names();
  writeFileSync(at.keyFile, Buffer.from(makeBoxKeys(random).secret).toString("hex") + "\n");
  const shown = await at.run("show", name, "--reveal-key", at.keyFile);
  assert.deepEqual([shown.code, shown.out], [EXIT.failed, ""]);
  assert.match(shown.err, /sealed to another key/);
  writeFileSync(at.keyFile, "nonsense\n");
  await assert.rejects(at.run("show", name, "--reveal-key", at.keyFile), { code: "key" });
  await assert.rejects(at.run("show", name), { code: "usage" });
});

test("every bit flip and every cut of a file is told, by code", async () => {
  using at = place();
  at.box.keep("web", batchOf("Ada"));
  const [name = ""] = at.names();
  const path = join(at.folder, name);
  const whole = readFileSync(path);
  const shown = () => at.run("show", name, "--reveal-key", at.keyFile);
  for (let i = 0; i < whole.length; i++) {
    const changed = Buffer.from(whole);
    changed[i]! ^= 1 << (i & 7);
    writeFileSync(path, changed);
    const { code, out } = await shown();
    assert.notEqual(code, EXIT.ok, `byte ${i}`);
    assert.equal(out, "");
  }
  for (const length of [0, 4, 7, 40, whole.length - 1]) {
    writeFileSync(path, whole.subarray(0, length));
    assert.equal((await shown()).code, EXIT.integrity);
  }
  writeFileSync(path, "CUSQ");
  const listed = await at.run("ls");
  assert.equal(listed.code, EXIT.integrity);
  assert.match(listed.err, /^Damaged: /);
});

for (const bound of [{ mostBytes: 1000 }, { mostFiles: 2 }]) {
  test(`the quarantine takes no more than ${JSON.stringify(bound)}, and again after a drop`, async () => {
    using at = place(bound);
    let kept = 0;
    while (at.box.keep("web", batchOf("Ada"))) kept++;
    assert.ok(kept > 0 && kept < 10);
    assert.equal(at.names().length, kept);
    const [name = ""] = at.names();
    await assert.rejects(at.run("drop", name), { code: "usage" });
    assert.equal((await at.run("drop", name, "--why", "seen, ticket 9")).code, EXIT.ok);
    const log = v.parse(Dropped, JSON.parse(readFileSync(join(at.data, "quarantine.log"), "utf8")));
    assert.deepEqual([log.dropped, log.why, log.head.rows], [name, "seen, ticket 9", 1]);
    assert.ok(at.box.keep("web", batchOf("Ada")));
  });
}

test("a quarantine that cannot be written says so", () => {
  using at = place();
  const box = openQuarantineBox({
    folder: join(at.keyFile, "quarantine"),
    to: () => reveal.publicKey,
    now: () => 0,
  });
  assert.equal(box.keep("web", batchOf("Ada")), false);
});

test("a recipient key that nobody can own keeps nothing", () => {
  using at = place({ to: () => new Uint8Array(32) });
  assert.equal(at.box.keep("web", batchOf("Ada")), false);
});

test("no name leads out of the quarantine", async () => {
  using at = place();
  at.box.keep("web", batchOf("Ada"));
  for (const name of ["../reveal.key", "..", "/etc/hostname", ".", "none"]) {
    await assert.rejects(at.run("drop", name, "--why", "test"), { code: "missing" });
  }
});
