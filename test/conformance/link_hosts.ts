/**
 * A hub's link listener and a sender, each in this process, over real sockets.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sender, type SenderEvents } from "../../agent/send/sender.ts";
import type { LinkCertificate } from "../../agent/send/socket.ts";
import { type Authority, openAuthority } from "../../hub/access/authority.ts";
import { type LinkListener, listenLink } from "../../hub/ingest/accept.ts";
import { enrollRoutes } from "../../hub/ingest/enroll.ts";
import { hexOf } from "../../hub/ingest/stream_index.ts";
import type { EnrollTokens } from "../../hub/ingest/tokens.ts";
import { formatToken } from "../../sdk/wire/enroll.ts";
import { FakeSpool, makeAgent, makeContext, makeIngest, type TestIngest } from "./link_fakes.ts";

export const SECRET = "a".repeat(52);

const clock = {
  now: () => performance.now(),
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** A hub's link listener on a free port, with a folder of its own. */
export class Hub implements AsyncDisposable {
  readonly ingest: TestIngest = makeIngest();
  readonly folder = mkdtempSync(join(tmpdir(), "custos-link-"));
  readonly authority: Authority;
  /** How far its clocks are ahead. */
  aheadMs = 0;
  /** Key hash of who used the one token. */
  usedBy: Uint8Array | undefined;
  #listener: LinkListener | undefined;

  constructor() {
    this.authority = openAuthority({
      folder: this.folder,
      names: [],
      now: () => Date.now() + this.aheadMs,
      random: randomBytes,
    });
  }

  async listen(): Promise<this> {
    const tokens: EnrollTokens = {
      create: () => ({ secret: SECRET, expiresAt: 0 }),
      use: ({ secret, keyHash: hash }) => {
        if (secret !== SECRET) return false;
        this.usedBy ??= hash;
        return hexOf(this.usedBy) === hexOf(hash);
      },
    };
    const { ingest, authority } = this;
    const hubKey = ingest.ledger.keys.publicKey;
    const routes = enrollRoutes({ ingest, tokens, hubKey, authority });
    this.#listener = await listenLink({
      host: "127.0.0.1",
      port: 0,
      certificate: authority.server(),
      ca: authority.ca,
      ingest,
      fetch: (request) => routes.fetch(request),
      clock: { ...clock, now: () => clock.now() + this.aheadMs },
    });
    return this;
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  get url(): string {
    return `wss://127.0.0.1:${this.port}`;
  }

  get token(): string {
    return formatToken({ secret: SECRET, fingerprint: this.authority.fingerprint });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener?.[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true });
  }
}

/** A sender over a spool in memory; `until` waits for a state of the world, not for a time. */
export class Host implements AsyncDisposable {
  readonly agent = makeAgent();
  readonly spool = new FakeSpool(this.agent);
  readonly doubts: string[] = [];
  readonly sender: Sender;
  #waiting: (() => void)[] = [];

  /** Shown by connections from now on. */
  certificate: LinkCertificate | undefined;
  /** Codes of connections that have ended. */
  readonly ends: string[] = [];

  constructor(hub: Hub, change: { readonly ca?: string; readonly serverName?: string } = {}) {
    const look = (): void => {
      for (const check of this.#waiting) check();
    };
    const tell = <T>(act: (x: T) => void) => (x: T): void => {
      act(x);
      look();
    };
    const events: SenderEvents = {
      acked: tell((acked) => this.spool.trim(acked)),
      refused: tell((refused) => this.spool.replace(refused)),
      epoch: tell((needed) => this.spool.renew(needed)),
      agreed: look,
      doubt: tell((doubt) => this.doubts.push(doubt.code)),
      ended: tell((code) => this.ends.push(code)),
    };
    this.sender = new Sender({
      hub: {
        urls: [hub.url],
        ca: hub.authority.ca,
        certificate: () => this.certificate,
        ...change,
      },
      context: makeContext(this.agent, this.spool, hub.ingest.ledger),
      events,
      clock: {
        now: clock.now,
        after: (ms, run) => {
          const runAndLook = (): void => {
            run();
            look();
          };
          return clock.after(Math.min(ms, 20), runAndLook);
        },
      },
      random: { bytes: (size) => new Uint8Array(randomBytes(size)), unit: () => 0 },
    });
  }

  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!isSo()) return;
        this.#waiting = this.#waiting.filter((c) => c !== check);
        resolve();
      };
      this.#waiting.push(check);
      check();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sender[Symbol.asyncDispose]();
  }
}
