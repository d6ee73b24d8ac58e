/**
 * The folder with a hub's rules: read at the start, again when it has changed, or once.
 *
 * @module
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { logOf } from "../../sdk/log.ts";
import { HubConfigError } from "../config.ts";
import { type LoadedRules, loadRules, type RuleFolder } from "../detect/load_rules.ts";
import { type KeptRules, openRuleKeeper } from "../detect/rule_keeper.ts";

type Rules = Pick<LoadedRules, "rules" | "sigma" | "scheduled">;

export interface OpenRuleFolder {
  /** @throws {HubConfigError} If a rule of the hub's own kind has a mistake. */
  first(): Promise<Rules>;
  /** A file with a mistake is told and counts as it was. */
  again(): Promise<Rules>;
  /** Names, sizes and times of its files: differs if a rule has changed. */
  readonly print: () => string;
}

/** `folder` need not be there. */
export function openRuleFolder(folder: string): OpenRuleFolder {
  const keeper = openRuleKeeper();
  const files = filesIn(folder);
  return {
    async first() {
      const loaded = await keeper.read(files);
      checkOwn(loaded);
      tell(loaded);
      return loaded;
    },
    async again() {
      const loaded = await keeper.read(files);
      tell(loaded);
      return loaded;
    },
    print: () => printOf(folder),
  };
}

/**
 * The rules that a hub with this folder runs.
 *
 * @throws {HubConfigError} If one of our own has a mistake.
 */
export async function readRules(folder: string): Promise<LoadedRules> {
  const loaded = await loadRules(filesIn(folder));
  checkOwn(loaded);
  return loaded;
}

function checkOwn({ problems }: LoadedRules): void {
  if (problems.length === 0) return;
  throw new HubConfigError(problems.map(({ message }) => message).join("\n"));
}

function filesIn(folder: string): RuleFolder {
  return {
    names: () => Promise.resolve(namesIn(folder)),
    read: (name) => readFile(join(folder, name), "utf8"),
  };
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
}

function printOf(folder: string): string {
  try {
    return namesIn(folder).filter((name) => /\.ya?ml$/.test(name)).toSorted().map((name) => {
      const found = statSync(join(folder, name), { throwIfNoEntry: false });
      return `${name} ${found?.size} ${found?.mtimeMs}`;
    }).join("\n");
  } catch {
    // A folder that goes away while it is looked at is looked at again.
    return "";
  }
}

const MOST_TOLD = 20;

/** Rules of others come by the thousand: one with a mistake is left out, the others go on. */
function tell({ sigma: { rules, total, problems }, mistakes }: KeptRules): void {
  const log = logOf("hub/rules");
  for (const mistake of mistakes.slice(0, MOST_TOLD)) log.warning(mistake);
  if (total === 0) return;
  const waiting = rules.filter(({ placeholders }) => placeholders.length > 0).length;
  log.info("Sigma rules were read", { total, mistakes: problems.length, placeholders: waiting });
}
