import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openControl } from "./control.ts";

test("openControl() keeps what a transaction wrote, and writes to the disk before it returns", async () => {
  const folder = await mkdtemp(join(tmpdir(), "custos-control-"));
  const path = join(folder, "control.db");
  {
    await using control = openControl(path);
    control.exec("create table t (a integer, b blob)");
    control.transaction(() => control.run("insert into t values (?, ?)", 1, Uint8Array.of(1, 2)));
    assert.equal(control.get("pragma synchronous")?.["synchronous"], 2);
    assert.equal(control.get("pragma journal_mode")?.["journal_mode"], "wal");
  }
  await using again = openControl(path);
  assert.deepEqual(again.all("select a, b from t"), [{ a: 1, b: Uint8Array.of(1, 2) }]);
  await rm(folder, { recursive: true });
});

test("transaction() undoes what it did when its work throws, an inner one alone", async () => {
  await using control = openControl(":memory:");
  control.exec("create table t (a integer)");
  assert.throws(() =>
    control.transaction(() => {
      control.run("insert into t values (1)");
      throw new Error("no");
    }), /no/);
  control.transaction(() => {
    control.run("insert into t values (2)");
    assert.throws(() =>
      control.transaction(() => {
        control.run("insert into t values (3)");
        throw new Error("no");
      })
    );
  });
  assert.deepEqual(control.all("select a from t"), [{ a: 2 }]);
});

test("transaction() refuses work that is asynchronous, and undoes it", async () => {
  await using control = openControl(":memory:");
  control.exec("create table t (a integer)");
  const work = () => Promise.resolve(control.run("insert into t values (1)"));
  assert.throws(() => control.transaction(work), TypeError);
  assert.deepEqual(control.all("select a from t"), []);
});
