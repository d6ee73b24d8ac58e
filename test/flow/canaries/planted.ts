/**
 * What a plugin's input has of canaries: each plugin has a file here.
 *
 * @module
 */
import type { Table } from "../../../sdk/table.ts";

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
  /** Writes files into `folder`; gives the sources that read them, and listen on `ports`. */
  sources(folder: string, ports: CanaryPorts): Readonly<Record<string, object>>;
  /** What is sent to the listeners. */
  datagrams?(ports: CanaryPorts): readonly Datagram[];
  pushes?(ports: CanaryPorts): readonly Push[];
}

/** Ports of 127.0.0.1: of UDP, but for the last ones. */
export interface CanaryPorts {
  readonly syslog: number;
  readonly qoe: number;
  /** Of HTTP. */
  readonly intake: number;
  /** Of TCP: somebody else listens there. */
  readonly taken: number;
}

/** One message over UDP. */
export interface Datagram {
  /** An address of this host. */
  readonly from: string;
  readonly port: number;
  readonly bytes: Buffer;
}

/** One HTTP request, of JSON. */
export interface Push {
  /** An address of this host. */
  readonly from: string;
  readonly port: number;
  readonly path: string;
  readonly body: string;
}

/** Words of one table. */
export interface TableWords extends Pick<Planted, "canaries" | "content"> {
  /** What the input must have for a column. */
  at(column: string): string;
}

const GUARDED: ReadonlySet<string> = new Set(["personal", "customer", "network", "secret"]);

/**
 * A word for each column of `table` that is guarded, and for each of free text; a new column gets
 * one too, and is missed at the hub until the input has it. They begin with `prefix`; `shaped` has
 * those that must have a form.
 */
export function wordsOf(
  name: string,
  { columns }: Table,
  { prefix, shaped = {} }: {
    readonly prefix: string;
    readonly shaped?: Readonly<Record<string, string | Hidden>>;
  },
): TableWords {
  const canaries: Record<string, string> = {};
  const content: Record<string, Hidden> = {};
  for (const [column, spec] of Object.entries(columns)) {
    const word = `${prefix}${column}`;
    const own = shaped[column] ?? word;
    const hidden = typeof own === "string" ? { value: `${word}@example.test`, word } : own;
    if (spec.class === "content") content[`${name}.${column}`] = hidden;
    else if (GUARDED.has(spec.class)) {
      canaries[`${name}.${column}`] = typeof own === "string" ? own : own.word;
    }
  }
  return {
    canaries,
    content,
    at(column) {
      const path = `${name}.${column}`;
      const value = canaries[path] ?? content[path]?.value;
      if (value === undefined) throw new RangeError(`There is no word for ${path}`);
      return value;
    },
  };
}
