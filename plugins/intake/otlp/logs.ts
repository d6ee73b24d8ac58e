/**
 * Logs as OTLP carries them, whichever way they are encoded (opentelemetry-proto v1 logs.proto).
 *
 * @module
 */
import type { Json } from "../../../sdk/table.ts";

/** By name; a name that comes twice has its last value. */
export type Attributes = ReadonlyMap<string, Json>;

export interface LogRecord {
  /** Nanoseconds since the Unix epoch; 0 is not known. */
  readonly time: bigint;
  readonly observed: bigint;
  readonly severity: number;
  readonly severityText: string;
  readonly body: Json | undefined;
  readonly attributes: Attributes;
  readonly flags: number;
  /** Hex, or empty. */
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
}

/** What cannot be read as a record; the rest of its request can. */
export interface NoRecord {
  readonly why: string;
  readonly text: string;
}

export interface ScopeLogs {
  readonly name: string;
  readonly version: string;
  readonly attributes: Attributes;
  readonly records: readonly (LogRecord | NoRecord)[];
}

export interface ResourceLogs {
  readonly attributes: Attributes;
  readonly scopes: readonly ScopeLogs[];
}
