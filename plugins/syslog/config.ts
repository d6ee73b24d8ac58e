/**
 * What a user may write under `syslog:`.
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
  timeZone,
} from "../../sdk/source_settings.ts";

export const config = v.pipe(
  v.strictObject({
    /** Globs of files. */
    files: v.optional(fileGlobs("/var/log/syslog")),
    /** Addresses to listen on. */
    listen: v.optional(listenAddresses(514)),
    /** PEM files of the `tls:` listeners. */
    tls: v.optional(listenTls),
    /** Of times that name no zone; default is the host's. */
    timezone: v.optional(timeZone),
    /** Longer messages are cut. */
    maxLineBytes: byteLimit({
      least: 480,
      most: 1_048_576,
      usual: 65_536,
      why: "the length that RFC 5424 demands",
    }),
  }),
  v.check(
    ({ files, listen }) => (files === undefined) !== (listen === undefined),
    'must have exactly one of "files" and "listen"',
  ),
  v.check(
    ({ tls, listen }) => (tls !== undefined) === (listen?.some(isTls) ?? false),
    '"tls" and a listener such as "tls:0.0.0.0:6514" need each other',
  ),
);

export type Config = v.InferOutput<typeof config>;
