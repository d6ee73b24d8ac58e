/**
 * Names of sources by stream: a frame carries the hash of the name only, the entry that opened its
 * first epoch carries the name.
 *
 * @module
 */
import * as v from "valibot";
import type { Entry } from "../ledger/entry.ts";
import type { Ledger } from "../ledger/ledger.ts";

const EpochNames = v.object({ agent: v.string(), stream: v.string(), name: v.string() });

/** Gives the name of a stream's source, `agent` and `stream` in hex. */
export type SourceName = (
  agent: string,
  stream: string,
  before: number,
) => string | undefined | Promise<string | undefined>;

/**
 * Learns names by reading the ledger once, as far as they are asked for.
 *
 * `before` is the index of the frame in question: the name stands before it.
 */
export function sourceNamesOf(ledger: Pick<Ledger, "read">): SourceName {
  const names = new Map<string, string>();
  let read = 0;
  let reading: Promise<void> = Promise.resolve();

  const readUntil = async (key: string, before: number): Promise<void> => {
    while (read < before && !names.has(key)) {
      const entries = await ledger.read(read);
      if (entries.length === 0) return;
      for (const entry of entries) learn(names, entry);
      read += entries.length;
    }
  };
  return (agent, stream, before) => {
    const key = `${agent}/${stream}`;
    const known = names.get(key);
    if (known !== undefined) return known;
    // One after another, so that no part is read twice.
    reading = reading.then(() => readUntil(key, before), () => readUntil(key, before));
    return reading.then(() => names.get(key));
  };
}

function learn(names: Map<string, string>, { kind, payload }: Entry): void {
  if (kind !== "epoch") return;
  const opened = v.safeParse(EpochNames, JSON.parse(new TextDecoder().decode(payload)));
  if (!opened.success) return;
  const { agent, stream, name } = opened.output;
  names.set(`${agent}/${stream}`, name);
}
