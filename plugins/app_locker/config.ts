/**
 * What an operator may set for a source of AppLocker events.
 *
 * @module
 */
import * as v from "valibot";
import { channels, fileGlobs } from "../../sdk/source_settings.ts";

export const config = v.pipe(
  v.strictObject({
    files: v.optional(fileGlobs("C:/Logs/*.evtx")),
    /** Logs of the running host; in the place of files. */
    channels: v.optional(channels),
  }),
  v.check(
    ({ files, channels }) => (files === undefined) !== (channels === undefined),
    'must have "files" or "channels", one of them',
  ),
);

export type Config = v.InferOutput<typeof config>;
