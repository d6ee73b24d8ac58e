/**
 * `row_window_session()`: where sessions begin, in rows that are in order.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "./define.ts";
import { isArray, type Json } from "./json.ts";

export const SESSIONS: readonly NativeFunction[] = [
  defineNative("window_sessions", [["dynamic"], "dynamic"], ([rows]) => {
    const starts: Json[] = [];
    let session: Session | undefined;
    for (const row of isArray(rows) ? rows : []) {
      const [position, ...values] = isArray(row) ? row : [];
      session = following(session, values);
      starts.push([position ?? null, session?.start ?? null]);
    }
    return starts;
  }),
];

/** Ticks of its first row and of the last one so far. */
interface Session {
  readonly start: bigint;
  readonly last: bigint;
}

/** The session of a row; a row without a value has none, and the next one begins a new one. */
function following(
  before: Session | undefined,
  [value, mostFromFirst, mostBetween, restarts]: readonly Json[],
): Session | undefined {
  if (typeof value !== "bigint") return undefined;
  const begun = { start: value, last: value };
  if (before === undefined || restarts === true) return begun;
  if (typeof mostFromFirst === "bigint" && value >= before.start + mostFromFirst) return begun;
  if (typeof mostBetween === "bigint" && value >= before.last + mostBetween) return begun;
  return { start: before.start, last: value };
}
