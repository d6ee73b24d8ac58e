/**
 * The detectors that every hub runs whatever its rules: they watch the ledger itself.
 *
 * @module
 */
import { CLOCK_RULE, clockDetector } from "./clock.ts";
import { CLONE_RULE, cloneDetector } from "./clone.ts";
import type { Detector } from "./detector.ts";
import {
  CUT_DETECTOR,
  CUT_RULE,
  STATE_DETECTOR,
  STATE_RULE,
  SUCCESSION_DETECTOR,
  SUCCESSION_RULE,
} from "./history.ts";
import { HOST_AGAIN_RULE, hostAgainDetector } from "./host_again.ts";
import { EQUIVOCATION_RULE, noteDetector, REFUSED_RULE } from "./ingest_notes.ts";
import { LOSS_DETECTOR, LOSS_RULE } from "./loss.ts";
import { DISK_RULE, noteFinding, STUCK_RULE } from "./retention_notes.ts";
import { ROLLBACK_DETECTOR, ROLLBACK_RULE } from "./rollback.ts";
import type { Rule } from "./rule.ts";
import { UNREADABLE_DETECTOR, UNREADABLE_RULE } from "./unreadable.ts";

/** A detector and what its findings are named by. */
export interface BuiltIn {
  readonly rule: Pick<Rule, "id" | "title" | "severity">;
  detector(): Detector;
}

/** No rule may have the id of one of them. */
export const BUILT_IN: readonly BuiltIn[] = [
  { rule: UNREADABLE_RULE, detector: () => UNREADABLE_DETECTOR },
  { rule: EQUIVOCATION_RULE, detector: () => noteDetector("equivocation") },
  { rule: REFUSED_RULE, detector: () => noteDetector("refused") },
  { rule: CUT_RULE, detector: () => CUT_DETECTOR },
  { rule: STATE_RULE, detector: () => STATE_DETECTOR },
  { rule: SUCCESSION_RULE, detector: () => SUCCESSION_DETECTOR },
  { rule: CLONE_RULE, detector: cloneDetector },
  { rule: CLOCK_RULE, detector: clockDetector },
  { rule: LOSS_RULE, detector: () => LOSS_DETECTOR },
  { rule: ROLLBACK_RULE, detector: () => ROLLBACK_DETECTOR },
  { rule: STUCK_RULE, detector: () => noteFinding("retention-stuck") },
  { rule: DISK_RULE, detector: () => noteFinding("disk-low") },
  { rule: HOST_AGAIN_RULE, detector: hostAgainDetector },
];
