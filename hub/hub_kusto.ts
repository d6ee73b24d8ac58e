/**
 * What Kusto's protocol needs, taken from the running stages.
 *
 * @module
 */
import type { ApiContext } from "./hub_api.ts";
import { isFull } from "./ingest/ingest.ts";
import type { KustoParts } from "./query/kusto/query_job.ts";
import type { CatalogTable } from "./query/kusto/catalog.ts";
import { KustoFailure } from "./query/kusto/failure.ts";
import { createRunning } from "./query/kusto/running.ts";
import { queryNote } from "./query/query_note.ts";
import { withholdText } from "./query/withhold_text.ts";
import { RELEASE } from "./release.ts";
import { HUB_SCHEMAS } from "./store/hub_tables.ts";
import { plainNames, tableEntries } from "./tables.ts";

/** Puts the parts together. */
export function kustoParts(
  { env, pipeline, recordNote, startedAt }: ApiContext,
): KustoParts {
  const { query, kql, index } = pipeline;
  const log = env.log("hub/api");
  const schemas = () => [...index.schemas.values(), ...HUB_SCHEMAS];
  return {
    now: env.now,
    newId: () => guidOf(env.random(16)),
    version: RELEASE,
    startedAt,
    running: createRunning(env.now),
    functions: kql.changes(async (note) => {
      const isPlain = plainNames(tableEntries(query.tables(), schemas()));
      await recorded(() => recordNote({ ...note, text: withholdText(note.text, isPlain) }));
    }),
    catalog: () => ({
      functions: kql.functions(),
      tables: kql.tables().map((table): CatalogTable => ({
        ...table,
        doc: schemas().find(({ name }) => name === table.name)?.doc ?? "",
      })),
    }),
    run: (wanted, signal) => kql.run(wanted, signal),
    async record(record) {
      const isPlain = plainNames(tableEntries(query.tables(), schemas()));
      await recorded(() => recordNote(queryNote(record, isPlain)));
    },
    onFailure: (error) => log.error("Cannot answer", { why: String(error) }),
  };
}

/** Without a record there is no answer. */
async function recorded(record: () => Promise<void>): Promise<void> {
  try {
    await record();
  } catch (error) {
    if (!isFull(error)) throw error;
    const why = "Cannot answer: the hub's disk is full, and each query must be recorded first";
    throw new KustoFailure("unavailable", why, { cause: error });
  }
}

/** 16 random bytes as a GUID, version 4. */
function guidOf(random: Uint8Array): string {
  const bytes = Buffer.from(random);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
