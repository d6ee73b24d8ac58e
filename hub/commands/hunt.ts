/**
 * `custos-hub hunt`: looks into files with Sigma rules, without a hub.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { Severity } from "../../sdk/api/alerts.ts";
import { openScrubber } from "../../sdk/scrub/scrubber.ts";
import { parseYaml, YamlError } from "../../sdk/yaml.ts";
import type { SigmaCorrelation } from "../detect/sigma/correlation.ts";
import type { SigmaRule } from "../detect/sigma/rule.ts";
import type { CorrelationFinding, CorrelationMember } from "../hunt/correlation_hunt.ts";
import type { HuntFinding } from "../hunt/finding.ts";
import { huntFiles, type HuntTotals } from "../hunt/hunt_files.ts";
import { type HuntRules, loadRules } from "../hunt/load_rules.ts";
import { openMatcher } from "../hunt/matcher.ts";
import { pluginNames } from "../hunt/plugins.ts";
import { type Call, choice, type Command, EXIT, text, UsageError } from "./command.ts";

export const hunt: Command = {
  name: "hunt",
  summary: "Looks into files with Sigma rules.",
  usage: `--rules DIR… FILES…
       [--plugin NAME] [--set KEY=VALUE] [--level LEVEL] [--tag TAG]… [--scrub] [--output json]

  FILES     EVTX, NDJSON, or files of any plugin; folders with all that is in them
  --rules   a folder or file with rules, may be repeated
  --plugin  what reads FILES: ${pluginNames().join(", ")}
            (default: by what a file begins with)
  --set     a setting of the plugin; VALUE is YAML. Several: --set '{KEY: VALUE, …}'
  --level   rules of this level and above: ${Severity.options.join(", ")}
  --tag     rules with this tag, such as attack.t1059 (its sub-techniques too); may be repeated
  --scrub   looks at what would leave the host by the default policy, in place of plain text
  --output  json, one finding a line (the default), or text

Findings are in clear unless --scrub is given. What is read is told on standard error. The exit
code is 1 if a file could not be read or a rule not be run: the others were.`,
  options: {
    rules: { type: "string", multiple: true },
    plugin: { type: "string" },
    set: { type: "string" },
    level: { type: "string" },
    tag: { type: "string", multiple: true },
    scrub: { type: "boolean" },
    output: { type: "string" },
  },
  words: 100_000,
  async run(call) {
    const output = choice(call, "output", ["json", "text"]);
    const plugin = pluginOf(call);
    const settings = settingsOf(text(call, "set"));
    const rules = rulesOf(call);
    if (call.positionals.length === 0) throw new UsageError("no file is named");
    const matcher = openMatcher(rules.bound);
    const problems = [...rules.problems, ...matcher.problems];
    for (const problem of problems) call.err(problem);
    const totals = await huntFiles({
      paths: call.positionals,
      plugin,
      settings,
      rules,
      matcher,
      scrubber: call.values["scrub"] === true ? openDefaultScrubber() : undefined,
      signal: call.signal,
      now: call.now,
      found: (finding) => call.out(output === "json" ? jsonLine(finding) : textLine(finding)),
      printed: () => call.written?.() ?? Promise.resolve(),
      tell: call.err,
    });
    summarise(call, rules, totals);
    return totals.failed + problems.length > 0 || call.signal.aborted ? EXIT.failed : EXIT.ok;
  },
};

function pluginOf(call: Call): string | undefined {
  const name = text(call, "plugin");
  if (name === undefined || pluginNames().includes(name)) return name;
  throw new UsageError(`--plugin is "${name}", must be one of ${pluginNames().join(", ")}`);
}

function rulesOf(call: Call): HuntRules {
  const paths = listOf(call, "rules");
  if (paths.length === 0) throw new UsageError("--rules is missing");
  const tags = listOf(call, "tag");
  const least = Severity.options.indexOf(choice(call, "level", Severity.options));
  const rules = loadRules(paths, (rule) => isWanted(rule, tags, least));
  if (rules.bound.length > 0) return rules;
  const why = rules.problems[0] ??
    `${rules.noTable.length} rules are fed by no table, ${rules.needValues.length} need values`;
  throw new UsageError(`--rules has no rule that can be run: ${why}`);
}

function isWanted(
  rule: SigmaRule | SigmaCorrelation,
  tags: readonly string[],
  least: number,
): boolean {
  const isTagged = tags.length === 0 || tags.some((tag) => {
    const wanted = tag.toLowerCase();
    return rule.tags.some((own) => own === wanted || own.startsWith(`${wanted}.`));
  });
  return isTagged && Severity.options.indexOf(rule.level) >= least;
}

function listOf(call: Call, name: string): readonly string[] {
  return [call.values[name] ?? []].flat().map(String);
}

function settingsOf(set: string | undefined): Readonly<Record<string, unknown>> {
  if (set === undefined) return {};
  const [key = "", ...rest] = set.split("=");
  const isOne = /^\w+$/.test(key) && rest.length > 0;
  const value = valueOf(isOne ? rest.join("=") : set);
  if (isOne) return { [key]: value };
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new UsageError(`--set is "${set}", must be KEY=VALUE or {KEY: VALUE, …}`);
}

function valueOf(yaml: string): unknown {
  try {
    return parseYaml(yaml).value;
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    throw new UsageError(`--set has a value that is no YAML: ${cause.message}`, { cause });
  }
}

/** With a key that is forgotten at the end. */
function openDefaultScrubber() {
  const key = { epoch: 1, bytes: new Uint8Array(randomBytes(32)) };
  return openScrubber({ policy: { columns: {} }, key });
}

function jsonLine(finding: HuntFinding | CorrelationFinding): string {
  return `${JSON.stringify(finding)}\n`;
}

function textLine(finding: HuntFinding | CorrelationFinding): string {
  if (!("members" in finding)) return eventLine(finding);
  const { level, title, rule, entity, summary, members } = finding;
  return `${level}: ${title} (${rule})\n  ${entity}: ${summary}\n` +
    members.map((member) => `  ${placeOf(member)}: ${member.title}\n`).join("");
}

function eventLine(finding: HuntFinding): string {
  const { level, title, rule, evidence } = finding;
  const values = Object.entries(evidence).map(([name, value]) =>
    `${name}=${JSON.stringify(value)}`
  );
  return `${level}: ${title} (${rule})\n  ${placeOf(finding)}\n` +
    values.map((value) => `  ${value}\n`).join("");
}

function placeOf(event: CorrelationMember): string {
  const { file, record, row, time = "-", host = "-" } = event;
  return `${file} ${record === undefined ? `row ${row}` : `record ${record}`}, ${time}, ${host}`;
}

function summarise(call: Call, rules: HuntRules, totals: HuntTotals): void {
  const { files, failed, skipped, events, rejected, findings } = totals;
  call.err(
    `${rules.running} rules over ${files} files: ${events} events, ${findings} findings; ` +
      `${rejected} pieces of input were no event, ${failed} files could not be read, ` +
      `${skipped} are of no known kind`,
  );
  const apart = [
    [rules.noTable.length, "rules are fed by no table"],
    [rules.needValues.length, "rules need values of placeholders"],
  ] as const;
  for (const [count, what] of apart) if (count > 0) call.err(`${count} ${what}`);
}
