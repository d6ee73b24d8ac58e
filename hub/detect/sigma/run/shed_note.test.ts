import assert from "node:assert/strict";
import { test } from "node:test";
import { readShedNote, shedding, type ShedNote } from "./shed_note.ts";

test("shedding() notes which rule is left out, and says so where it cannot", async () => {
  const notes: ShedNote[] = [];
  const lines: string[] = [];
  const write = (message: string, { rule }: Record<string, string>) => {
    lines.push(`${message}: ${rule}`);
  };
  const log = { warning: write, error: write };
  shedding({ log, record: (note) => Promise.resolve(void notes.push(note)) })("a", "slow");
  shedding({ log, record: () => Promise.reject(new Error("full disk")) })("b", "slow");
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(notes, [{ note: "rule-shed", rule: "a", why: "slow" }]);
  assert.deepEqual(lines, [
    "A rule is left out: a",
    "A rule is left out: b",
    "Cannot leave out a rule: b",
  ]);
  const payload = new TextEncoder().encode(JSON.stringify(notes[0]));
  assert.deepEqual(readShedNote(payload), notes[0]);
  assert.equal(readShedNote(new TextEncoder().encode('{"note":"look"}')), undefined);
  assert.equal(readShedNote(new TextEncoder().encode("{")), undefined);
});
