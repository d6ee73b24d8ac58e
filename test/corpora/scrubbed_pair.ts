/**
 * One pair of a rule and an event: whether it matches in clear and scrubbed, and which fields decide.
 *
 * @module
 */
import { judge, type Judged, rowEvent } from "../../hub/detect/sigma/judge.ts";
import type { BoundField, BoundRule, ExprOver } from "../../hub/detect/sigma/map/bound_rule.ts";
import type { ScrubbedEvent } from "./scrubbed_events.ts";

export interface Pair {
  readonly file: string;
  readonly id: string;
  readonly record: string;
  readonly title: string;
  readonly inClear: boolean;
  readonly isScrubbed: boolean;
  /** Of a loss: the fields that would have to be as they were. */
  readonly cause: string;
  /** Their values before and after. */
  readonly plain: string;
  readonly scrubbed: string;
}

type Named = Pick<Pair, "file" | "id" | "record">;

/** Judges `rules`, one rule over each of its tables, on the events of that record. */
export function judgePair(
  named: Named,
  rules: readonly BoundRule[],
  events: readonly ScrubbedEvent[],
): Pair {
  const none = { title: rules[0]?.rule.title ?? "", cause: "", plain: "", scrubbed: "" };
  let lost: Pair | undefined;
  for (const event of events) {
    if (event.record !== named.record) continue;
    for (const rule of rules.filter(({ table }) => table === event.table)) {
      const [plain, scrubbed] = [rowEvent(event.plain), rowEvent(event.scrubbed)];
      if (!matches(rule, plain)) continue;
      const found = { ...named, ...none, inClear: true };
      if (matches(rule, scrubbed)) return { ...found, isScrubbed: true };
      lost = { ...found, isScrubbed: false, ...causeOf(rule, plain, scrubbed) };
    }
  }
  return lost ?? { ...named, ...none, inClear: false, isScrubbed: false };
}

function matches({ where, expr }: BoundRule, event: Judged<BoundField>): boolean {
  return judge(where, event) && judge(expr, event);
}

/** One field that alone, as it was, lets the rule match; else all that were changed. */
function causeOf(rule: BoundRule, plain: Judged<BoundField>, scrubbed: Judged<BoundField>) {
  const fields = [...new Map(fieldsIn(rule.expr).map((field) => [nameOf(field), field])).values()];
  const changed = fields.filter((field) =>
    JSON.stringify(plain.values(field)) !== JSON.stringify(scrubbed.values(field))
  );
  const alone = changed.filter((field) => {
    const values: typeof plain.values = (asked) =>
      (nameOf(asked) === nameOf(field) ? plain : scrubbed).values(asked);
    return matches(rule, { ...scrubbed, values });
  });
  const causes = alone.length > 0 ? alone.slice(0, 1) : changed;
  const shown = (event: Judged<BoundField>): string =>
    causes.map((field) => JSON.stringify(event.values(field)).slice(0, 600)).join(" ");
  return {
    cause: causes.map(nameOf).join(" and ") || "keywords",
    plain: shown(plain),
    scrubbed: shown(scrubbed),
  };
}

function fieldsIn(expr: ExprOver<BoundField>): readonly BoundField[] {
  if (expr.kind === "not") return fieldsIn(expr.of);
  if (expr.kind !== "test") return expr.of.flatMap(fieldsIn);
  return expr.field === undefined ? [] : [expr.field];
}

function nameOf({ column, path = [] }: BoundField): string {
  return [column, ...path].join(".");
}
