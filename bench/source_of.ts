/**
 * A built-in plugin over one file, batch by batch, without an agent around it.
 *
 * @module
 */
import { builtinPlugins } from "../plugins/builtin.ts";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { TableWriter } from "../sdk/columns/writer.ts";
import type { Context, Tables } from "../sdk/plugin.ts";
import { openIo } from "../sdk/read/open_io.ts";
import { type Schema, schemaOf, type Table } from "../sdk/table.ts";
import type { Kind } from "./input.ts";

/** As the agent seals them. */
const ROWS = 32_768;

export interface LoadedSource {
  readonly schema: Schema;
  readonly writer: TableWriter;
  /** Reads the file to its end; `take` gets each batch of about 32,768 rows, then the rest. */
  read(take: (batch: ColumnBatch) => void | Promise<void>): Promise<void>;
}

export async function loadSource(kind: Kind, file: string): Promise<LoadedSource> {
  const plugin = builtinPlugins.get(kind);
  if (plugin?.kind !== "stream") throw new TypeError(`Cannot measure ${kind}: it is no stream`);
  const settings = kind === "syslog" ? { files: [file], timezone: "UTC" } : { files: [file] };
  const checked = await plugin.config["~standard"].validate(settings);
  if (checked.issues !== undefined) throw new TypeError(checked.issues[0]?.message);
  const [[name, table] = []] = Object.entries(plugin.tables as Record<string, Table>);
  if (name === undefined || table === undefined) throw new TypeError(`${kind} has no table`);
  const schema = schemaOf(name, table);
  const writer = new TableWriter(schema);
  const signal = new AbortController().signal;
  const nothing = (): void => {};
  return {
    schema,
    writer,
    async read(take) {
      await using io = openIo({ signal, once: true });
      const context: Context<unknown, Tables> = {
        config: checked.value,
        emit: {},
        write: { [name]: writer },
        io,
        signal,
        clock: { now: Date.now, sleep: () => Promise.resolve() },
        log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
        reject: nothing,
        gap: nothing,
        filter: () => true,
      };
      const flush = async (): Promise<void> => {
        await take(writer.view());
        writer.reset();
      };
      for await (const _ of plugin.stream(context, await plugin.start(context))) {
        if (writer.rows >= ROWS) await flush();
      }
      await flush();
    },
  };
}
