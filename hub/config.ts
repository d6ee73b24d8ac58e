/**
 * The hub's config: `hub.yaml`, every setting optional; a mistake is told with file, line and column.
 *
 * @module
 */
import { dirname, isAbsolute, resolve } from "node:path";
import * as v from "valibot";
import { isKeyIssue, issuePath, issueText, mistakesText, pathText } from "../sdk/config_issue.ts";
import { NOTE_TYPE, parseVerifierKey } from "../sdk/proof/checkpoint.ts";
import { parseYaml, type Yaml, YamlError } from "../sdk/yaml.ts";
import { type Address, isLoopback } from "./api/serve.ts";
import { RetentionSection } from "./retention/policy.ts";
import { Cold, coldPaths } from "./store/target/cold_config.ts";

const AddressText = v.pipe(
  v.string(),
  v.check(
    (text) => parseAddress(text) !== undefined,
    'must be an address such as "127.0.0.1:4310"',
  ),
  v.transform((text) => parseAddress(text)!),
);

const Loopback = v.pipe(
  AddressText,
  v.check(({ host }) => isLoopback(host), 'must be a loopback address such as "127.0.0.1:4310"'),
);

const Webhook = v.strictObject({
  /** Names it for ever: messages that wait are kept under it. */
  name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_-]{0,31}$/, "must be a word in lower case")),
  url: v.string(),
  /** Holds `whsec_` and the secret in base64. */
  secret_file: v.string(),
  on: v.optional(v.array(v.picklist(["opened", "added", "changed"]))),
  at_least: v.optional(v.picklist(["informational", "low", "medium", "high", "critical"])),
  allow_private: v.optional(v.boolean(), false),
});

const Witness = v.strictObject({
  /** The submission prefix of C2SP tlog-witness. */
  url: v.pipe(v.string(), v.check(isHttp, 'must be a URL such as "https://witness.example/"')),
  /** Its verifier key: name, id and key. */
  key: v.pipe(
    v.string(),
    v.check(
      (text) => parseVerifierKey(text, NOTE_TYPE.cosignature) !== undefined,
      'must be the verifier key that the witness tells, "NAME+ID+KEY"',
    ),
    v.transform((text) => parseVerifierKey(text, NOTE_TYPE.cosignature)!),
  ),
});

const Schema = v.strictObject({
  /** Where people and API callers come. */
  page: v.optional(Loopback, "127.0.0.1:4310"),
  link: v.optional(
    v.strictObject({
      /** Where agents come. */
      listen: v.optional(AddressText, "127.0.0.1:4311"),
      /** Names and addresses by which agents know this hub, besides localhost. */
      names: v.optional(v.array(v.string()), []),
      /** Refuses agents of 0.1.0, which have no certificate. Those that had one must always show it. */
      require_certificate: v.optional(v.boolean()),
      /** How far an agent's clock may be from the hub's, in ms; beyond it is an alert. */
      clock_limit_ms: v.optional(
        v.pipe(v.number(), v.integer(), v.minValue(10), v.maxValue(86_400_000)),
      ),
    }),
    {},
  ),
  /** Folder of rule files; default `rules` in the data folder. */
  rules: v.optional(v.string()),
  /** Who cosigns this hub's checkpoints. */
  witnesses: v.optional(v.pipe(v.array(Witness), v.maxLength(16)), []),
  store: v.optional(
    v.strictObject({
      /** Where cold files are kept. */
      cold: v.optional(Cold, { kind: "folder" }),
    }),
    {},
  ),
  /** How long events are kept. */
  retention: v.optional(RetentionSection, {}),
  notify: v.optional(v.strictObject({ webhooks: v.optional(v.array(Webhook), []) }), {}),
});

/** What a hub runs with. */
export type HubConfig = v.InferOutput<typeof Schema>;

/** A config that cannot be used; one line a mistake. */
export class HubConfigError extends Error {
  override readonly name = "HubConfigError";
  readonly code = "config";
}

/** The config of an empty file. */
export const DEFAULT_CONFIG: HubConfig = v.parse(Schema, {});

/** Reads `HOST:PORT`; an IPv6 address stands in brackets. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}

/**
 * Reads the text of `file`. File names in it are relative to its own folder.
 *
 * @throws {HubConfigError} With every mistake.
 */
export function loadHubConfig(file: string, text: string): HubConfig {
  const yaml = parsed(file, text);
  const result = v.safeParse(Schema, yaml.value ?? {});
  if (result.success) return withPaths(result.output, dirname(resolve(file)));
  const lines = result.issues.map((issue) => mistakeOf(file, yaml, issue));
  throw new HubConfigError(mistakesText(file, lines));
}

function isHttp(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === "https:" || url?.protocol === "http:";
}

function parsed(file: string, text: string): Yaml {
  try {
    return parseYaml(text);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    const { line, column } = cause.place;
    const message = `Cannot read config ${file}:${line}:${column}: it is no YAML: ${cause.message}`;
    throw new HubConfigError(message, { cause });
  }
}

function mistakeOf(file: string, yaml: Yaml, issue: v.BaseIssue<unknown>): string {
  const path = issuePath(issue);
  const { line, column } = isKeyIssue(issue) ? yaml.keyAt(path) : yaml.valueAt(path);
  const where = path.length === 0 ? "it" : pathText(path);
  return `Cannot read config ${file}:${line}:${column}: ${where} ${issueText(issue)}`;
}

function withPaths(config: HubConfig, folder: string): HubConfig {
  const at = (path: string): string => isAbsolute(path) ? path : resolve(folder, path);
  const { rules, notify, store } = config;
  const webhooks = notify.webhooks.map((hook) => ({ ...hook, secret_file: at(hook.secret_file) }));
  return {
    ...config,
    store: { ...store, cold: coldPaths(store.cold, folder) },
    notify: { webhooks },
    ...(rules !== undefined && { rules: at(rules) }),
  };
}
