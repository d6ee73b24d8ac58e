/**
 * Reads a folder of rules again and again, and lets no mistake take a rule away that was right.
 *
 * A file with a mistake counts as it was when it was last read without one; all others count as they
 * are. A new file with a mistake has no such past: what is right in it counts.
 *
 * @module
 */
import { type LoadedRules, loadRules, type RuleFolder } from "./load_rules.ts";

export interface KeptRules extends LoadedRules {
  /** Mistakes of the files as they are now, of both kinds of rules, as sentences. */
  readonly mistakes: readonly string[];
}

export interface RuleKeeper {
  read(folder: RuleFolder): Promise<KeptRules>;
}

/** Has no past yet. */
export function openRuleKeeper(): RuleKeeper {
  /** Texts of files as they were without a mistake. */
  let right = new Map<string, string>();
  return {
    async read(folder) {
      const now = await textsOf(folder);
      const first = await loadRules(folderOf(now));
      const wrong = filesOf(first);
      const counting = new Map(now);
      for (const file of wrong) counting.set(file, right.get(file) ?? now.get(file)!);
      // Without a past in it the first reading is the only one.
      const hasPast = [...wrong].some((file) => right.has(file));
      const loaded = hasPast ? await loadRules(folderOf(counting)) : first;
      const isStill = filesOf(loaded);
      right = new Map(
        [...counting].flatMap(([file, text]) =>
          typeof text === "string" && !isStill.has(file) ? [[file, text]] : []
        ),
      );
      const mistakes = [...first.problems, ...first.sigma.problems].map(({ message }) => message);
      return { ...loaded, mistakes };
    },
  };
}

type Texts = Map<string, string | Error>;

async function textsOf(folder: RuleFolder): Promise<Texts> {
  const texts: Texts = new Map();
  for (const name of await folder.names()) {
    if (!/\.ya?ml$/.test(name)) continue;
    try {
      texts.set(name, await folder.read(name));
    } catch (error) {
      texts.set(name, error instanceof Error ? error : new Error(String(error)));
    }
  }
  return texts;
}

function folderOf(texts: Texts): RuleFolder {
  return {
    names: () => Promise.resolve([...texts.keys()]),
    read(name) {
      const text = texts.get(name);
      return typeof text === "string" ? Promise.resolve(text) : Promise.reject(text!);
    },
  };
}

function filesOf({ problems, sigma }: LoadedRules): ReadonlySet<string> {
  return new Set([...problems, ...sigma.problems].map(({ file }) => file));
}
