/**
 * `custos-hub rules`: looks at Sigma rules without running a hub, and at how right rules were.
 *
 * @module
 */
import { listRules } from "../../sdk/api/alerts.ts";
import { troubleAt } from "../../sdk/runtime/file_trouble.ts";
import { loadSigma } from "../detect/sigma/load.ts";
import { bindRule } from "../detect/sigma/map/bind.ts";
import type { SigmaRules } from "../detect/sigma/read/read_all.ts";
import { type BlindRule, blindRules } from "../hunt/blind.ts";
import { testRules } from "../hunt/test_rules.ts";
import { clientUsage, withHub } from "./hub_client.ts";
import { tableText } from "./table_text.ts";
import { type Call, choice, type Command, EXIT, text, UsageError } from "./command.ts";

export const rules: Command = {
  name: "rules",
  summary: "Checks and tests Sigma rules, lists how right rules were.",
  usage: `check DIR… [--placeholders FILE] [--output json]
       custos-hub rules test DIR… [--output json]
       custos-hub rules ls [--hub URL] [--key KEY] [--output json]

  DIR             folders and files with rules (.yaml, .yml), and all folders in them
  --placeholders  values of placeholders (default: placeholders.yaml in DIR)
  --output        text or json

Prints how many rules there are, which have a mistake and where, which need a value for a
placeholder, which match nothing once events are scrubbed by the default policy, and with json which
tables feed each rule. The exit code is 1 if one has a mistake.

test runs rules over the events beside them: those of NAME.match.ndjson must match a rule of NAME.yml,
those of NAME.no_match.ndjson must not. If NAME.yml has correlations, the events of NAME.match.ndjson
must together make each of them a finding, and those of NAME.no_match.ndjson none. The exit code is 1
if one is not as it must be.

ls asks a hub which rules have found something and what analysts said of it; precision is the share
of true positives among true and false ones.

${clientUsage("alerts:read")}`,
  options: {
    hub: { type: "string" },
    key: { type: "string" },
    placeholders: { type: "string" },
    output: { type: "string" },
  },
  words: 1_000,
  run(call) {
    const [verb, ...paths] = call.positionals;
    if (verb === "test") return testAll(call, paths);
    if (verb === "ls") return listAll(call);
    if (verb !== "check") {
      const what = verb === undefined ? "no action is named" : `"${verb}" is no action`;
      throw new UsageError(`${what}, must be check, test or ls`);
    }
    return Promise.resolve(check(call, paths));
  },
};

function listAll(call: Call): Promise<number> {
  const output = choice(call, "output", ["text", "json"]);
  return withHub(call, "alerts:read", async (hub) => {
    const { rules } = await hub.call(listRules, { signal: call.signal });
    if (output === "json") { for (const one of rules) call.out(`${JSON.stringify(one)}\n`); }
    else call.out(tableText(Object.keys(rules[0] ?? {}), rules));
    return EXIT.ok;
  });
}

async function testAll(call: Call, paths: readonly string[]): Promise<number> {
  const output = choice(call, "output", ["text", "json"]);
  checkPaths(paths);
  const tests = await testRules({ paths, signal: call.signal, now: call.now, tell: call.err });
  const { tested, untested, events, wrong } = tests;
  if (output === "json") call.out(`${JSON.stringify(tests)}\n`);
  else {
    for (const line of wrong) call.err(line);
    call.out(
      `${tested} rule files tested with ${events} events, ${untested.length} have no events on ` +
        `both sides, ${wrong.length} mistakes\n`,
    );
  }
  return wrong.length === 0 ? EXIT.ok : EXIT.failed;
}

function checkPaths(paths: readonly string[]): void {
  if (paths.length === 0) throw new UsageError("DIR is missing");
  for (const path of paths) {
    const trouble = troubleAt(path);
    if (trouble !== undefined) throw new UsageError(`Cannot read ${path}: ${trouble}`);
  }
}

function check(call: Call, paths: readonly string[]): number {
  const output = choice(call, "output", ["text", "json"]);
  checkPaths(paths);
  const placeholders = text(call, "placeholders");
  if (placeholders !== undefined) checkPaths([placeholders]);
  const checked = checkedOf(loadSigma(paths, placeholders));
  if (output === "json") call.out(`${JSON.stringify(checked)}\n`);
  else show(call, checked);
  return checked.failed.length === 0 ? EXIT.ok : EXIT.failed;
}

/** What `rules check --output json` prints. */
export interface Checked {
  /** Rules, correlations and filters. */
  readonly total: number;
  /** Of `total`, those that can be run. */
  readonly compiled: number;
  readonly failed: readonly {
    readonly path: string;
    readonly line: number;
    readonly code: string;
    readonly error: string;
  }[];
  /** Rules that are not run because a placeholder has no value. */
  readonly placeholders: readonly {
    readonly path: string;
    readonly id: string;
    readonly title: string;
    readonly names: readonly string[];
  }[];
  /** Rules that match no event once it is scrubbed by the default policy, and what hides it. */
  readonly blinded: readonly {
    readonly path: string;
    readonly id: string;
    readonly title: string;
    readonly fields: readonly string[];
  }[];
  /** Rules that match fewer events then, and what hides the others. */
  readonly dimmed: Checked["blinded"];
  readonly rules: readonly {
    readonly path: string;
    readonly line: number;
    readonly id: string;
    readonly title: string;
    readonly kind: "rule" | "correlation";
    /** Whose events it looks at; none where no table has such events. */
    readonly tables: readonly string[];
  }[];
}

function checkedOf({ rules, correlations, problems, total }: SigmaRules): Checked {
  const failed = problems.map(({ file, line, code, message }) => ({
    path: file,
    line,
    code,
    error: message,
  }));
  const waiting = rules.filter((rule) => rule.placeholders.length > 0);
  const bound = rules.flatMap(bindRule);
  const hidden = blindRules(bound);
  const tables = new Map<string, readonly string[]>();
  for (const rule of rules) tables.set(rule.id, []);
  for (const [{ id }, feeds] of Map.groupBy(bound, ({ rule }) => rule)) {
    tables.set(id, [...new Set(feeds.map(({ table }) => table))].toSorted());
  }
  for (const { id, rules: on } of correlations) {
    tables.set(id, [...new Set(on.flatMap((one) => tables.get(one) ?? []))].toSorted());
  }
  const listed = [
    ...rules.map((rule) => ({ rule, kind: "rule" as const })),
    ...correlations.map((rule) => ({ rule, kind: "correlation" as const })),
  ];
  return {
    total,
    compiled: total - failed.length - waiting.length,
    failed,
    placeholders: waiting.map(({ file, id, title, placeholders }) => ({
      path: file,
      id,
      title,
      names: placeholders,
    })),
    blinded: hidden.blind.map(hiddenRule),
    dimmed: hidden.dimmed.map(hiddenRule),
    rules: listed.map(({ rule, kind }) => ({
      path: rule.file,
      line: rule.line,
      id: rule.id,
      title: rule.title,
      kind,
      tables: tables.get(rule.id) ?? [],
    })),
  };
}

function hiddenRule({ rule: { file, id, title }, fields }: BlindRule): Checked["blinded"][number] {
  return { path: file, id, title, fields };
}

function show(call: Call, checked: Checked): void {
  const { total, compiled, failed, placeholders, blinded, dimmed, rules } = checked;
  for (const { error } of failed) call.err(error);
  for (const { path, fields } of blinded) {
    call.err(`${path}: scrubbing hides what it asks for: ${fields.join(", ")}`);
  }
  for (const { path, fields } of dimmed) {
    call.err(`${path}: scrubbing hides some of what it asks for: ${fields.join(", ")}`);
  }
  for (const { path, names } of placeholders) call.err(`${path}: needs ${names.join(", ")}`);
  const fed = rules.filter(({ tables }) => tables.length > 0).length;
  call.out(
    `${total} rules, ${compiled} compiled, ${failed.length} with a mistake, ` +
      `${placeholders.length} need the value of a placeholder, ${fed} are fed by a table, ` +
      `${blinded.length} are blinded by the default scrub policy and ${dimmed.length} see less\n`,
  );
}
