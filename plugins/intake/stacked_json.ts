/**
 * JSON documents one behind the other, with or without something between them.
 *
 * @module
 */

/**
 * The texts of the objects in `text`, which stand one behind the other or in one array. What is no
 * object is given as a last text, with all that follows it.
 */
export function* stackedJson(text: string): Iterable<string> {
  let at = skipBlank(text, 0);
  const isArray = text[at] === "[";
  if (isArray) at = skipBlank(text, at + 1);
  while (at < text.length) {
    if (isArray && text[at] === "]" && skipBlank(text, at + 1) === text.length) return;
    const end = text[at] === "{" ? endOfObject(text, at) : undefined;
    if (end === undefined) {
      yield text.slice(at);
      return;
    }
    yield text.slice(at, end);
    at = skipBlank(text, end);
    if (isArray && text[at] === ",") at = skipBlank(text, at + 1);
  }
}

/** Behind the brace that closes the object at `from`; undefined where the text ends before it. */
function endOfObject(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at + 1);
    else if (character === "{" || character === "[") depth++;
    else if ((character === "}" || character === "]") && --depth === 0) return at + 1;
  }
  return undefined;
}

/** The quote that ends the string, or the end of the text. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
  return at;
}
