/**
 * `parse_path`: the parts of a path of Windows or Unix.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import type { Json } from "../json.ts";

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//;
const ROOT = /^[A-Za-z]:[\\/]/;

export const PATHS: readonly NativeFunction[] = [
  defineNative("parse_path", [["string"], "dynamic"], ([text]) => {
    if (text === "") return null;
    const scheme = SCHEME.exec(text);
    const path = text.slice(scheme?.[0].length ?? 0);
    const [root = ""] = ROOT.exec(path) ?? [];
    const last = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
    const directory = path.slice(0, Math.max(last, 0));
    const [file = "", stream = ""] = path.slice(last + 1).split(":");
    const dot = file.lastIndexOf(".");
    return new Map<string, Json>([
      ["Scheme", scheme?.[1] ?? ""],
      ["RootPath", root],
      ["DirectoryPath", directory],
      ["DirectoryName", directory.slice(lastSeparator(directory) + 1)],
      ["Filename", file],
      ["Extension", dot < 0 ? "" : file.slice(dot + 1)],
      ["AlternateDataStreamName", stream],
    ]);
  }),
];

function lastSeparator(text: string): number {
  return Math.max(text.lastIndexOf("/"), text.lastIndexOf("\\"));
}
