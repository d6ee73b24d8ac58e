/**
 * What a user may write under `network_ids:`.
 *
 * @module
 */
import * as v from "valibot";
import { byteLimit, fileGlobs, startAt } from "../../sdk/source_settings.ts";

export const config = v.strictObject({
  files: fileGlobs("/var/log/suricata/eve.json"),
  startAt,
  maxLineBytes: byteLimit({ least: 16_384, most: 4_194_304, usual: 1_048_576 }),
});

export type Config = v.InferOutput<typeof config>;
