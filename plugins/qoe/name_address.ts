/**
 * Addresses with a display name, as SIP writes them (RFC 3261 §20.10).
 *
 * @module
 */

export interface NameAddress {
  readonly uri: string | undefined;
  readonly display: string | undefined;
}

/** Reads `"Ada Lind" <sip:ada@example.org>;tag=1`, or the URI alone. */
export function nameAddress(text: string): NameAddress {
  const open = text.indexOf("<");
  const close = open < 0 ? -1 : text.indexOf(">", open);
  if (close < 0) {
    const uri = text.trim().replace(/;.*$/, "");
    return { uri: uri === "" ? undefined : uri, display: undefined };
  }
  const display = text.slice(0, open).trim().replace(/^"(.*)"$/, "$1").replaceAll(/\\(.)/g, "$1");
  const uri = text.slice(open + 1, close).trim();
  return { uri: uri === "" ? undefined : uri, display: display === "" ? undefined : display };
}
