/**
 * Finds the sealed values of tokens in what is stored of the agents' reveal streams.
 *
 * @module
 */
import { MAX_ROWS } from "../../sdk/api/events.ts";
import { REVEAL_SCHEMA } from "../../sdk/gap.ts";
import type { Query } from "../query/query.ts";
import type { TokenBox } from "./grants.ts";

/** Hosts seal the same value each for itself, and one of them may lie: so many are handed out. */
const MOST_A_TOKEN = 8;

export async function findBoxes(
  query: Pick<Query, "events" | "tables">,
  tokens: readonly string[],
  signal: AbortSignal,
): Promise<readonly TokenBox[]> {
  const table = REVEAL_SCHEMA.name;
  if (!query.tables().some(({ name }) => name === table)) return [];
  const { rows } = await query.events({
    table,
    where: [{ column: "Token", op: "in", value: tokens.join(",") }],
    columns: ["Token", "Box"],
    limit: MAX_ROWS,
    order: "newest",
    why: "",
  }, signal);
  const counts = new Map<string, number>();
  return rows.flatMap(({ Token, Box }) => {
    const token = String(Token);
    const count = counts.get(token) ?? 0;
    counts.set(token, count + 1);
    return count < MOST_A_TOKEN ? [{ token, box: String(Box) }] : [];
  });
}
