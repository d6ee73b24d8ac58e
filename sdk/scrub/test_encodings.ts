/**
 * A word in the encodings in which carry-over must find it, for tests.
 *
 * @module
 */

/** `word`, which is ASCII, in each encoding. */
export function encodingsOf(
  word: string,
): readonly { readonly name: string; readonly text: string }[] {
  const utf8 = Buffer.from(word);
  const utf16 = Buffer.from(word, "utf16le");
  const swapped = Buffer.from(utf16).swap16();
  const escaped = Array.from(
    word,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  ).join("");
  const percent = utf8.toString("hex").replaceAll(/../g, "%$&");
  const shifted = [0, 1, 2].flatMap((shift) =>
    [utf8, utf16].map((bytes, i) => ({
      name: `base64 of UTF-${i === 0 ? 8 : 16} after ${shift} bytes`,
      text: Buffer.concat([Buffer.alloc(shift, "x"), bytes]).toString("base64"),
    }))
  );
  return [
    { name: "UTF-8", text: word },
    { name: "lower case", text: word.toLowerCase() },
    { name: "upper case", text: word.toUpperCase() },
    { name: "hex", text: utf8.toString("hex") },
    { name: "HEX", text: utf8.toString("hex").toUpperCase() },
    { name: "hex of UTF-16LE", text: utf16.toString("hex") },
    { name: "hex of UTF-16BE", text: swapped.toString("hex") },
    { name: "percent", text: percent },
    { name: "PERCENT", text: percent.toUpperCase() },
    { name: "percent of one character", text: `${percent.slice(0, 3)}${word.slice(1)}` },
    { name: "\\u", text: escaped },
    { name: "\\U", text: escaped.toUpperCase() },
    { name: "\\x", text: percent.replaceAll("%", "\\x") },
    { name: "UTF-16LE", text: utf16.toString("latin1") },
    { name: "base64url", text: utf8.toString("base64url") },
    ...shifted,
  ];
}
