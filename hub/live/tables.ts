/**
 * Which table a frame is of, without decoding each: the header names the schema by its hash.
 *
 * @module
 */
import type { Item } from "../fanout/follower.ts";

/** A recorded frame as followers get it. */
export type RecordedFrame = NonNullable<Item["frame"]>;

/** Learns the table of a schema from the first frame that has it. */
export interface TableNames {
  nameOf(frame: RecordedFrame): string;
}

/** Schemas that are kept; beyond, the oldest is learnt again. */
const MOST = 10_000;

/** Creates an empty memory of schemas. */
export function createTableNames(): TableNames {
  const names = new Map<string, string>();
  return {
    nameOf(frame) {
      const key = Buffer.from(frame.header.schema).toString("latin1");
      const known = names.get(key);
      if (known !== undefined) return known;
      const name = frame.batch().table;
      if (names.size >= MOST) names.delete(names.keys().next().value!);
      names.set(key, name);
      return name;
    },
  };
}
