/**
 * Scheduled analytics rules that people have published, over real events: which can be read, which
 * can be answered on the hub's tables, and which find something.
 *
 * `npm run corpora:scheduled -- RULES [CORPORA]`: a folder of rules in Sentinel's YAML; without
 * CORPORA the folder that `CUSTOS_CORPORA` names. Events are read by their plugins, scrubbed by the
 * default policy, stored, and come hour by hour of event time.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { isScheduled, readScheduledFile } from "../../hub/detect/scheduled/read_rule.ts";
import type { ScheduledRule } from "../../hub/detect/scheduled/rule.ts";
import { inputsOf, itemsByHour } from "./hourly_items.ts";
import { scheduledFindings } from "./scheduled_findings.ts";

const [rulesFolder, corpora = process.env["CUSTOS_CORPORA"] ?? ""] = process.argv.slice(2);
if (rulesFolder === undefined || !existsSync(rulesFolder) || !existsSync(join(corpora, "evtx"))) {
  console.error("not run: name a folder of rules, and CUSTOS_CORPORA the folder of the corpora");
  process.exit(2);
}

const { rules, unread, files } = loadRules(rulesFolder);
const items = await itemsByHour(inputsOf(corpora));
console.log(`${items.length} batches of events, ${files} files of rules, ${rules.length} rules`);
const findings = await scheduledFindings(rules, items);
const refused = new Map(
  findings.flatMap(({ rule, kind, summary }) => kind === "refused" ? [[rule, summary]] : []),
);
const hits = Map.groupBy(findings.filter(({ kind }) => kind === "hit"), ({ rule }) => rule);
for (const { id, title } of rules) {
  const found = hits.get(id) ?? [];
  const why = refused.get(id);
  const told = why === undefined
    ? `${found.length} findings${found.length === 0 ? "" : `, such as ${found[0]!.entity}`}`
    : `refused: ${why}`;
  console.log(`${title}: ${told}`);
}
for (const problem of unread) console.log(problem);
console.log(
  `${files} files: ${rules.length} rules read, ${rules.length - refused.size} answered, ` +
    `${hits.size} found something`,
);

function loadRules(folder: string) {
  const read: ScheduledRule[] = [];
  const problems: string[] = [];
  let count = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
    if (!/\.ya?ml$/.test(name)) continue;
    count++;
    const content = readFileSync(join(folder, name), "utf8");
    if (!isScheduled(content)) problems.push(`${name}: not taken for a scheduled rule`);
    const found = readScheduledFile(name, content);
    read.push(...found.rules);
    problems.push(...found.problems.map((problem) => `${name}: ${JSON.stringify(problem)}`));
  }
  return { rules: read, unread: problems, files: count };
}
