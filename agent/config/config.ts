/**
 * The agent's config: what it is called, where its hub is, what it reads.
 *
 * @module
 */
import * as v from "valibot";
import { TREATMENTS } from "../../sdk/scrub/policy.ts";
import { bytes, duration } from "./units.ts";

const name = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case letters, digits and "_", such as "web_logs"'),
);

const link = v.pipe(
  v.string(),
  v.check((url) => isLink(url), 'must be an address such as "wss://hub.example.org:4311"'),
);

const source = v.strictObject({
  /** Default: the source's own name. */
  plugin: v.optional(name),
  /** Default: that of the plugin's tables. */
  priority: v.optional(v.picklist(["audit", "normal", "bulk"])),
  /** Rows get a tree of their own in each frame, by which one can be proved alone. */
  row_proofs: v.optional(v.boolean(), false),
  /** Checked by the plugin. */
  config: v.optional(v.record(v.string(), v.unknown()), {}),
});

/** The shape of `custos.yaml`. */
export const configSchema = v.strictObject({
  version: v.literal(1, "must be 1"),
  agent: v.strictObject({
    /** Keys and spool. */
    data_dir: v.pipe(v.string(), v.minLength(1)),
    /** How long one key signs frames before the next takes its place. */
    key_life: v.optional(duration({ leastMs: 1000, mostMs: 24 * 3_600_000 }), "10min"),
    /** Default: the host's name. */
    host: v.optional(v.pipe(v.string(), v.minLength(1))),
  }),
  hub: v.optional(v.pipe(
    v.strictObject({
      /** Default: the address that the agent has enrolled with. The hub's authority is pinned there. */
      url: v.optional(link),
      /** Several of the same hub in the place of one, such as its old and its new one. */
      urls: v.optional(v.pipe(v.array(link), v.minLength(1), v.maxLength(8))),
    }),
    v.check(
      ({ url, urls }) => (url === undefined) !== (urls === undefined),
      'must have "url" or "urls", one of them',
    ),
  )),
  scrub: v.optional(
    v.pipe(
      v.strictObject({
        /** 32 bytes in hex; default `token.key` in the data folder, made at the first start. */
        key_file: v.optional(v.pipe(v.string(), v.minLength(1))),
        /** The tenant's key holder, as `custos keys show` prints it, in the place of `key_file`. */
        holder: v.optional(
          v.pipe(
            v.string(),
            v.regex(/^[0-9a-f]{64}$/, "must be 64 hex digits: see custos keys show"),
          ),
        ),
        /** False: what tokens stand for does not travel, even where the holder has a reveal key. */
        reveal: v.optional(v.boolean(), true),
        /** Names of machines' accounts, `HOST$`, stay readable with "keep". */
        machine_accounts: v.optional(
          v.picklist(["keep", "token"], 'must be "keep" or "token"'),
          "token",
        ),
        /** Stricter treatments by `Table.Column`. */
        columns: v.optional(v.record(v.string(), v.picklist(TREATMENTS)), {}),
      }),
      v.check(
        ({ holder, key_file }) => holder === undefined || key_file === undefined,
        'must have "holder" or "key_file", not both',
      ),
    ),
    {},
  ),
  batch: v.optional(
    v.strictObject({
      rows: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_536)), 32_768),
      bytes: v.optional(bytes({ least: 4096, most: 16 * 1024 * 1024 }), "4MiB"),
      flush: v.optional(duration({ leastMs: 1, mostMs: 60_000 }), "200ms"),
      level: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(19)), 3),
    }),
    {},
  ),
  spool: v.optional(
    v.strictObject({
      max_bytes: v.optional(bytes({ least: 8 * 1024 * 1024, most: 2 ** 50 }), "2GiB"),
      /** Below so much free space on the disk, the spool counts as full. */
      free_space_floor: v.optional(bytes({ least: 0, most: 2 ** 50 }), "256MiB"),
    }),
    {},
  ),
  sources: v.pipe(
    v.record(name, source),
    v.check((sources) => Object.keys(sources).length > 0, "must name at least one source"),
  ),
});

function isLink(url: string): boolean {
  return url.startsWith("wss://") && URL.canParse(url);
}

/** A checked config; durations in ms, sizes in bytes. */
export type Config = v.InferOutput<typeof configSchema>;

/** The hub's addresses in the order in which they are tried; none: that of enrolment. */
export function hubUrls({ hub }: Pick<Config, "hub">): readonly string[] {
  return hub?.urls ?? (hub?.url === undefined ? [] : [hub.url]);
}
