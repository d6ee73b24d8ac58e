/**
 * Posts over HTTP to addresses that were checked after the name was looked up.
 *
 * The connection is made to the very addresses that were checked, so that a name server cannot
 * give one answer to the check and another to the connection. Redirects are not followed.
 *
 * @module
 */
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { isOpen, refusedTarget } from "./target.ts";

/** One POST. */
export interface PostRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
}

/** What the receiver answered; its body is not read. */
export interface PostReply {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** Sends one POST. Rejects where no answer came. */
export type Post = (request: PostRequest) => Promise<PostReply>;

/** All addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** A target that is not allowed. Tried again all the same: a name may get another address. */
export class TargetError extends Error {
  override readonly name = "TargetError";
  readonly code = "target";
  readonly permanent = false;
}

/** Makes a `Post` over node:http that asks `resolve` for addresses. */
export function httpPost(resolve: Resolve): Post {
  return async (request) => {
    const { url, allowPrivate } = request;
    const why = refusedTarget(url, allowPrivate);
    if (why !== undefined) throw new TargetError(`Cannot post: ${why}`);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const addresses = await resolve(host);
    if (addresses.length === 0) throw new TargetError("Cannot post: the host has no address");
    if (!allowPrivate && !addresses.every(isOpen)) {
      throw new TargetError(
        "Cannot post: the host has an address that is not on the open internet",
      );
    }
    return send(request, addresses);
  };
}

function send(request: PostRequest, addresses: readonly string[]): Promise<PostReply> {
  const { url, headers, body, signal } = request;
  const options: RequestOptions = {
    method: "POST",
    headers: { ...headers, "content-length": Buffer.byteLength(body) },
    lookup: fixed(addresses),
    agent: false,
    signal,
  };
  return new Promise((done, fail) => {
    const start = url.protocol === "https:" ? httpsRequest : httpRequest;
    const sent = start(url, options, (reply) => {
      done({ status: reply.statusCode ?? 0, retryAfter: reply.headers["retry-after"] });
      reply.destroy();
    });
    sent.on("error", fail);
    sent.end(body);
  });
}

function fixed(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  return (_host, options, done) => {
    if (options.all === true) done(null, all);
    else done(null, all[0]!.address, all[0]!.family);
  };
}
