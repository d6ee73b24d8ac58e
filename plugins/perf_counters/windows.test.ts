import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import type { CounterQuery } from "../../sdk/read/pdh.ts";
import { runPlugin } from "../../sdk/testkit/golden.ts";
import { memoryIo } from "../../sdk/testkit/memory_io.ts";
import { parseCounterPath } from "./counter_path.ts";
import perfCounters from "./mod.ts";

const PATHS: readonly (readonly [string, readonly (string | undefined)[] | undefined])[] = [
  [String.raw`\\PC\Processor(_Total)\% Processor Time`, [
    "PC",
    "Processor",
    "_Total",
    "% Processor Time",
  ]],
  [String.raw`\Memory\Available MBytes`, [undefined, "Memory", "", "Available MBytes"]],
  [String.raw`\\PC\Paging File(\??\C:\p(1).sys)\% Usage`, [
    "PC",
    "Paging File",
    String.raw`\??\C:\p(1).sys`,
    "% Usage",
  ]],
  [String.raw`\System\Faults (all)`, [undefined, "System", "", "Faults (all)"]],
  ["Memory", undefined],
  [String.raw`\\PC`, undefined],
  [String.raw`\\\Memory\Pages`, undefined],
  [String.raw`\Memory`, undefined],
  [String.raw`\Memory\ `.trimEnd(), undefined],
  [String.raw`\(x)\Pages`, undefined],
  ["", undefined],
];
for (const [path, expected] of PATHS) {
  test(`parseCounterPath() reads ${JSON.stringify(path)}`, () => {
    const found = parseCounterPath(path);
    const parts = found && [found.computer, found.object, found.instance, found.counter];
    assert.deepEqual(parts, expected);
  });
}

test("perf_counters asks Windows for its paths, by one query for all looks", async () => {
  const path = String.raw`\Processor(*)\% Processor Time`;
  const asked: (readonly string[])[] = [];
  let looks = 0;
  let closed = 0;
  const query: CounterQuery = {
    missing: [{ path: String.raw`\No\Such`, status: 0xc0000bb8 }],
    collect: () => ({
      values: looks++ === 0 ? [] : [{ path, instance: "_Total", value: 12.5 }],
      troubles: [],
    }),
    close: () => void closed++,
  };
  const io = {
    ...memoryIo(new Map()),
    counters: (paths: readonly string[]) => {
      asked.push(paths);
      return Promise.resolve(query);
    },
  };
  const stop = new AbortController();
  const run = await runPlugin(perfCounters, {
    config: { windows: [path] },
    io,
    steps: [{}, {}, {}],
    signal: stop.signal,
  });
  stop.abort();
  assert.deepEqual(asked, [[path]]);
  assert.equal(closed, 1);
  // The first look has no rate: it is absent, not 0.
  assert.deepEqual(
    run.rows["Perf"],
    [15, 30].map((s) => ({
      TimeGenerated: `2026-07-01T12:00:${s}.000Z`,
      ObjectName: "Processor",
      CounterName: "% Processor Time",
      InstanceName: "_Total",
      CounterValue: 12.5,
      SampleCount: 1,
    })),
  );
});

test("perf_counters goes on in the middle of a file with its header", async () => {
  const head = '"(PDH-CSV 4.0) (UTC)(0)","\\\\H\\System\\Threads"\r\n';
  const line = (s: number): string => `"06/30/2026 10:00:0${s}.000","${s}"\r\n`;
  const config = { files: ["/a.csv"] };
  const first = await runPlugin(perfCounters, { config, files: { "/a.csv": head + line(1) } });
  const files = { "/a.csv": head + line(1) + line(2) };
  const second = await runPlugin(perfCounters, { config, files, cursor: first.cursor! });
  assert.deepEqual(second.rejected, {});
  assert.deepEqual(second.rows["Perf"]?.map((row) => row["CounterValue"]), [2]);
});

const WRONG: readonly (readonly [object, RegExp])[] = [
  [{ windows: ["Memory"] }, /must be a counter such as "\\Processor\(\*\)\\% Processor Time"/],
  [{ cgroupDepth: 9 }, /must be at most 8/],
  [{ files: [] }, /must name at least one file/],
  [{ files: ["/a"], timezone: "Mars" }, /must be a zone such as/],
  [
    { files: ["/a"], custom: [{ object: "a", counter: "b", file: "/proc/stat" }] },
    /must have no "custom" with "files"/,
  ],
];
for (const [config, expected] of WRONG) {
  test(`perf_counters refuses the config ${JSON.stringify(config)}`, async () => {
    await assert.rejects(runPlugin(perfCounters, { config, steps: [{}] }), expected);
  });
}

const corpus = new URL("../../../shared/corpora/samples/performance/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";
const REAL: readonly (readonly [string, number, number])[] = [
  ["pdh_csv_tz.csv", 7, 4112],
  ["pdh_csv_typeperf.csv", 4, 1234],
  ["nab_ec2_cpu_utilization_5f5533.csv", 4032, 51.846000000000004],
];
for (const [name, rows, firstValue] of REAL) {
  test(`perf_counters reads the real sample ${name}`, { skip }, async () => {
    const files = { "/in.csv": new Uint8Array(readFileSync(new URL(name, corpus))) };
    const config = { files: ["/in.csv"], timezone: "UTC" };
    const run = await runPlugin(perfCounters, { config, files });
    assert.deepEqual(run.rejected, {});
    assert.equal(run.rows["Perf"]?.length, rows);
    assert.equal(run.rows["Perf"]?.[0]?.["CounterValue"], firstValue);
  });
}
