/**
 * The rules of many files together: filters applied, correlations tied to what they rest on.
 *
 * @module
 */
import type { SigmaExpr } from "../ast.ts";
import type { SigmaCorrelation } from "../correlation.ts";
import { asksFor, type OwnSource } from "../own_source.ts";
import type { SigmaProblem, SigmaRule } from "../rule.ts";
import { filtered, isFor, type SigmaFilter } from "./read_filter.ts";
import {
  type PlaceholderValues,
  readSigmaFile,
  type SigmaDocument,
  type SigmaFile,
} from "./read_file.ts";
import { quoted } from "./sigma_error.ts";

/** The text of one file. */
export interface SigmaSource {
  readonly file: string;
  readonly text: string;
}

/** What all files say. */
export interface SigmaRules {
  readonly rules: readonly SigmaRule[];
  /** Each after those that it rests on. */
  readonly correlations: readonly SigmaCorrelation[];
  /** Ids of what is only found for a correlation, and not reported on its own. */
  readonly quiet: ReadonlySet<string>;
  readonly problems: readonly SigmaProblem[];
  /** Rules, correlations and filters, also those that are broken. */
  readonly total: number;
}

type Of<K extends SigmaDocument["kind"]> = Extract<SigmaDocument, { kind: K }> & {
  readonly from: SigmaFile;
};

/** Reads `sources`, in their order: of two rules with one id the first counts; `taken` ids none has. */
export function readSigmaRules(
  sources: Iterable<SigmaSource>,
  values: PlaceholderValues,
  taken: ReadonlySet<string> = new Set(),
): SigmaRules {
  const known = new Known(taken);
  const problems: SigmaProblem[] = [];
  let total = 0;
  for (const { file, text } of sources) {
    const read = readSigmaFile(file, text, values);
    problems.push(...read.problems);
    total += read.documents.length + read.problems.length;
    for (const document of read.documents) problems.push(...known.add(document, read));
  }
  problems.push(...known.unusedFilters());
  const { correlations, wrong } = tied(known);
  problems.push(...wrong);
  const quiet = new Set(
    correlations.filter((one) => !one.generates).flatMap(({ rules }) => rules),
  );
  return { rules: known.filteredRules(), correlations, quiet, problems, total };
}

/** `read` with the log sources that their owner has named, on the rules that look at those. */
export function withOwnSources(read: SigmaRules, sources: readonly OwnSource[]): SigmaRules {
  if (sources.length === 0) return read;
  const rules = read.rules.map((rule) => {
    const ownSources = sources.filter((source) => asksFor(source, rule.logsource));
    return ownSources.length === 0 ? rule : { ...rule, ownSources };
  });
  return { ...read, rules };
}

class Known {
  readonly correlations: Of<"correlation">[] = [];
  readonly #rules: Of<"rule">[] = [];
  readonly #filters: (Of<"filter"> & { readonly filter: SigmaFilter })[] = [];
  /** Where each id was first. */
  readonly #ids = new Map<string, string>();
  readonly #names = new Map<string, string>();
  readonly #taken: ReadonlySet<string>;

  constructor(taken: ReadonlySet<string>) {
    this.#taken = taken;
  }

  add(document: SigmaDocument, from: SigmaFile): readonly SigmaProblem[] {
    if (document.kind === "filter") {
      this.#filters.push({ ...document, from });
      return [];
    }
    const { id, file, line } = document.kind === "rule" ? document.rule : document.correlation;
    if (this.#taken.has(id)) {
      return [duplicate(from, line, `${quoted(id)} is also a rule of the hub's own kind`)];
    }
    const first = this.#ids.get(id);
    if (first !== undefined) return [duplicate(from, line, `${quoted(id)} is also at ${first}`)];
    this.#ids.set(id, `${file}:${line}`);
    if (document.kind === "rule") this.#rules.push({ ...document, from });
    else this.correlations.push({ ...document, from });
    const { name } = document;
    if (name === undefined) return [];
    const other = this.#names.get(name);
    if (other === undefined) this.#names.set(name, id);
    if (other === undefined || other === id) return [];
    const what = `the name ${quoted(name)} is that of ${quoted(other)} already`;
    return [duplicate(from, line, what)];
  }

  /** The id that a correlation or a filter calls `reference`. */
  idOf(reference: string): string | undefined {
    return this.#ids.has(reference) ? reference : this.#names.get(reference);
  }

  unusedFilters(): readonly SigmaProblem[] {
    return this.#filters.flatMap(({ filter, from }) => {
      const lost = filter.rules?.filter((rule) => this.idOf(rule) === undefined) ?? [];
      return lost.map((rule) =>
        from.problemAt("reference", filter.at, `the filter is for ${quoted(rule)}, ${UNKNOWN}`)
      );
    });
  }

  filteredRules(): readonly SigmaRule[] {
    return this.#rules.map(({ rule, name }) =>
      filtered(
        rule,
        this.#filters.map(({ filter }) => filter).filter((filter) => isFor(filter, rule, name)),
      )
    );
  }
}

const UNKNOWN = "must be the id or name of a rule that is there and has no mistake";

function duplicate(from: SigmaFile, line: number, what: string): SigmaProblem {
  const message = `Cannot read rule ${from.file}:${line}:1: ${what}, ids and names must differ`;
  return { code: "duplicate", file: from.file, line, column: 1, message };
}

interface Tied {
  readonly correlations: readonly SigmaCorrelation[];
  readonly wrong: readonly SigmaProblem[];
}

function tied(known: Known): Tied {
  const wrong: SigmaProblem[] = [];
  const open = known.correlations.filter(({ correlation, from, at }) => {
    const lost = correlation.rules.find((rule) => known.idOf(rule) === undefined);
    if (lost === undefined) return true;
    const what = `the correlation rests on ${quoted(lost)}, ${UNKNOWN}`;
    wrong.push(from.problemAt("reference", at, what));
    return false;
  });
  const isTied = new Set<string>();
  const correlations = inOrder(open.map(({ correlation }) => withIds(correlation, known)));
  for (const { id } of correlations) isTied.add(id);
  for (const { correlation, from, at } of open) {
    if (isTied.has(correlation.id)) continue;
    const what = "the correlation rests on itself or on one with a mistake, must rest on rules";
    wrong.push(from.problemAt("reference", at, what));
  }
  return { correlations, wrong };
}

/** Each after those that it rests on; without those that rest on themselves. */
function inOrder(all: readonly SigmaCorrelation[]): readonly SigmaCorrelation[] {
  const byId = new Map(all.map((one) => [one.id, one]));
  const waiting = new Map<string, number>();
  const resting = new Map<string, SigmaCorrelation[]>();
  for (const one of all) {
    const needs = one.rules.filter((id) => byId.has(id));
    waiting.set(one.id, needs.length);
    for (const id of needs) {
      const others = resting.get(id);
      if (others === undefined) resting.set(id, [one]);
      else others.push(one);
    }
  }
  const ready = all.filter(({ id }) => waiting.get(id) === 0);
  for (const { id } of ready) {
    for (const one of resting.get(id) ?? []) {
      const left = waiting.get(one.id)! - 1;
      waiting.set(one.id, left);
      if (left === 0) ready.push(one);
    }
  }
  return ready;
}

function withIds(correlation: SigmaCorrelation, known: Known): SigmaCorrelation {
  const idOf = (rule: string) => known.idOf(rule) ?? rule;
  const { condition, aliases } = correlation;
  return {
    ...correlation,
    rules: [...new Set(correlation.rules.map(idOf))],
    aliases: new Map(
      [...aliases].map(([alias, fields]) => [
        alias,
        new Map([...fields].map(([rule, field]) => [idOf(rule), field])),
      ]),
    ),
    condition: condition.kind === "bounds"
      ? condition
      : { kind: "rules", expr: withFieldIds(condition.expr, idOf) },
  };
}

/** As deep as a condition may be. */
function withFieldIds(expr: SigmaExpr, idOf: (rule: string) => string): SigmaExpr {
  if (expr.kind === "not") return { kind: "not", of: withFieldIds(expr.of, idOf) };
  if (expr.kind !== "test") return { ...expr, of: expr.of.map((one) => withFieldIds(one, idOf)) };
  return expr.field === undefined ? expr : { ...expr, field: idOf(expr.field) };
}
