/**
 * A log source that its owner has named: which table has its events, and where fields stand there.
 *
 * @module
 */
import type { SigmaLogSource } from "./rule.ts";

/** Plain JSON: it is part of what a rule says. */
export interface OwnSource {
  /** Rules for it have the same in each of these; what it does not name is free. */
  readonly logsource: SigmaLogSource;
  readonly table: string;
  /** By column or member of one, such as `Kind` or `Details.Kind`, which texts it may have. */
  readonly where: Readonly<Record<string, readonly string[]>>;
  /** By a field's name in rules where it stands; others stand in columns of their name. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

/** Whether the events of `own` are those that a rule with `asked` looks at. */
export function asksFor({ logsource }: OwnSource, asked: SigmaLogSource): boolean {
  return (["category", "product", "service"] as const).every((key) =>
    logsource[key] === undefined || logsource[key] === asked[key]
  );
}
