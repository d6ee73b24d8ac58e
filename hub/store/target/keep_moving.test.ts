import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { openControl } from "../../control.ts";
import { openManifest } from "../manifest.ts";
import { never } from "../test_room.ts";
import { openColdFiles } from "./cold_files.ts";
import { TargetError } from "./cold_target.ts";
import { openMover } from "./keep_moving.ts";
import { sha256Hex } from "./sign_request.ts";
import { openTestTarget } from "./test_target.ts";

test("while the target is down attempts are ever further apart, and all is told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "custos-mover-"));
  mkdirSync(join(folder, "cold"));
  const path = "cold/2-1-0-T.parquet";
  writeFileSync(join(folder, path), "bytes");
  await using control = openControl(":memory:");
  const manifest = openManifest(control);
  const seal = { hash: sha256Hex("bytes"), first: 0, last: 0 };
  const facts = { table: "T", tier: "cold", rows: 1, bytes: 5, timeless: 0 } as const;
  const file = { ...facts, path, fromMs: 0, toMs: 0, seal };
  manifest.add({ next: 1, files: [file], columns: new Map() });
  const target = openTestTarget();
  let isDown = true;
  target.step = () => {
    if (isDown) throw new TargetError("unreachable", "it is down");
  };
  const files = nodeFiles();
  const limits = { cacheBytes: 10, queryBytes: 10, deadlineMs: 1, freeBytes: 0 };
  const cold = openColdFiles({ manifest, files, folder, target, limits, after: never });
  const options = { manifest, files, folder, target, cold, isBack: false };
  const warned: unknown[] = [];
  const pauses: number[] = [];
  const stop = new AbortController();
  const mover = openMover({ ...options, now: () => 1e13, largeRows: 1 }, {
    log: { warning: (_, facts) => void warned.push(facts), info: () => undefined },
    after(ms, run) {
      pauses.push(ms);
      if (pauses.length === 18) {
        assert.equal(mover.state.trouble, "it is down");
        assert.deepEqual([mover.state.waitingFiles, mover.state.waitingBytes], [1, 5]);
        isDown = false;
      }
      if (!isDown && mover.state.waitingFiles === 0) stop.abort();
      const timer = setImmediate(run);
      return () => clearImmediate(timer);
    },
  });
  try {
    await mover.run(stop.signal);
    const [first, second, third] = pauses.filter((_, i) => i % 2 === 0);
    assert.deepEqual([first, second, third], [10_000, 20_000, 40_000]);
    assert.equal(Math.max(...pauses), 600_000);
    assert.equal(warned.length, 1);
    assert.equal(mover.state.trouble, null);
    assert.deepEqual([mover.state.thereFiles, mover.state.thereBytes], [1, 5]);
    assert.ok(target.held.has(path));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
