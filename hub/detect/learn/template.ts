/**
 * Log templates: the words that messages of one kind have in common, `<*>` for what changes.
 *
 * After Drain (He et al., ICWS 2017), with its likeness of messages of one length, but without its
 * tree over first words: what holds numbers is a parameter from the start, so that few templates of
 * a length are left to compare with.
 *
 * @module
 */

/** Stands for what changes. */
export const PARAMETER = "<*>";

/** Words of one message that are looked at; the rest is as good as not there. */
const MOST_WORDS = 64;
/** Share of the words that a message and its template must have in common. */
const LIKENESS = 0.75;
const TOKEN = /[a-z_]+:\d+:[a-z2-7]{26}/g;
const RUN = /[A-Za-z0-9]+/g;
const HEX = /^(?:0x)?[0-9a-fA-F]+$/;
const DIGITS = /\d+/g;
/** Addresses, times, versions, paths of numbers are one parameter. */
const JOINED = /<\*>(?:[.:/_-]?<\*>)+/g;
const BORDER = /\s+|(?<=[=:,])/;

/** The words of `message`, what has a digit in them as parameters. */
export function wordsOf(message: string): string[] {
  const words = message.replace(TOKEN, PARAMETER).split(BORDER).filter((word) => word !== "");
  return words.slice(0, MOST_WORDS).map((word) =>
    word.replace(RUN, maskRun).replace(JOINED, PARAMETER)
  );
}

function maskRun(run: string): string {
  if (!/\d/.test(run)) return run;
  return HEX.test(run) ? PARAMETER : run.replace(DIGITS, PARAMETER);
}

/** The index of the template that `words` belong to; -1 if there is none. All have their length. */
export function likest(
  templates: readonly (readonly string[])[],
  words: readonly string[],
): number {
  const most = Math.floor(words.length * (1 - LIKENESS));
  let best = -1;
  let least = most + 1;
  for (const [at, template] of templates.entries()) {
    const unequal = differences(template, words, least);
    if (unequal >= least) continue;
    least = unequal;
    best = at;
  }
  return best;
}

/** Words that differ, counted up to `enough`. */
function differences(
  template: readonly string[],
  words: readonly string[],
  enough: number,
): number {
  let count = 0;
  for (let i = 0; i < words.length && count < enough; i++) {
    if (template[i] !== words[i]) count++;
  }
  return count;
}

/** Makes parameters of the words of `template` that differ; true if there was one. */
export function generalise(template: string[], words: readonly string[]): boolean {
  let hasChanged = false;
  for (let i = 0; i < template.length; i++) {
    if (template[i] === words[i] || template[i] === PARAMETER) continue;
    template[i] = PARAMETER;
    hasChanged = true;
  }
  return hasChanged;
}
