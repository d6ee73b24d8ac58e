/**
 * Events of EVTX files as an agent would send them, next to what they were.
 *
 * Those of the Security channel are read by `security_audit`, all others by `event_log`.
 *
 * @module
 */
import { runPlugin } from "../../agent/read/run_plugin.ts";
import { openSink, type SinkTable } from "../../agent/read/sink.ts";
import { zeroCounts } from "../../agent/counters.ts";
import eventLog from "../../plugins/event_log/mod.ts";
import securityAudit from "../../plugins/security_audit/mod.ts";
import { rowOf } from "../../sdk/columns/cell.ts";
import type { Plugin } from "../../sdk/plugin.ts";
import { openIo } from "../../sdk/read/open_io.ts";
import { openScrubber } from "../../sdk/scrub/scrubber.ts";
import type { Json } from "../../sdk/table.ts";

type Row = Readonly<Record<string, Json>>;

export interface ScrubbedEvent {
  readonly table: string;
  readonly record: string;
  readonly plain: Row;
  readonly scrubbed: Row;
  /** Texts by column or member: before and after. */
  readonly fields: ReadonlyMap<string, { readonly plain: string; readonly scrubbed: string }>;
}

const scrubber = openScrubber({
  policy: { columns: {} },
  key: { epoch: 1, bytes: new Uint8Array(32).fill(1) },
});

/** The events of `file`, each once. */
export async function readScrubbed(file: string): Promise<readonly ScrubbedEvent[]> {
  const windows = await readAll(eventLog, { files: [file] });
  const security = await readAll(securityAudit, { files: [file], kind: "windows" });
  return [
    ...windows,
    ...security.filter(({ plain }) => /^security$/i.test(String(plain["Channel"]))),
  ];
}

async function readAll(
  plugin: Plugin,
  config: Readonly<Record<string, unknown>>,
): Promise<readonly ScrubbedEvent[]> {
  const checked = await plugin.config["~standard"].validate(config);
  if (checked.issues !== undefined) throw new TypeError(`${plugin.name} refuses its config`);
  const events: ScrubbedEvent[] = [];
  const take = ({ writer, schema }: SinkTable): void => {
    const raw = writer.view();
    const [batch] = scrubber.scrub(raw, schema);
    for (let row = 0; row < raw.rows; row++) {
      events.push(eventOf(schema.name, rowOf(raw, row), rowOf(batch, row)));
    }
    writer.reset();
  };
  const limits = { rows: 4096, bytes: 1 << 22, counts: zeroCounts(), now: () => 0, onFull: take };
  const sink = openSink(plugin, limits);
  const { signal } = new AbortController();
  await using io = openIo({ signal, once: true });
  const quiet = (): void => {};
  await runPlugin({
    plugin,
    context: () => ({
      ...{ config: checked.value, emit: sink.emit, write: sink.write, io, signal },
      clock: { now: () => 0, sleep: () => Promise.resolve() },
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      reject: sink.reject,
      gap: quiet,
      filter: () => true,
    }),
    signal,
    sleep: () => Promise.resolve(),
    random: () => 0,
    once: true,
    downstream: {
      cursor: () => undefined,
      advance: () => {},
      room: () => Promise.resolve(),
      lost: () => new AbortController().signal,
      settle: () => Promise.resolve(),
      state: () => {},
    },
  });
  for (const table of sink.tables) if (!table.gap) take(table);
  return events;
}

function eventOf(table: string, plain: Row, scrubbed: Row): ScrubbedEvent {
  const [before, after] = [new Map(textsIn(plain)), new Map(textsIn(scrubbed))];
  const fields = new Map(
    [...before].map(([name, text]) => [name, { plain: text, scrubbed: after.get(name) ?? "" }]),
  );
  return { table, record: String(plain["EventRecordId"]), plain, scrubbed, fields };
}

/** Each text with the names that lead to it. */
function* textsIn(value: Json, name = ""): Iterable<readonly [string, string]> {
  if (typeof value === "string" || typeof value === "number") yield [name, String(value)];
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries<Json>(value)) {
    yield* textsIn(member, name === "" ? key : `${name}.${key}`);
  }
}
