/**
 * `store.cold` of the hub's config.
 *
 * @module
 */
import { isAbsolute, resolve } from "node:path";
import * as v from "valibot";

const MIB = 1024 * 1024;
const UNITS = { KiB: 1024, MiB: MIB, GiB: 1024 * MIB, TiB: 1024 * 1024 * MIB } as const;

const Size = v.pipe(
  v.string(),
  v.check((text) => bytesOf(text) !== undefined, 'must be a size such as "8GiB"'),
  v.transform((text) => bytesOf(text)!),
);

const Shared = {
  /** Bytes of files from the target that are kept on the hub's disk. */
  cache: v.optional(Size, "8GiB"),
  /** What one query may fetch. */
  query: v.optional(Size, "4GiB"),
  /** True: files are fetched from the target for good, and new ones stay on the hub's disk. */
  bring_back: v.optional(v.boolean(), false),
};

const Folder = v.strictObject({
  kind: v.literal("folder"),
  /** Default: the store's own folder, where nothing has to move. */
  path: v.optional(v.string()),
  ...Shared,
});

const Credentials = v.variant("from", [
  v.strictObject({ from: v.literal("env") }),
  v.strictObject({
    from: v.literal("file"),
    /** As AWS's tools keep one: `[profile]`, `aws_access_key_id`, `aws_secret_access_key`. */
    file: v.string(),
    profile: v.optional(v.string(), "default"),
  }),
]);

const S3 = v.pipe(
  v.strictObject({
    kind: v.literal("s3"),
    /** Default: that of AWS for the region. */
    endpoint: v.optional(v.pipe(
      v.string(),
      // Without what stands there: it may be a password.
      v.rawCheck(({ dataset, addIssue }) => {
        if (dataset.typed && hasPassword(dataset.value)) {
          addIssue({ received: "a URL with a name or password", message: "must be without" });
        }
      }),
      v.check(isEndpoint, 'must be a URL such as "https://s3.example:9000"'),
    )),
    bucket: v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/, 'must be a bucket\'s name such as "audit-cold"'),
    ),
    prefix: v.optional(
      v.pipe(
        v.string(),
        v.regex(
          /^(?:[A-Za-z0-9][A-Za-z0-9._=-]{0,63}\/){0,8}$/,
          'must be empty or end with a slash, such as "custos/"',
        ),
      ),
      "",
    ),
    region: v.optional(
      v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,32}$/, 'must be a region such as "eu-central-1"')),
      "us-east-1",
    ),
    /** Default: true where there is an endpoint. */
    path_style: v.optional(v.boolean()),
    /** PEM of the authorities of the endpoint's certificate; default those of the system. */
    ca_file: v.optional(v.string()),
    /** Lets an endpoint be http:// that is not on this machine. */
    allow_http: v.optional(v.boolean(), false),
    credentials: v.optional(Credentials, { from: "env" }),
    ...Shared,
  }),
  v.forward(
    v.check(
      ({ endpoint, allow_http }) =>
        allow_http || endpoint === undefined || hasPassword(endpoint) || isSafe(endpoint),
      "must be https://, or of this machine; allow_http: true lets it be plain",
    ),
    ["endpoint"],
  ),
);

export const Cold = v.variant("kind", [Folder, S3]);

/** Where cold files are, and what may be kept of them on the hub's disk. */
export type ColdConfig = v.InferOutput<typeof Cold>;

/** With the paths in it relative to `folder`. */
export function coldPaths(config: ColdConfig, folder: string): ColdConfig {
  const at = (path: string): string => isAbsolute(path) ? path : resolve(folder, path);
  if (config.kind === "folder") {
    return { ...config, ...(config.path !== undefined && { path: at(config.path) }) };
  }
  const { credentials, ca_file } = config;
  return {
    ...config,
    ...(ca_file !== undefined && { ca_file: at(ca_file) }),
    ...(credentials.from === "file" && {
      credentials: { ...credentials, file: at(credentials.file) },
    }),
  };
}

function bytesOf(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,6})\s?(KiB|MiB|GiB|TiB)$/.exec(text) ?? [];
  if (unit !== "KiB" && unit !== "MiB" && unit !== "GiB" && unit !== "TiB") return undefined;
  return Number(number) * UNITS[unit];
}

function isEndpoint(text: string): boolean {
  // It is told by the check before.
  if (hasPassword(text)) return true;
  const url = URL.parse(text);
  return (url?.protocol === "https:" || url?.protocol === "http:") && url.search === "";
}

function hasPassword(text: string): boolean {
  return text.includes("@");
}

function isSafe(endpoint: string): boolean {
  const { protocol, hostname } = URL.parse(endpoint) ?? { protocol: "https:", hostname: "" };
  return protocol === "https:" || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
