import assert from "node:assert/strict";
import test from "node:test";
import { memoryIo } from "../../sdk/testkit/memory_io.ts";
import { controlGroups } from "./cgroups.ts";

const encoder = new TextEncoder();

function hostWith(groups: number): ReturnType<typeof memoryIo> {
  const files = new Map([["/sys/fs/cgroup/cgroup.controllers", encoder.encode("pids\n")]]);
  for (let i = 0; i < groups; i++) {
    files.set(`/sys/fs/cgroup/g${i}/pids.current`, encoder.encode("1\n"));
  }
  return memoryIo(files);
}

test("controlGroups() looks at no more than 1,000 groups", () => {
  const io = hostWith(1001);
  // A list of the whole host for each group would take the test long, not the plugin.
  const root = io.list("/sys/fs/cgroup");
  const list = (folder: string): readonly string[] =>
    folder.endsWith("cgroup") || folder.endsWith("cgroup/") ? root : ["pids.current"];
  assert.equal(controlGroups({ read: (path) => io.read(path), list }, 1).length, 1000);
});

test("controlGroups() looks at none where the depth is 0", () => {
  assert.deepEqual(controlGroups(hostWith(1), 0), []);
});
