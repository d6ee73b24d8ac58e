/**
 * Which table a frame is of, without decoding each: the header names the schema by its hash.
 *
 * @module
 */
import type { FrameItem } from "../fanout/follower.ts";

/** Learns the table of a schema from the first frame that has it. */
export interface TableNames {
  nameOf(frame: FrameItem): string;
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
      // A body that could not be read says nothing of its schema.
      if (name === "") return name;
      if (names.size >= MOST) names.delete(names.keys().next().value!);
      names.set(key, name);
      return name;
    },
  };
}
