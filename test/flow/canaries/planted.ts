/**
 * What a plugin's input has of canaries: each plugin has a file here.
 *
 * @module
 */

/** What stands in a column of free text. */
export interface Hidden {
  /** Has a form that a detector knows. */
  readonly value: string;
  /** The part of it that may not be found behind the scrub stage. */
  readonly word: string;
}

/** All by `Table.Column`. */
export interface Planted {
  /** None of these words may be found behind the scrub stage. */
  readonly canaries: Readonly<Record<string, string>>;
  /** Of class `content`, and what could not be parsed. */
  readonly content: Readonly<Record<string, Hidden>>;
  /** Each of these must be found wherever events are. */
  readonly controls: Readonly<Record<string, string>>;
  /** Writes files into `folder`; gives the sources that read them. */
  sources(folder: string): Readonly<Record<string, object>>;
}
