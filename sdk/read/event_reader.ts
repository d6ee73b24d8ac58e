/**
 * What reading Windows events needs of a plugin's context, and how places in files are told.
 *
 * @module
 */
import type { Context, Tables } from "../plugin.ts";
import type { FileBlock } from "./io.ts";
import type { WindowsEvent } from "./windows_event.ts";

/** What is being read for, and where events go. */
export interface EventReader {
  readonly context: Pick<Context<unknown, Tables>, "io" | "gap" | "reject" | "log">;
  readonly take: (event: WindowsEvent) => void;
}

/** A file, for gaps: no folder, which may bear somebody's name. */
export function fileOf({ file, fileId }: FileBlock): string {
  return `${file.split(/[\\/]/).at(-1)} (${fileId})`;
}

/** A place in a file, for gaps. */
export function placeOf(block: FileBlock, at: number): string {
  return `${fileOf(block)} at ${block.offset + at}`;
}
