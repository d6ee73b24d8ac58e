/**
 * Writes lines of syslog and IIS to two files at a steady rate, of which one in some is marked: a rule
 * of Sigma finds it, and its finding says which one it is.
 *
 * @module
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomOf } from "../compile/demo/random.ts";
import { MOST_FINDINGS } from "../hub/detect/limit.ts";
import { IIS_HEAD, iisLine } from "./iis_lines.ts";
import type { Kind } from "./input.ts";
import { syslogLineAt, worldOf } from "./syslog_lines.ts";

export interface MarkedWriter {
  writeFor(ms: number): Promise<void>;
  /** Lines so far. */
  written(): Readonly<Record<Kind, number>>;
  /** Of each mark by its number: wall clock, ms, just before its line was written. */
  readonly marks: readonly number[];
}

/** Lines are written in bursts this often, as a busy program does. */
const BURST_MS = 10;
/** What {@link iisLine} makes a second of. */
const IIS_LINES_A_SECOND = 300;
/** A rule lists no more than that an hour. */
const MARKS_A_RULE = Math.floor(MOST_FINDINGS * 0.9);

/** Writes `rate` lines a second, half of them to each file; every `every`th is marked. */
export function markedWriterOf(
  files: Readonly<Record<Kind, string>>,
  { rate, every }: { readonly rate: number; readonly every: number },
): MarkedWriter {
  const world = worldOf(randomOf(7));
  const marks: number[] = [];
  const count = { syslog: 0, iis: 0 };
  writeFileSync(files.syslog, "");
  writeFileSync(files.iis, IIS_HEAD);
  const lineOf = (kind: Kind, now: number, mark: number | undefined): string => {
    const n = count[kind]++;
    if (kind === "syslog") {
      const { text } = syslogLineAt(world, n, now);
      return mark === undefined ? text : `${headOf(text)}a marked line ${markText(mark)}\n`;
    }
    const { text } = iisLine(world, n, now - 1000 * Math.floor(n / IIS_LINES_A_SECOND));
    return mark === undefined ? text : text.replace(`&n=${n}`, `&${markText(mark)}`);
  };
  const burst = (lines: number): void => {
    const now = Date.now();
    const texts = { syslog: "", iis: "" };
    const marked: number[] = [];
    for (let i = 0; i < lines; i++) {
      const at = count.syslog + count.iis;
      const isMarked = at % every === every - 1;
      const mark = isMarked ? marks.length + marked.push(at) - 1 : undefined;
      // Marks, too, go to both files in turn.
      const kind = (isMarked ? mark! % 2 : at % 2) === 0 ? "syslog" : "iis";
      texts[kind] += lineOf(kind, now, mark);
    }
    const before = performance.timeOrigin + performance.now();
    appendFileSync(files.syslog, texts.syslog);
    appendFileSync(files.iis, texts.iis);
    for (const _ of marked) marks.push(before);
  };
  return {
    async writeFor(ms) {
      const started = performance.now();
      const already = count.syslog + count.iis;
      for (let passed = 0; passed < ms; passed = performance.now() - started) {
        const due = Math.floor(passed / 1000 * rate) + already - count.syslog - count.iis;
        if (due > 0) burst(due);
        await new Promise((done) => void setTimeout(done, BURST_MS));
      }
    },
    written: () => ({ ...count }),
    marks,
  };
}

/** Time, host and program. */
function headOf(line: string): string {
  return line.slice(0, line.indexOf(": ") + 2);
}

function markText(mark: number): string {
  return `rule=r${Math.floor(mark / MARKS_A_RULE)}&mark=${mark};`;
}

/** The number of the mark in the JSON of a finding. */
export function markIn(finding: string): number | undefined {
  const [, mark] = /&mark=(\d+);/.exec(finding) ?? [];
  return mark === undefined ? undefined : Number(mark);
}

/** Writes rules that find `marks` marks to a folder that is made. */
export function writeMarkRules(folder: string, marks: number): void {
  mkdirSync(folder, { recursive: true });
  for (let rule = 0; rule * MARKS_A_RULE < marks; rule++) {
    writeFileSync(join(folder, `syslog_${rule}.yml`), ruleOf(rule, "syslog", "SyslogMessage"));
    writeFileSync(join(folder, `iis_${rule}.yml`), ruleOf(rule, "w3ciislog", "csUriQuery"));
  }
}

function ruleOf(rule: number, table: string, column: string): string {
  return `title: Mark ${rule} of ${table}
status: test
logsource: { product: custos, service: ${table} }
detection:
  mark: { "${column}|contains": "rule=r${rule}&" }
  condition: mark
level: low
`;
}
