/**
 * Hunts in many files, one after the other.
 *
 * @module
 */
import type { Plugin } from "../../sdk/plugin.ts";
import { troubleOf } from "../../sdk/runtime/file_trouble.ts";
import type { Scrubber } from "../../sdk/scrub/scrubber.ts";
import {
  type CorrelationFinding,
  type CorrelationHunt,
  openCorrelationHunt,
} from "./correlation_hunt.ts";
import type { HuntFinding } from "./finding.ts";
import { guessPlugin, isCompressed } from "./guess_plugin.ts";
import { type Hunt, hunt } from "./hunt.ts";
import { type InputFile, inputFiles } from "./input_files.ts";
import type { HuntRules } from "./load_rules.ts";
import type { HuntMatcher } from "./matcher.ts";
import type { RunningRule } from "../detect/sigma/run/running.ts";
import { pluginNamed, pluginNames } from "./plugins.ts";
import { ReadError } from "./read_file.ts";

export interface HuntOptions {
  /** Files and folders. */
  readonly paths: readonly string[];
  /** Name of what reads them; undefined: by what a file begins with. */
  readonly plugin: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly rules: Pick<HuntRules, "correlations" | "shows">;
  readonly matcher: HuntMatcher<RunningRule>;
  readonly scrubber: Scrubber | undefined;
  readonly signal: AbortSignal;
  /** Wall clock, ms. */
  now(): number;
  /** Told of events as they are read, and of correlations when all were. */
  found(finding: HuntFinding | CorrelationFinding): void;
  /** Resolves when findings were taken: nothing more is read before. */
  printed(): Promise<void>;
  /** Told what goes wrong, and now and then how far it is. */
  tell(line: string): void;
}

export interface HuntTotals {
  /** That were read. */
  readonly files: number;
  readonly failed: number;
  /** Found in folders, of no known kind. */
  readonly skipped: number;
  readonly events: number;
  readonly rejected: number;
  readonly findings: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const PROGRESS_MS = 5_000;

export async function huntFiles(options: HuntOptions): Promise<HuntTotals> {
  const totals = { files: 0, failed: 0, skipped: 0, events: 0, rejected: 0, findings: 0 };
  const inputs = inputFiles(options.paths);
  const tellHowFar = progress(options, inputs.length, totals);
  const { correlations, shows } = options.rules;
  await using correlating = correlations.length === 0
    ? undefined
    : openCorrelationHunt(correlations, shows);
  for (const input of inputs) {
    if (options.signal.aborted) break;
    tellHowFar();
    if ("file" in input) {
      await huntFile({ ...options, shows, correlating, tellHowFar }, input, totals);
    } else {
      totals.failed++;
      options.tell(input.trouble);
    }
  }
  if (correlating !== undefined) correlate(options, correlating, totals);
  return totals;
}

/** What was interrupted is not correlated: what is missing could make a finding. */
function correlate(
  { found, tell, signal }: HuntOptions,
  correlating: CorrelationHunt,
  totals: Mutable<HuntTotals>,
): void {
  if (signal.aborted) return;
  for (const finding of correlating.findings()) {
    totals.findings++;
    found(finding);
  }
  const { timeless } = correlating;
  if (timeless > 0) tell(`${timeless} matches are in no correlation: their events have no time`);
}

/** Tells now and then how far it is. */
function progress(
  { tell, now }: HuntOptions,
  files: number,
  totals: Readonly<HuntTotals>,
): () => void {
  let toldAt = now();
  return () => {
    if (now() - toldAt < PROGRESS_MS) return;
    toldAt = now();
    const done = totals.files + totals.failed + totals.skipped;
    tell(`${done} of ${files} files, ${totals.events} events, ${totals.findings} findings`);
  };
}

async function huntFile(
  options: HuntOptions & Pick<Hunt, "shows" | "correlating"> & { tellHowFar(): void },
  { file, isNamed }: InputFile,
  totals: Mutable<HuntTotals>,
): Promise<void> {
  const { tell } = options;
  try {
    const plugin = pluginFor(options, file);
    if (plugin === undefined) {
      if (isNamed) throw unreadable(file);
      totals.skipped++;
      return;
    }
    const found = (finding: HuntFinding): void => {
      totals.findings++;
      options.found(finding);
    };
    const looked = (events: number): void => {
      totals.events += events;
      options.tellHowFar();
    };
    const gap = (gap: { readonly detail?: string; readonly reason: string }): void =>
      tell(`${file}: not all could be read: ${gap.detail ?? gap.reason}`);
    const log = (message: string): void => tell(`${file}: ${message}`);
    const { rejected } = await hunt({ ...options, file, plugin, found, looked, gap, log });
    totals.files++;
    totals.rejected += rejected;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    totals.failed++;
    tell(error instanceof ReadError ? error.message : `Cannot read ${file}: ${troubleOf(error)}`);
  }
}

function pluginFor({ plugin }: HuntOptions, file: string): Plugin | undefined {
  if (isCompressed(file)) return undefined;
  const name = plugin ?? guessPlugin(file);
  return name === undefined ? undefined : pluginNamed(name);
}

function unreadable(file: string): ReadError {
  if (isCompressed(file)) {
    const fix = `first run gunzip -c ${file} > FILE, then look into FILE`;
    return new ReadError("compressed", `Cannot read ${file}: it is compressed, ${fix}`);
  }
  const fix = `name what reads it: --plugin ${pluginNames().join("|")}`;
  return new ReadError("unknown", `Cannot read ${file}: it is of no known kind, ${fix}`);
}
