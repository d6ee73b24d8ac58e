/**
 * Detector: a message of a kind that was never seen before.
 *
 * Messages become templates as they come (`learn/template.ts`), by entity, such as the program that
 * writes them; one that is like none of them is a new kind. Each source is learned first. A message
 * of the shape of an earlier one (`learn/shape.ts`) is known without a look at the templates.
 *
 * @module
 */
import { type Detector, type Hit, NOTHING } from "./detector.ts";
import { type Witness, witnessOf } from "./evidence.ts";
import { groupRows } from "./groups.ts";
import { Shape } from "./learn/shape.ts";
import { seedOf, ShapeCache } from "./learn/shape_cache.ts";
import { wordsOf } from "./learn/template.ts";
import { type Place, type Taken, Templates } from "./learn/templates.ts";
import { prefixed, sourcesOf, unprefixed } from "./learning.ts";
import { KEPT_TEXT, type Lens, lensOf, MOST_TEXT, type RowStrings, rowStringsOf } from "./lens.ts";
import { columnsOf, type TemplateRule } from "./rule.ts";
import { selectorOf } from "./select.ts";

/** Limits of one rule's state. */
export interface TemplateLimits {
  readonly templates: number;
  readonly sources: number;
  /** Shapes that are remembered, of up to 300 bytes; no finding depends on it. */
  readonly shapes: number;
}

const LIMITS: TemplateLimits = { templates: 20_000, sources: 10_000, shapes: 16_384 };
/** Longest template that a finding shows, in UTF-16 units. */
const MOST_SHOWN = 200;

/** Makes the detector of `rule`. */
export function templateDetector(rule: TemplateRule, limits = LIMITS): Detector {
  const columns = columnsOf(rule);
  const select = selectorOf(rule.where);
  const known = new Templates(limits.templates);
  const taker = new Taker(known, limits.shapes);
  const sources = sourcesOf(rule.learn, limits.sources);
  return {
    table: rule.table,
    columns,
    batch(batch, facts) {
      const messages = lensOf(batch, facts, rule.message);
      if (messages === undefined) return NOTHING;
      const strings = rowStringsOf(batch, rule.message);
      const rows = select(batch, facts);
      if (rows.length === 0) return NOTHING;
      const [learns, forgotSources] = sources.learns(facts, rows.length);
      const groups = groupRows(batch, rows, { facts, entity: rule.entity, keep: "all" });
      const witness = witnessOf(batch, facts, columns);
      const found: { readonly row: number; readonly hit: Hit }[] = [];
      let forgotten = forgotSources;
      for (const [i, entity] of groups.entities.entries()) {
        const of = { entity, seed: seedOf(entity), hubMs: facts.hubMs, messages, strings };
        for (const row of groups.rows[i]!) {
          const taken = taker.take(of, row);
          if (taken === undefined) continue;
          forgotten += taken.forgotten;
          if (taken.isNew && !learns) {
            const words = wordsOf(messages.text(row)!);
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

/** Rows of one entity in one batch. */
interface Rows {
  readonly entity: string;
  readonly seed: number;
  readonly hubMs: number;
  readonly messages: Lens;
  /** Undefined where messages are no strings. */
  readonly strings: RowStrings | undefined;
}

/** Takes messages, those of known shapes by a short way. */
class Taker {
  readonly #known: Templates;
  readonly #shape = new Shape(MOST_TEXT);
  readonly #cut = Buffer.from(" ".repeat(KEPT_TEXT) + CUT_END);
  readonly #places: ShapeCache<Place>;

  constructor(known: Templates, shapes: number) {
    this.#known = known;
    this.#places = new ShapeCache(shapes);
  }

  /** What became of the message of `row`; undefined where there is nothing to tell. */
  take(of: Rows, row: number): Taken | undefined {
    const isShaped = of.strings !== undefined && this.#isShaped(of.strings, row);
    const { entity, seed, hubMs } = of;
    if (isShaped) {
      const place = this.#places.get(this.#shape, entity, seed);
      if (place !== undefined && this.#known.takeAgain(place, hubMs)) return undefined;
    }
    const message = of.messages.text(row);
    if (message === undefined) return undefined;
    const taken = this.#known.take(entity, wordsOf(message), hubMs);
    if (isShaped) this.#places.set(this.#shape, { entity, seed, value: taken.place });
    return taken;
  }

  /** False where a row has no message, or one that is long and not all ASCII. */
  #isShaped({ strings, entry }: RowStrings, row: number): boolean {
    const at = entry(row);
    if (at < 0) return false;
    const [from, to] = [at === 0 ? 0 : strings.ends[at - 1]!, strings.ends[at]!];
    if (to - from <= MOST_TEXT) {
      this.#shape.take(strings.bytes, from, to);
      return true;
    }
    if (!isAscii(strings.bytes, from, Math.min(to, from + LONG_BYTES))) return false;
    this.#cut.set(strings.bytes.subarray(from, from + KEPT_TEXT));
    this.#shape.take(this.#cut, 0, this.#cut.length);
    return true;
  }
}

/** Stands for the end of a long text: of the 32 hexadecimal digits there one is a decimal one. */
const CUT_END = "…#0";
/** A text of so many bytes is long whatever its characters. */
const LONG_BYTES = 3 * MOST_TEXT + 3;

function isAscii(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i]! > 127) return false;
  return true;
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
