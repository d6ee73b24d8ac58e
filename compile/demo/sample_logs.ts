/**
 * Sample logs that the demonstration reads: IIS, sshd and call detail records, with password
 * guessing among ordinary events.
 *
 * The same seed and the same beginning give the same bytes, however often `writeUntil` is called.
 *
 * @module
 */
import { appendFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { authGuess, authVisit } from "./auth_lines.ts";
import { callFile, callFileName } from "./call_lines.ts";
import { iisFileName, iisGuess, iisHead, iisVisit } from "./iis_lines.ts";
import { type Random, randomOf } from "./random.ts";
import { attackerAt } from "./scene.ts";

/** Ordinary events, and guesses while an attack runs: one every so many ms. */
const IIS_MS = 50;
const IIS_GUESS_MS = 400;
const AUTH_MS = 1_000;
const AUTH_GUESS_MS = 800;
const CALLS_MS = 5_000;
const CALLS_PER_FILE = 4;

export interface SampleOptions {
  readonly folder: string;
  readonly seed: number;
  /** Time of the first event, in ms since the epoch. */
  readonly from: number;
  /** Until when the first attack lasts, in ms since the epoch. */
  readonly liveFrom: number;
}

export interface SampleLogs {
  /** Globs of what is written. */
  readonly globs: { readonly iis: string; readonly auth: string; readonly calls: string };
  /** Writes what happened before `ms` and was not written yet; gives the number of events. */
  writeUntil(ms: number): number;
}

/** Begins sample logs in `folder`; nothing is written before `writeUntil`. */
export function sampleLogs(options: SampleOptions): SampleLogs {
  const { folder } = options;
  const writers = [
    iisWriter(join(folder, "iis"), options),
    authWriter(join(folder, "auth"), options),
    callWriter(join(folder, "calls"), options),
  ];
  return {
    globs: {
      iis: join(folder, "iis", "u_ex*.log"),
      auth: join(folder, "auth", "auth.log"),
      calls: join(folder, "calls", "cdr_*"),
    },
    writeUntil: (ms) => writers.reduce((sum, writer) => sum + writer(ms), 0),
  };
}

/** Writes one log up to a time and gives the number of events. */
type Writer = (until: number) => number;

function iisWriter(folder: string, options: SampleOptions): Writer {
  mkdirSync(folder, { recursive: true });
  const story = storyOf({ ...options, visitMs: IIS_MS, guessMs: IIS_GUESS_MS }, {
    visit: iisVisit,
    guess: iisGuess,
  });
  return (until) => {
    const lines = story(until);
    for (const [name, day] of Map.groupBy(lines, ({ ms }) => iisFileName(ms))) {
      const file = join(folder, name);
      const head = existsSync(file) ? "" : iisHead(day[0]?.ms ?? options.from);
      appendFileSync(file, head + day.map(({ text }) => text).join(""));
    }
    return lines.length;
  };
}

function authWriter(folder: string, options: SampleOptions): Writer {
  mkdirSync(folder, { recursive: true });
  const story = storyOf({ ...options, visitMs: AUTH_MS, guessMs: AUTH_GUESS_MS }, {
    visit: authVisit,
    guess: authGuess,
  });
  return (until) => {
    const lines = story(until);
    appendFileSync(join(folder, "auth.log"), lines.map(({ text }) => text).join(""));
    return lines.length;
  };
}

interface Line {
  readonly ms: number;
  readonly text: string;
}

interface Pace extends SampleOptions {
  readonly visitMs: number;
  readonly guessMs: number;
}

interface Voices {
  readonly visit: (ms: number, random: Random) => string;
  readonly guess: (ms: number, from: string, random: Random) => string;
}

/** Visits and, while an attack runs, guesses, in the order of time. */
function storyOf(pace: Pace, { visit, guess }: Voices): (until: number) => readonly Line[] {
  // Each voice has its own numbers: else the bytes would depend on how often one looks.
  const visitor = randomOf(pace.seed);
  const guesser = randomOf(pace.seed + 1);
  const visits = everyMs(pace.visitMs, pace.from);
  const guesses = everyMs(pace.guessMs, pace.from);
  return (until) => {
    const guessed = guesses(until).flatMap((ms) => {
      const from = attackerAt(ms, pace.liveFrom);
      return from === undefined ? [] : [{ ms, text: guess(ms, from, guesser) }];
    });
    const visited = visits(until).map((ms) => ({ ms, text: visit(ms, visitor) }));
    return [...visited, ...guessed].sort((a, b) => a.ms - b.ms);
  };
}

function callWriter(folder: string, options: SampleOptions): Writer {
  const random = randomOf(options.seed);
  mkdirSync(folder, { recursive: true });
  const files = everyMs(CALLS_MS, options.from);
  let written = 0;
  return (until) => {
    const due = files(until);
    for (const ms of due) {
      const id = written * CALLS_PER_FILE + 1;
      written++;
      // Written aside and renamed: whoever reads the folder sees whole files only.
      const aside = join(folder, ".writing");
      writeFileSync(aside, callFile({ ms, id, calls: CALLS_PER_FILE }, random));
      renameSync(aside, join(folder, callFileName(ms, written)));
    }
    return due.length * CALLS_PER_FILE;
  };
}

/** Gives, for each call, the times that have come since the last one, `step` ms apart. */
function everyMs(step: number, from: number): (until: number) => readonly number[] {
  let next = from;
  return (until) => {
    const times: number[] = [];
    for (; next < until; next += step) times.push(next);
    return times;
  };
}
