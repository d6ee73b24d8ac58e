/**
 * `parse_url`, `parse_urlquery`: the parts of a URL (RFC 3986), as they are written.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import type { Bag, Json } from "../json.ts";

/** RFC 3986 appendix B. */
const URL_PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#([^]*))?$/;
const AUTHORITY = /^(?:([^:@]*)(?::([^@]*))?@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/;

export const URL_PARSERS: readonly NativeFunction[] = [
  defineNative("parse_url", [["string"], "dynamic"], ([text]) => {
    const [, scheme, authority, path, query, fragment] = URL_PARTS.exec(text) ?? [];
    const [, username, password, host, port] = AUTHORITY.exec(authority ?? "") ?? [];
    return new Map<string, Json>([
      ["Scheme", scheme ?? ""],
      ["Host", host ?? ""],
      ["Port", port ?? ""],
      ["Path", path ?? ""],
      ["Username", username ?? ""],
      ["Password", password ?? ""],
      ["Query Parameters", parametersOf(query ?? "")],
      ["Fragment", fragment ?? ""],
    ]);
  }),
  defineNative("parse_urlquery", [["string"], "dynamic"], ([text]) => {
    return new Map([["Query Parameters", parametersOf(text.replace(/^\?/, ""))]]);
  }),
];

function parametersOf(query: string): Bag {
  const parameters = new Map<string, Json>();
  for (const part of query.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    parameters.set(at < 0 ? part : part.slice(0, at), at < 0 ? "" : part.slice(at + 1));
  }
  return parameters;
}
