/**
 * How a verdict's values are written, by `custos verify` and by the page.
 *
 * @module
 */
import type { Link } from "./verdict.ts";

/** What each link says where it holds. */
export const LINK_WORDS: Readonly<Record<Link, string>> = {
  bundle: "the file is whole",
  row: "each frame has the rows that its header counts",
  file: "each file of the store is the one that the ledger has sealed",
  frame: "each body is the one whose hash its header has",
  signature: "each header is signed by its agent's key",
  chain: "each frame names the one before it, and none is missing between",
  leaf: "the ledger's tree has each entry in its place",
  checkpoint: "the hub's key has signed the tree",
  witness: "each witness has cosigned the checkpoint",
};

/** Ticks of 100 ns since the Unix epoch as a time; what no date can hold as ticks. */
export function timeOf(ticks: bigint): string {
  const date = new Date(Number(ticks / 10_000n));
  return Number.isNaN(date.getTime()) ? `tick ${ticks}` : date.toISOString();
}

/** A name in a bundle must not drive the reader's terminal, nor turn the words around it. */
export function plain(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "·");
}
