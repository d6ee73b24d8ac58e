/**
 * Detector: a recorded frame that is signed and whole, but whose columns cannot be decoded.
 *
 * No rule has seen its events; the ledger keeps its bytes.
 *
 * @module
 */
import { type Detector, NOTHING } from "./detector.ts";

/** The table of a frame that could not be decoded. */
export const UNREADABLE_TABLE = "";

/** What its findings are named by. */
export const UNREADABLE_RULE = {
  id: "custos-unreadable-frame",
  title: "A recorded frame cannot be decoded",
  severity: "high",
} as const;

/** Has no state. */
export const UNREADABLE_DETECTOR: Detector = {
  table: UNREADABLE_TABLE,
  columns: [],
  batch(_batch, { agent, source }) {
    const entity = `_Agent=${agent}, _Source=${source}`;
    const summary = "A frame could not be decoded: no rule has seen its events";
    return { hits: [{ kind: "hit", entity, summary, events: 1, evidence: [] }], forgotten: 0 };
  },
  tick: () => NOTHING,
  save: () => [],
  load: () => {},
};
