/**
 * Fuzz targets: text that people write and paste: configs, rules, enrolment tokens, checkpoints.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, loadConfig } from "../../../agent/config/load.ts";
import { HubConfigError, loadHubConfig } from "../../../hub/config.ts";
import { readRuleFile } from "../../../hub/detect/rule_file.ts";
import { readSigmaRules } from "../../../hub/detect/sigma/read/read_all.ts";
import { builtinPlugins } from "../../../plugins/builtin.ts";
import { CheckpointError, parseCheckpoint, signCheckpoint } from "../../../sdk/proof/checkpoint.ts";
import { cosignatureLine, cosignedAt } from "../../../sdk/proof/cosignature.ts";
import { generateKeys, signer, verifier } from "../../../sdk/proof/sign.ts";
import { nativeProvider } from "../../../sdk/proof/native_provider.ts";
import { formatTlogProof, parseTlogProof } from "../../../sdk/proof/tlog_proof.ts";
import { verifyProof } from "../../../sdk/proof/verify_proof.ts";
import { formatAddCheckpoint, parseAddCheckpoint } from "../../../sdk/proof/witness_request.ts";
import { formatToken, parseToken, TokenError } from "../../../sdk/wire/enroll.ts";
import { type Target, verdictOf } from "../target.ts";

const PLUGINS = join(import.meta.dirname, "../../../plugins");
/** Of each plugin. */
const SAMPLES = readdirSync(PLUGINS).map((name) => join(PLUGINS, name, "sample.yaml"))
  .filter((path) => existsSync(path)).toSorted().map((path) => readFileSync(path, "utf8"));
const AGENT_CONFIG = `version: 1
agent: { data_dir: /var/lib/custos, host: web-1 }
hub: { url: "wss://hub.example.org:4311" }
scrub: { columns: { Syslog.SyslogMessage: drop } }
batch: { rows: 100, bytes: 1MiB, flush: 200ms, level: 3 }
spool: { max_bytes: 2GiB, free_space_floor: 256MiB }
sources:
  syslog: { config: { files: [/var/log/syslog] } }
`;
const HUB_CONFIG = `page: "127.0.0.1:4310"
link: { listen: "0.0.0.0:4311", names: [hub.example.org] }
notify:
  webhooks:
    - { name: pager, url: "https://pager.example.org/x", secret_file: s, on: [opened] }
`;
const RULES = `- id: guessing
  title: Many refused logins
  severity: high
  detector: threshold
  table: W3CIISLog
  where: [{ column: scStatus, op: eq, value: 401 }]
  entity: [cIP]
  count: 10
  within: 60s
- { id: silent, title: Silent, severity: low, detector: absence, for: 5m }
`;

const SIGMA_RULE = `title: Discovery by a script
id: 3f2a
name: discovery
status: test
logsource: { product: windows, category: process_creation }
detection:
  selection_img: &img
    Image|endswith: ['\\whoami.exe', "*\\\\net?.exe"]
    CommandLine|windash|contains|all: [' -all', 4688]
  selection_b64: { CommandLine|wide|base64offset|contains: ascii, F|expand: "%A%x" }
  filter_a: [{ User: null, Id|gte: 3 }, { Ip|cidr: 10.0.0.0/8, F|re|i: "a+b" }, keyword]
  filter_b: *img
  condition: 1 of selection_* and not (filter_a or 2 of *_b)
level: high
tags: [attack.t1033]
`;
const SIGMA = [
  SIGMA_RULE,
  `action: global\ntitle: T\n---\naction: repeat\n---\n${SIGMA_RULE}`,
  `${SIGMA_RULE}---
title: Many of them
correlation:
  type: value_percentile
  rules: [discovery]
  group-by: [User]
  timespan: 5m
  aliases: { User: { discovery: SubjectUserName } }
  condition: { field: Image, percentile: 95, gte: 3 }
---
title: Not by admins
logsource: { product: windows }
filter: { rules: any, selection: { User|startswith: adm_ }, condition: not selection }
`,
];

const keys = generateKeys((size) => new Uint8Array(size).fill(4));
const HEAD = { origin: "custos/0404040404040404", size: 7, root: new Uint8Array(32).fill(4) };
const CHECKPOINT = signCheckpoint(HEAD, keys.publicKey, signer(keys.privateKey)).note;
const WITNESS = {
  key: { name: "witness.example/w1", publicKey: keys.publicKey },
  sign: signer(keys.privateKey),
};
const PROOF = formatTlogProof({
  extra: HEAD.root,
  index: 5,
  hashes: [HEAD.root],
  checkpoint: CHECKPOINT,
});
const TOKEN = formatToken({ secret: "a".repeat(52), fingerprint: "0".repeat(64) });

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const TEXT_TARGETS: readonly Target[] = [
  {
    name: "agent-config",
    corpus: [AGENT_CONFIG, ...SAMPLES].map((text) => encoder.encode(text)),
    take: (bytes) =>
      verdictOf(() => loadConfig("custos.yaml", decoder.decode(bytes), builtinPlugins), [
        ConfigError,
      ]),
  },
  {
    name: "hub-config",
    corpus: [encoder.encode(HUB_CONFIG)],
    take: (bytes) =>
      verdictOf(() => loadHubConfig("hub.yaml", decoder.decode(bytes)), [HubConfigError]),
  },
  {
    name: "rules",
    corpus: [encoder.encode(RULES)],
    take: (bytes) => readRuleFile("r.yaml", decoder.decode(bytes)).problems[0]?.code ?? "accepted",
  },
  {
    name: "token",
    corpus: [encoder.encode(TOKEN)],
    take: (bytes) => verdictOf(() => parseToken(decoder.decode(bytes)), [TokenError]),
  },
  {
    name: "checkpoint",
    corpus: [encoder.encode(CHECKPOINT)],
    take: (bytes) => verdictOf(() => parseCheckpoint(decoder.decode(bytes)), [CheckpointError]),
  },
  {
    name: "cosignature",
    corpus: [encoder.encode(CHECKPOINT + cosignatureLine(CHECKPOINT, WITNESS, 1_790_000_000))],
    take: (bytes) =>
      verdictOf(() => cosignedAt(decoder.decode(bytes), WITNESS.key, verifier(keys.publicKey)), [
        CheckpointError,
      ]),
  },
  {
    name: "witness-request",
    corpus: [
      encoder.encode(formatAddCheckpoint({ oldSize: 5, hashes: [HEAD.root], note: CHECKPOINT })),
    ],
    take: (bytes) => verdictOf(() => parseAddCheckpoint(decoder.decode(bytes)), [CheckpointError]),
  },
  {
    name: "sigma",
    corpus: SIGMA.map((text) => encoder.encode(text)),
    take: (bytes) => {
      const source = { file: "a.yml", text: decoder.decode(bytes) };
      const { problems } = readSigmaRules([source], new Map([["A", ["a*"]]]));
      for (const { message } of problems) {
        if (message.length > 4096) throw new TypeError(`A message of ${message.length} characters`);
      }
      return problems[0]?.code ?? "accepted";
    },
  },
  {
    name: "tlog-proof",
    corpus: [encoder.encode(PROOF)],
    take: (bytes) => verdictOf(() => parseTlogProof(decoder.decode(bytes)), [CheckpointError]),
  },
  {
    name: "proof-verifier",
    corpus: [encoder.encode(PROOF), encoder.encode(PROOF.replace("index 5", "index 0"))],
    take: (bytes) => {
      const trust = { hubs: [keys.publicKey], witnesses: [], agents: [] };
      const provider = nativeProvider;
      const { broken } = verifyProof(decoder.decode(bytes), HEAD.root, { provider, trust });
      return broken?.code ?? "accepted";
    },
  },
];
