/**
 * Real events as a hub would get them that hears of each within its hour: Windows event logs, and
 * syslog of Loghub's hosts.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Item } from "../../hub/fanout/follower.ts";
import { readFile } from "../../hub/hunt/read_file.ts";
import { itemOf } from "../../hub/store/test_room.ts";
import { builtinPlugins } from "../../plugins/builtin.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { pickRows } from "../../sdk/columns/pick_rows.ts";
import { openScrubber } from "../../sdk/scrub/scrubber.ts";

const HOUR_MS = 3_600_000;
const TICKS_PER_MS = 10_000n;

/** Files, each with the plugin that reads it. */
export type Inputs = readonly (readonly [plugin: string, file: string])[];

/**
 * Items of one hour and batch each, in the order of hours; they come at an hour's last moment. The
 * last item, of two days later, has no events: without it nobody would ask of the last ones.
 */
export async function itemsByHour(inputs: Inputs): Promise<readonly Item[]> {
  const byHour = new Map<number, ColumnBatch[]>();
  const scrubber = openScrubber({
    policy: { columns: {} },
    key: { epoch: 1, bytes: new Uint8Array(32).fill(7) },
  });
  const silent = (): void => {};
  for (const [plugin, file] of inputs) {
    await readFile({
      file,
      plugin: builtinPlugins.get(plugin)!,
      settings: {},
      signal: new AbortController().signal,
      batch(batch, schema) {
        const [scrubbed] = scrubber.scrub(batch, schema);
        for (const [hour, rows] of rowsByHour(scrubbed)) {
          const picked = structuredClone(pickRows(scrubbed, Uint32Array.from(rows)));
          byHour.set(hour, [...byHour.get(hour) ?? [], picked]);
        }
      },
      gap: silent,
      log: silent,
    });
  }
  const ordered = [...byHour].toSorted(([a], [b]) => a - b)
    .flatMap(([hour, batches]) => batches.map((batch) => ({ hour, batch })));
  const end = { hour: (ordered.at(-1)?.hour ?? 0) + 48, batch: undefined };
  return [...ordered, end].map(({ hour, batch }, index) => ({
    ...itemOf(index, batch),
    hubTime: BigInt((hour + 1) * HOUR_MS - 1) * TICKS_PER_MS,
  }));
}

/** Windows event logs and hosts' syslog in the corpora. */
export function inputsOf(corpora: string): Inputs {
  const evtx = readdirSync(join(corpora, "evtx")).filter((name) => name.endsWith(".evtx"))
    .toSorted().map((name) => join(corpora, "evtx", name));
  return [
    ...["OpenSSH", "Linux"].map((name) =>
      ["syslog", join(corpora, "loghub", name, `${name}_2k.log`)] as const
    ),
    ...evtx.flatMap((file) => [["security_audit", file], ["event_log", file]] as const),
  ];
}

function rowsByHour(batch: ColumnBatch): ReadonlyMap<number, readonly number[]> {
  const time = batch.columns.find(({ name }) => name === "TimeGenerated");
  const rows = Array.from({ length: batch.rows }, (_, row) => row);
  return Map.groupBy(rows, (row) => {
    const ms = time?.form === "time" ? time.ms[row]! : NaN;
    return Number.isNaN(ms) ? 0 : Math.floor(ms / HOUR_MS);
  });
}
