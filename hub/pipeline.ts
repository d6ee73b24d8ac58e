/**
 * One frame's way through the hub, stage by stage:
 *
 * 1. accept  (`ingest/accept.ts`) TLS, who connects
 * 2. admit   (`ingest/admit.ts`)  chain, signature, quota
 * 3. record  (`ledger/`)          durable and in the Merkle tree; then it is acknowledged
 * 4. fan out (`fanout/`)          each follower at its own pace, from its own offset
 * 5. detect  (`detect/`)          rules look at columns
 *    store   (`store/`)           hot files, then Parquet: what queries read
 *    live    (`live/`)            rates and samples for who watches, totals of each source
 * 6. alert   (`alert/`)           findings become alerts, webhooks are told
 *
 * @module
 */
import { join } from "node:path";
import { ADDRESS_CATEGORIES } from "../sdk/scrub/address.ts";
import type { Authority } from "./access/authority.ts";
import { type Alerts, openAlerts } from "./alert/alerts.ts";
import { httpPost } from "./alert/http_post.ts";
import { type Notifier, openNotifier } from "./alert/notifier.ts";
import type { Webhook } from "./alert/webhook.ts";
import type { Address } from "./api/serve.ts";
import { limitsFor } from "./back_pressure.ts";
import type { Control } from "./control.ts";
import { type Detect, openDetect } from "./detect/detect.ts";
import type { Rule } from "./detect/rule.ts";
import { every, type HubEnv, sleep } from "./env.ts";
import { fanOut } from "./fanout/fanout.ts";
import type { Follower } from "./fanout/follower.ts";
import { listenLink, type LinkListener } from "./ingest/accept.ts";
import { enrollRoutes } from "./ingest/enroll.ts";
import type { Ingest } from "./ingest/ingest.ts";
import { loadIndex } from "./ingest/load_index.ts";
import type { StreamIndex } from "./ingest/stream_index.ts";
import type { EnrollTokens } from "./ingest/tokens.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { createLive, type Live } from "./live/live.ts";
import { openSources, type Sources } from "./live/sources.ts";
import type { RecordNote } from "./notes.ts";
import { openQuery, type Query } from "./query/query.ts";
import { compactOnce } from "./store/compact.ts";
import { openEngine } from "./store/engine.ts";
import { openManifest } from "./store/manifest.ts";
import { openStore, type Store } from "./store/store.ts";

/** What the stages are built on. */
export interface PipelineOptions {
  readonly env: HubEnv;
  /** The hub's data folder. */
  readonly folder: string;
  readonly control: Control;
  readonly ledger: Ledger;
  readonly authority: Authority;
  readonly tokens: EnrollTokens;
  /** The key of the hub's checkpoints, 32 bytes. */
  readonly hubKey: Uint8Array;
  readonly rules: readonly Rule[];
  readonly webhooks: readonly Webhook[];
  /** Where agents come. */
  readonly link: Address;
  readonly recordNote: RecordNote;
  /** The stages cannot go on: the process must stop, and recover at its next start. */
  readonly onFatal: (error: unknown) => void;
}
