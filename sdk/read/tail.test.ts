import assert from "node:assert/strict";
import { appendFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { folder, follow, wait } from "./tail_run.ts";

test("tail() cuts a line over the limit, says its length and goes on after it", async (t) => {
  const at = folder(t);
  const log = join(at, "app.log");
  writeFileSync(log, `a\n${"x".repeat(100)}\nb\n${"y".repeat(10)}\n${"z".repeat(9000)}`);
  const options = { chunkBytes: 64, maxLineBytes: 10 };
  const steps = [() => appendFileSync(log, "z"), () => appendFileSync(log, "z\nend\n")];
  const { chunks, lines } = await follow({ globs: [log], options, steps });
  assert.deepEqual(lines, ["a", "x".repeat(10), "b", "y".repeat(10), "z".repeat(10), "end"]);
  assert.deepEqual(chunks.flatMap((chunk) => chunk.cut?.lineBytes ?? []), [100, 9002]);
});

test("tail() in once mode gives a last line without LF and ends", async (t) => {
  const at = folder(t);
  writeFileSync(join(at, "a.log"), "1\n2");
  writeFileSync(join(at, "b.log"), "");
  writeFileSync(join(at, "c.log"), "3\n");
  const { lines } = await follow({ globs: [join(at, "*.log")], once: true });
  assert.deepEqual(lines.toSorted(), ["1", "2", "3"]);
});

test("tail() starts at the end of files when told to", async (t) => {
  const at = folder(t);
  const log = join(at, "app.log");
  writeFileSync(log, "1\n2\nha");
  const steps = [() => appendFileSync(log, "lf\n3\n")];
  const { lines } = await follow({ globs: [log], options: { startAt: "now" }, steps });
  assert.deepEqual(lines, ["half", "3"]);
});

test("tail() keeps the identity of a file through renames and changes it with its content", async (t) => {
  const at = folder(t);
  const log = join(at, "app.log");
  writeFileSync(log, "1\n");
  const steps = [
    () => renameSync(log, `${log}.1`),
    () => appendFileSync(`${log}.1`, "2\n"),
    () => truncateSync(`${log}.1`),
    () => appendFileSync(`${log}.1`, "3\n"),
  ];
  const { chunks } = await follow({ globs: [`${log}*`], steps });
  const [first, second, third] = chunks.map((chunk) => chunk.fileId);
  assert.equal(chunks.length, 3);
  assert.equal(first, second);
  assert.notEqual(second, third);
});

test("tail gives a chunk without bytes when nothing was read for so long, and not before", async (t) => {
  const file = join(folder(t), "a");
  writeFileSync(file, "1\n");
  const steps = [...wait(4), () => appendFileSync(file, "2\n"), ...wait(4)];
  const { chunks } = await follow({ globs: [file], options: { pollMs: 100, idleMs: 300 }, steps });
  assert.deepEqual(chunks.map(({ bytes }) => bytes.length), [2, 0, 2, 0]);
  const quiet = await follow({ globs: [file], options: { pollMs: 100 }, steps: wait(9) });
  assert.equal(quiet.chunks.length, 1);
});
