/**
 * The log of agent and hub: levels, and text or JSON lines on standard error.
 *
 * Never the place for a value that may name somebody: facts are counts, names of parts and codes.
 *
 * @module
 */
import { configureSync, getLogger, type LogRecord } from "@logtape/logtape";

/** From the most to the least talkative. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

/** How bad a line is. */
export type LogLevel = typeof LOG_LEVELS[number];

/** What a line says besides its message. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null>>;

/** Writes lines of one part of the program. */
export type Log = Readonly<Record<LogLevel, (message: string, facts?: LogFacts) => void>>;

/** Where lines go and which ones. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly form: "text" | "json";
  /** Writes one line, given with its line end. */
  readonly write: (line: string) => void;
}

/** Opens the log for the whole process; called once, by the program's main file. */
export function openLog(options: LogOptions): void {
  const format = options.form === "json" ? jsonLine : textLine;
  configureSync({
    reset: true,
    sinks: { line: (record) => options.write(format(record)) },
    loggers: [
      { category: "custos", sinks: ["line"], lowestLevel: options.level },
      { category: ["logtape", "meta"], sinks: ["line"], lowestLevel: "error" },
    ],
  });
}

/** The log of one part, such as `hub/ledger`. Silent until {@link openLog} was called. */
export function logOf(part: string): Log {
  const logger = getLogger(["custos", ...part.split("/")]);
  const at = (level: LogLevel) => (message: string, facts: LogFacts = {}) => {
    // The message goes in as a fact, so that braces in it are no template.
    logger[level]("{message}", { facts, message });
  };
  return { debug: at("debug"), info: at("info"), warning: at("warning"), error: at("error") };
}

interface Line {
  readonly time: string;
  readonly level: string;
  readonly part: string;
  readonly message: string;
  readonly facts: object;
}

function lineOf(record: LogRecord): Line {
  const { message, facts } = record.properties;
  return {
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    part: record.category.slice(1).join("/"),
    message: typeof message === "string" ? message : record.message.join(""),
    facts: typeof facts === "object" && facts !== null ? facts : {},
  };
}

function jsonLine(record: LogRecord): string {
  const { facts, ...line } = lineOf(record);
  return `${JSON.stringify({ ...facts, ...line })}\n`;
}

/** One line whatever is in it: control characters are written as JSON does. */
function textLine(record: LogRecord): string {
  const { time, level, part, message, facts } = lineOf(record);
  const pairs = Object.entries(facts).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  const plain = /[\p{Cc}\p{Cf}]/u.test(message) ? JSON.stringify(message) : message;
  return `${time} ${level.padEnd(7)} ${part}: ${plain}${pairs.join("")}\n`;
}
