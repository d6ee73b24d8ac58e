/**
 * Detector: a message of a kind that was never seen before.
 *
 * Messages become templates as they come (`learn/template.ts`), by entity, such as the program that
 * writes them; one that is like none of them is a new kind. Each source is learned first.
 *
 * @module
 */
import { type Detector, type Hit, NOTHING } from "./detector.ts";
import { type Witness, witnessOf } from "./evidence.ts";
import { groupRows } from "./groups.ts";
import { wordsOf } from "./learn/template.ts";
import { Templates } from "./learn/templates.ts";
import { prefixed, sourcesOf, unprefixed } from "./learning.ts";
import { lensOf } from "./lens.ts";
import { columnsOf, type TemplateRule } from "./rule.ts";
import { selectorOf } from "./select.ts";

/** Limits of one rule's state. */
export interface TemplateLimits {
  readonly templates: number;
  readonly sources: number;
}

const LIMITS: TemplateLimits = { templates: 20_000, sources: 10_000 };
/** Longest template that a finding shows, in UTF-16 units. */
const MOST_SHOWN = 200;

/** Makes the detector of `rule`. */
export function templateDetector(rule: TemplateRule, limits = LIMITS): Detector {
  const columns = columnsOf(rule);
  const select = selectorOf(rule.where);
  const known = new Templates(limits.templates);
  const sources = sourcesOf(rule.learn, limits.sources);
  return {
    table: rule.table,
    columns,
    batch(batch, facts) {
      const messages = lensOf(batch, facts, rule.message);
      if (messages === undefined) return NOTHING;
      const rows = select(batch, facts);
      if (rows.length === 0) return NOTHING;
      const [learns, forgotSources] = sources.learns(facts, rows.length);
      const groups = groupRows(batch, rows, { facts, entity: rule.entity, keep: "all" });
      const witness = witnessOf(batch, facts, columns);
      const found: { readonly row: number; readonly hit: Hit }[] = [];
      let forgotten = forgotSources;
      for (const [i, entity] of groups.entities.entries()) {
        for (const row of groups.rows[i]!) {
          const message = messages.text(row);
          if (message === undefined) continue;
          const words = wordsOf(message);
          const taken = known.take(entity, words, facts.hubMs);
          forgotten += taken.forgotten;
          if (taken.isNew && !learns) {
            found.push({ row, hit: hitOf(rule, entity, { words, witness, row }) });
          }
        }
      }
      found.sort((a, b) => a.row - b.row);
      return { hits: found.map(({ hit }) => hit), forgotten };
    },
    tick: () => NOTHING,
    save: () => [...prefixed("t:", known.save()), ...prefixed("s:", sources.save())],
    load(cells) {
      known.load(unprefixed("t:", cells));
      sources.load(unprefixed("s:", cells));
    },
  };
}

function hitOf(
  rule: TemplateRule,
  entity: string,
  { words, witness, row }: {
    readonly words: readonly string[];
    readonly witness: Witness;
    readonly row: number;
  },
): Hit {
  const text = words.join(" ");
  const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
  const summary = `${rule.message} of ${rule.table} of a kind never seen before: ${shown}`;
  return { kind: "hit", entity, summary, events: 1, evidence: [witness(row)] };
}
