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
export const MOST_WORDS = 64;
/** Share of the words that a message and its template must have in common. */
const LIKENESS = 0.75;
const [SPACE, ZERO, NINE, COLON, COMMA, EQUALS] = [32, 48, 57, 58, 44, 61];
const EPOCH = `${PARAMETER}:`;
/** The last part of a scrubber's token, `kind:epoch:base32`, and its first. */
const BASE32 = /^[a-z2-7]{26}(?![a-z0-9])/;
const KIND = /[a-z_]+:$/;
const RUN = /[A-Za-z0-9]+/g;
const HEX = /^(?:0x)?[0-9a-fA-F]+$/;
const DIGITS = /\d+/g;
/** Addresses, times, versions, paths of numbers are one parameter. */
const JOINED = /<\*>(?:[.:/_-]?<\*>)+/g;

/** The words of `message`, what has a digit in them as parameters. */
export function wordsOf(message: string): string[] {
  const words: string[] = [];
  let from = 0;
  let hasDigit = false;
  for (let i = 0; i <= message.length && words.length < MOST_WORDS; i++) {
    const code = i < message.length ? message.charCodeAt(i) : SPACE;
    if (code >= ZERO && code <= NINE) hasDigit = true;
    if (code > SPACE && code !== EQUALS && code !== COLON && code !== COMMA) continue;
    const to = code > SPACE ? i + 1 : i;
    if (to > from) add(words, message.slice(from, to), hasDigit);
    from = i + 1;
    hasDigit = false;
  }
  return words;
}

function add(words: string[], word: string, hasDigit: boolean): void {
  const isToken = words.at(-1) === EPOCH && BASE32.test(word) && KIND.test(words.at(-2) ?? "");
  if (isToken) words.splice(-2, 2, PARAMETER);
  else words.push(hasDigit ? word.replace(RUN, maskRun).replace(JOINED, PARAMETER) : word);
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
