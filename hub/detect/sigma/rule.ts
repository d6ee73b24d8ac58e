/**
 * Sigma rules as they are read from files (Sigma specification 2.1).
 *
 * @module
 */
import type { Severity } from "../../../sdk/api/alerts.ts";
import type { SigmaExpr } from "./ast.ts";
import type { OwnSource } from "./own_source.ts";

/** What a rule looks at; lower case. */
export interface SigmaLogSource {
  readonly category?: string;
  readonly product?: string;
  readonly service?: string;
}

/** One rule that looks at one event. */
export interface SigmaRule {
  /** Name of its file as it was given, and the line on which the rule begins, from 1. */
  readonly file: string;
  readonly line: number;
  /** The rule's own, or one made of its title and log source where it has none. */
  readonly id: string;
  readonly title: string;
  readonly status: string | undefined;
  readonly level: Severity;
  /** Such as `attack.t1059`. */
  readonly tags: readonly string[];
  readonly logsource: SigmaLogSource;
  /** Those that its log source has by name of its owner; undefined: none. */
  readonly ownSources?: readonly OwnSource[];
  /** Fields that it wants shown. */
  readonly fields: readonly string[];
  readonly falsepositives: readonly string[];
  /** Its conditions, joined by `or`. */
  readonly expr: SigmaExpr;
  /** Names without a value; where there are any, the rule is listed and not run. */
  readonly placeholders: readonly string[];
}

/** Why a document of a rule file is no rule, and what would be right. */
export interface SigmaProblem {
  readonly code:
    | "syntax"
    | "missing"
    | "value"
    | "modifier"
    | "condition"
    | "duplicate"
    | "reference"
    | "too-deep"
    | "too-large"
    | "unreadable";
  /** Name of the file as it was given. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** The whole sentence, with file, line and column. */
  readonly message: string;
}
