/**
 * Detector: a loss that an agent has signed, as a row of the table `Gap`.
 *
 * @module
 */
import { GAP_SCHEMA } from "../../sdk/gap.ts";
import { type Detector, type Hit, NOTHING } from "./detector.ts";
import { witnessOf } from "./evidence.ts";

/** What its findings are named by. */
export const LOSS_RULE = {
  id: "loss-reported",
  title: "An agent has lost events",
  severity: "medium",
} as const;

const COLUMNS = ["Reason", "Count", "From", "To", "Detail", "RefusedSeq", "RefusedHash"];

/** Has no state: each gap is a finding, an alert holds those of one source. */
export const LOSS_DETECTOR: Detector = {
  table: GAP_SCHEMA.name,
  columns: COLUMNS,
  batch(batch, facts) {
    const { agent, source } = facts;
    const witness = witnessOf(batch, facts, COLUMNS);
    const entity = `_Agent=${agent}, _Source=${source}`;
    const hits = Array.from({ length: batch.rows }, (_, row): Hit => {
      const evidence = witness(row);
      const { Reason = "no reason given", Count } = evidence.fields;
      const events = Count === undefined ? 1 : Number(Count);
      const what = Count === undefined
        ? "Events were lost, how many is unknown"
        : `${Count} events were lost`;
      return { kind: "hit", entity, summary: `${what}: ${Reason}`, events, evidence: [evidence] };
    });
    return hits.length === 0 ? NOTHING : { hits, forgotten: 0 };
  },
  tick: () => NOTHING,
  save: () => [],
  load: () => {},
};
