/**
 * What an operator may set for a source of quality reports.
 *
 * @module
 */
import * as v from "valibot";
import {
  byteLimit,
  fileGlobs,
  isTls,
  listenAddresses,
  listenTls,
  startAt,
} from "../../sdk/source_settings.ts";

const FORMATS = ["auto", "rfc6035", "cisco_cmr", "ms_qoe", "graph"] as const;

export const config = v.pipe(
  v.strictObject({
    files: v.optional(
      fileGlobs(),
    ),
    listen: v.optional(listenAddresses(5060)),
    tls: v.optional(listenTls),
    format: v.optional(
      v.picklist(FORMATS, 'must be "auto", "rfc6035", "cisco_cmr", "ms_qoe" or "graph"'),
      "auto",
    ),
    startAt,
    maxRecordBytes: byteLimit({ least: 65_536, most: 67_108_864, usual: 4_194_304 }),
  }),
  v.check(
    ({ files, listen }) => (files === undefined) !== (listen === undefined),
    'must have exactly one of "files" and "listen"',
  ),
  v.check(
    ({ tls, listen }) => (tls !== undefined) === (listen?.some(isTls) ?? false),
    '"tls" and a listener such as "tls:0.0.0.0:5061" need each other',
  ),
);

export type Config = v.InferOutput<typeof config>;
