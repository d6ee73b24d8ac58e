/**
 * What an operator may set for a source of Windows events.
 *
 * @module
 */
import * as v from "valibot";
import { channels, fileGlobs } from "../../sdk/source_settings.ts";
import { isOwned, ownerOf } from "./owned_channels.ts";

export const config = v.pipe(
  v.strictObject({
    files: v.optional(fileGlobs("C:/Logs/*.evtx")),
    /** Logs of the running host; in the place of files. */
    channels: v.optional(
      v.pipe(channels, v.check((names) => !names.some(isOwned), ({ input }) => tellOwner(input))),
    ),
    table: v.optional(
      v.picklist(["WindowsEvent", "Event"], 'must be "WindowsEvent" or "Event"'),
      "WindowsEvent",
    ),
  }),
  v.check(
    ({ files, channels }) => (files === undefined) !== (channels === undefined),
    'must have "files" or "channels", one of them',
  ),
);

function tellOwner(channels: readonly string[]): string {
  const channel = channels.find(isOwned) ?? "";
  return `must not have "${channel}", which is read by the plugin ${ownerOf(channel)}`;
}

export type Config = v.InferOutput<typeof config>;
