/**
 * Who is it: hello, challenge, auth. Without input or output.
 *
 * @module
 */
import { authDigest, type Message, type MessageOf } from "../../sdk/wire/link.ts";
import { type CertificateRefusal, judgeCertificate } from "./certificates.ts";
import { type Agent, hexOf, type StreamIndex } from "./stream_index.ts";

/** What a connection has shown so far. */
export type Handshake =
  | { readonly step: "hello" }
  | {
    readonly step: "auth";
    readonly hello: MessageOf<"hello">;
    readonly helloBytes: Uint8Array;
    readonly nonce: Uint8Array;
    /** When the challenge went out, ms since the epoch. */
    readonly askedAt: number;
  };

export type HandshakeResult =
  | {
    readonly kind: "challenge";
    readonly next: Handshake;
    readonly message: MessageOf<"challenge">;
  }
  | {
    readonly kind: "known";
    readonly agent: Agent;
    readonly hello: MessageOf<"hello">;
    /** The log that the agent knows: ours, or one that ours goes on from. */
    readonly logId: Uint8Array;
  }
  /**
   * `protocol`: not the message that is due; `agent`: nobody we know; `auth`: not its signature;
   * `challenge-late`: its answer came too late; `revoked`: it was shut out; `certificate…`: see `certificates.ts`.
   */
  | { readonly kind: "end"; readonly code: HandshakeRefusal };

type HandshakeRefusal =
  | "protocol"
  | "agent"
  | "auth"
  | "challenge-late"
  | "revoked"
  | CertificateRefusal;

/** How long a challenge may be answered, in ms. */
const CHALLENGE_MS = 15_000;

/** What the hub brings to it. */
export interface HandshakeContext {
  readonly index: StreamIndex;
  readonly logId: Uint8Array;
  /** Logs that ours goes on from. */
  readonly formerLogIds: readonly Uint8Array[];
  /** ms since the epoch. */
  readonly now: number;
  /** 32 fresh random bytes. */
  readonly nonce: Uint8Array;
  /** SHA-256 of the certificate that the connection has shown, in hex. */
  readonly shown: string | undefined;
  /** Whether agents must have a certificate that never had one. */
  readonly mustShow: boolean;
}

/** Takes one message; `bytes` is how it arrived. */
export function shake(
  handshake: Handshake,
  received: { readonly message: Message; readonly bytes: Uint8Array },
  context: HandshakeContext,
): HandshakeResult {
  const { message, bytes } = received;
  const { nonce, now, index } = context;
  if (handshake.step === "hello") {
    if (message.type !== "hello") return { kind: "end", code: "protocol" };
    return {
      kind: "challenge",
      next: { step: "auth", hello: message, helloBytes: bytes, nonce, askedAt: now },
      message: { type: "challenge", hello: message.nonce, nonce, time: now },
    };
  }
  if (message.type !== "auth") return { kind: "end", code: "protocol" };
  const { hello, askedAt } = handshake;
  if (now - askedAt > CHALLENGE_MS) return { kind: "end", code: "challenge-late" };
  const agent = index.agents.get(hexOf(hello.agent));
  if (agent === undefined) return { kind: "end", code: "agent" };
  const nonces = { hello: hello.nonce, challenge: handshake.nonce };
  const logId = [context.logId, ...context.formerLogIds].find((id) =>
    agent.verify(authDigest(id, nonces, handshake.helloBytes), message.signature)
  );
  if (logId === undefined) return { kind: "end", code: "auth" };
  // Who is no agent does not learn which ones were shut out.
  if (agent.entry.state !== "active") return { kind: "end", code: "revoked" };
  const refusal = judgeCertificate(agent.entry, hello.certificate, context);
  if (refusal !== undefined) return { kind: "end", code: refusal };
  return { kind: "known", agent, hello, logId };
}
