/**
 * One of each link message: the corpus of what speaks the link.
 *
 * @module
 */
import type { Message } from "../../../sdk/wire/link.ts";
import { schemaHash, schemaJson } from "../../../sdk/table.ts";
import { streamIdOf } from "../../../sdk/wire/link.ts";
import { SCHEMA } from "../../conformance/link_fakes.ts";

const bytes = (size: number): Uint8Array => new Uint8Array(size).fill(3);
const head = { stream: streamIdOf("a"), epoch: 1, next: 2, tail: bytes(32) };

export const MESSAGES: readonly Message[] = [
  {
    type: "hello",
    version: 1,
    agent: bytes(16),
    nonce: bytes(32),
    boot: bytes(16),
    release: "0.1.0",
    host: "web-1",
    os: "linux",
    heads: [head],
  },
  { type: "challenge", hello: bytes(32), nonce: bytes(32), time: 1_700_000_000_000 },
  { type: "auth", signature: bytes(64) },
  {
    type: "welcome",
    hello: bytes(32),
    streams: [head],
    credit: 1000,
    limits: { frameBytes: 1000, bytesPerSecond: 1000 },
    checkpoint: "custos/0303030303030303\n1\nAAAA\n\n",
  },
  { type: "schema", hash: schemaHash(SCHEMA), json: schemaJson(SCHEMA) },
  {
    type: "epoch",
    stream: head.stream,
    name: "a",
    plugin: "test",
    epoch: 1,
    reason: "first start",
  },
  { type: "epochok", stream: head.stream, epoch: 1, credit: 1000 },
  {
    type: "ack",
    streams: [{ stream: head.stream, epoch: 1, seq: 1 }],
    checkpoint: "custos/0303030303030303\n1\nAAAA\n\n",
    credit: 2000,
  },
  {
    type: "nack",
    stream: head.stream,
    epoch: 1,
    seq: 2,
    hash: bytes(32),
    code: "seq",
    expect: 2,
    retryMs: 0,
    permanent: false,
  },
  { type: "head", streams: [head] },
  { type: "prove", from: 1, to: 2 },
  { type: "proof", from: 1, to: 2, hashes: [bytes(32)] },
  { type: "time", id: 1 },
  { type: "timeok", id: 1, time: 1_700_000_000_000 },
  { type: "bye", code: "done", retryMs: 0 },
];
