import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sampleLogs } from "./sample_logs.ts";

const FROM = Date.UTC(2026, 0, 31, 23, 58, 30);
const LIVE_FROM = FROM + 60_000;
const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** Writes five minutes in steps of `stepMs` and gives each file's text by name. */
function written(stepMs: number, seed = 1): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "custos-sample-"));
  folders.push(folder);
  const logs = sampleLogs({ folder, seed, from: FROM, liveFrom: LIVE_FROM });
  for (let ms = FROM; ms <= FROM + 300_000; ms += stepMs) logs.writeUntil(ms);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return new Map(
    names.filter((name) => /\w+_|\.log$/.test(name))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

test("sampleLogs() writes the same bytes however often it is asked", () => {
  const often = written(250);
  assert.deepEqual(written(60_000), often);
  assert.ok(often.size > 50);
});

test("sampleLogs() writes other bytes for another seed", () => {
  assert.notDeepEqual(written(60_000, 2), written(60_000, 1));
});

test("sampleLogs() begins a new IIS file, with its directives, at midnight UTC", () => {
  const files = written(1_000);
  for (const name of ["u_ex260131.log", "u_ex260201.log"]) {
    const text = files.get(join("iis", name)) ?? "";
    assert.equal(text.split("#Fields:").length, 2, name);
    const fields = text.split("\n").find((l) => l.startsWith("#Fields:"))?.split(" ").length;
    for (const line of text.trimEnd().split("\n").filter((l) => !l.startsWith("#"))) {
      assert.equal(line.split(" ").length + 1, fields);
    }
  }
});

test("sampleLogs() tells of password guessing from one address before the live part", () => {
  const text = [...written(1_000)].filter(([name]) => name.startsWith("iis")).map(([, t]) => t);
  const before = new Date(LIVE_FROM).toISOString().slice(0, 19).replace("T", " ");
  const guesses = text.join("").split("\n").filter((l) => l.includes(" 401 1 ") && l < before);
  assert.ok(guesses.length >= 50);
  assert.equal(new Set(guesses.map((line) => line.split(" ")[8])).size, 1);
});

test("sampleLogs() gives each line of a call file as many values as it has names", () => {
  const files = [...written(5_000)].filter(([name]) => name.startsWith("calls"));
  for (const [, text] of files) {
    const counts = text.trimEnd().split("\n").map((line) => line.split(",").length);
    assert.deepEqual(new Set(counts).size, 1);
    assert.equal(counts.length, 6);
  }
});
