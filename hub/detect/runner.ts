/**
 * Runs one rule: its detector, its limits, and its name on what it finds.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { sha256 } from "../../sdk/runtime/hash.ts";
import { absenceDetector } from "./absence.ts";
import { anomalyDetector } from "./anomaly.ts";
import { behaviourDetector } from "./behaviour/detector.ts";
import type { BuiltIn } from "./built_in.ts";
import { ConditionError } from "./condition.ts";
import { type Cell, type Detector, type Facts, type Finding, findingId } from "./detector.ts";
import type { Hit, Moment, PlainEntry } from "./detector.ts";
import { firstSeenDetector } from "./first_seen.ts";
import { admit, type LimitState, newLimitState, refuse, roll } from "./limit.ts";
import { rateDetector } from "./rate.ts";
import type { Rule } from "./rule.ts";
import { sequenceDetector } from "./sequence.ts";
import { spreadDetector } from "./spread.ts";
import { templateDetector } from "./template_new.ts";
import { thresholdDetector } from "./threshold.ts";

/** What is to be looked at in an item. */
export interface Looked {
  readonly frame?: { readonly batch: ColumnBatch; readonly facts: Facts } | undefined;
  readonly entry?: PlainEntry | undefined;
}

/** One rule at work. */
export interface Runner {
  readonly id: string;
  /** Looks at one ledger item: a frame, another entry, or nothing but the time. */
  item(moment: Moment, what: Looked): Finding[];
  save(): readonly Cell[];
  load(cells: readonly Cell[]): void;
}

const LIMIT_CELL = "#limit";

/** Makes the runner of `rule`. */
export function runnerOf(rule: Rule): Runner {
  return run(rule, detectorOf(rule));
}

/** Makes the runner of a detector that no rule asks for. */
export function builtInRunner({ rule, detector }: BuiltIn): Runner {
  return run(rule, detector());
}

type Named = Pick<Rule, "id" | "title" | "severity">;

function run(rule: Named, detector: Detector): Runner {
  let limit = newLimitState();
  let saved = JSON.stringify(limit);
  const named = (moment: Moment) => (hit: Hit) => nameHit(rule, hit, moment);
  return {
    id: rule.id,
    item(moment, { frame, entry }) {
      const hits = [...roll(limit, moment), ...admit(limit, detector.tick(moment))];
      const wants = detector.table === undefined || detector.table === frame?.batch.table;
      if (frame !== undefined && wants) hits.push(...look(detector, limit, frame));
      if (entry !== undefined && detector.entry !== undefined) {
        hits.push(...admit(limit, detector.entry(entry, moment)));
      }
      return hits.map(named(moment));
    },
    save() {
      const cells = [...detector.save()];
      const now = JSON.stringify(limit);
      if (now !== saved) cells.push({ key: LIMIT_CELL, value: now });
      saved = now;
      return cells;
    },
    load(cells) {
      detector.load(cells.filter(({ key }) => key !== LIMIT_CELL));
      const own = cells.find(({ key }) => key === LIMIT_CELL)?.value;
      if (own === undefined) return;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only save() writes it
      limit = JSON.parse(own) as LimitState;
      saved = own;
    },
  };
}

/** What a saved state belongs to: another definition starts with none. */
export function fingerprint(rule: Rule): string {
  const hash = sha256("custos/rule/v1", Buffer.from(JSON.stringify(rule)));
  return Buffer.from(hash).toString("hex");
}

function detectorOf(rule: Rule): Detector {
  switch (rule.detector) {
    case "threshold":
      return thresholdDetector(rule);
    case "first_seen":
      return firstSeenDetector(rule);
    case "absence":
      return absenceDetector(rule);
    case "anomaly":
      return anomalyDetector(rule);
    case "template_new":
      return templateDetector(rule);
    case "rate":
      return rateDetector(rule);
    case "spread":
      return spreadDetector(rule);
    case "sequence":
      return sequenceDetector(rule);
    case "behaviour":
      return behaviourDetector(rule);
  }
}

function look(
  detector: Detector,
  limit: LimitState,
  { batch, facts }: { readonly batch: ColumnBatch; readonly facts: Facts },
): readonly Hit[] {
  try {
    return admit(limit, detector.batch(batch, facts));
  } catch (error) {
    // The rule is at fault, not the batch: told once, and the other rules go on.
    if (error instanceof ConditionError) return refuse(limit, batch.table, error.message);
    throw error;
  }
}

function titleOf({ title }: Named, { kind }: Hit): string {
  if (kind === "refused") return `Rule cannot be applied: ${title}`;
  return kind === "drift" ? `Model has drifted: ${title}` : title;
}

function nameHit(rule: Named, hit: Hit, moment: Moment): Finding {
  return {
    ...hit,
    id: findingId(rule.id, hit, moment.entry),
    rule: rule.id,
    title: titleOf(rule, hit),
    severity: rule.severity,
    entry: moment.entry,
    hubMs: moment.hubMs,
  };
}
