import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { memoryIo } from "../../sdk/testkit/memory_io.ts";
import { matchesText } from "./glob.ts";
import perfCounters from "./mod.ts";
import { SOURCES } from "./sources.ts";

goldenCases(perfCounters, new URL("./cases/", import.meta.url));
readmeTables(perfCounters, new URL("./README.md", import.meta.url));

const busy = (ticks: number): Record<string, string> => ({
  "/proc/stat": `cpu ${ticks} 0 0 ${ticks} 0 0 0 0\n`,
});
const counters = [{ counter: "% Processor Time" }];

test("perf_counters gives no rate at its first look, nor after a restart", async () => {
  const first = await runPlugin(perfCounters, { config: { counters }, steps: [busy(1)] });
  const again = await runPlugin(perfCounters, {
    config: { counters },
    steps: [busy(9)],
    cursor: first.cursor!,
  });
  assert.deepEqual([first.rows, again.rows], [{}, {}]);
  assert.deepEqual(first.cursor, {});
});

test("perf_counters gives no value for a counter that went back", async () => {
  const steps = [busy(100), busy(5), busy(15)];
  const { rows } = await runPlugin(perfCounters, { config: { counters }, steps });
  assert.deepEqual(rows["Perf"]?.map((row) => row["CounterValue"]), [50]);
});

test("perf_counters goes on where a file is refused", async () => {
  const io = memoryIo(new Map([["/proc/loadavg", new TextEncoder().encode("1 2 3 4/5 6\n")]]));
  const refused = {
    ...io,
    read: (path: string) => {
      if (path === "/proc/stat") throw new Error("EACCES");
      return io.read(path);
    },
  };
  const run = await runPlugin(perfCounters, { config: {}, io: refused, steps: [{}, {}] });
  assert.equal(run.rows["Perf"]?.length, 8);
});

test("the readers of /proc throw on no text", () => {
  const words = fc.constantFrom(
    "cpu0",
    "eth0:",
    "sda",
    "some",
    "total=1",
    "1",
    "-5",
    ":",
    "\n",
    " ",
  );
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.array(words).map((all) => all.join(" ")));
  fc.assert(
    fc.property(text, (given) => {
      for (const { read } of SOURCES) read(given);
    }),
    { numRuns: 300 },
  );
});

const GLOBS: readonly (readonly [string, string, boolean])[] = [
  ["*", "", true],
  ["% Processor Time", "% processor time", true],
  ["disk*/sec", "Disk Reads/sec", true],
  ["disk*/sec", "Avg. Disk sec/Read", false],
  ["load?", "Load15", false],
  ["*a*b*", "xxaxxbxx", true],
  ["*a*b", "xxbxxa", false],
];
for (const [glob, text, expected] of GLOBS) {
  test(`matchesText("${glob}", "${text}") is ${expected}`, () => {
    assert.equal(matchesText(glob, text), expected);
  });
}

for (const bad of [{ every: "0s" }, { every: 15 }, { custom: [{ object: "a" }] }]) {
  test(`perf_counters refuses the config ${JSON.stringify(bad)}`, async () => {
    await assert.rejects(runPlugin(perfCounters, { config: bad, steps: [{}] }), TypeError);
  });
}

for (const file of ["/etc/shadow", "/proc/../etc/shadow"]) {
  test(`perf_counters refuses to read ${file}`, async () => {
    const config = { custom: [{ object: "a", counter: "b", file }] };
    await assert.rejects(runPlugin(perfCounters, { config, steps: [{}] }), /below \/proc or \/sys/);
  });
}

const skip = existsSync("/proc/stat") ? false : "this host has no /proc";
test("perf_counters reads this host's own counters", { skip }, async () => {
  const read = (path: string): Uint8Array | undefined =>
    existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined;
  const { rows } = await runPlugin(perfCounters, {
    config: {},
    io: { ...memoryIo(new Map()), read },
  });
  const objects = new Set(rows["Perf"]?.map((row) => row["ObjectName"]));
  assert.ok(objects.has("Memory") && objects.has("System"));
});
