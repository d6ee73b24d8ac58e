/**
 * Peers with addresses of their own that say the same again and again: the first may come too early.
 *
 * @module
 */
import { createSocket } from "node:dgram";
import { request } from "node:http";
import type { Datagram, Push } from "./canaries/planted.ts";

const EVERY_MS = 100;

/** Sends over UDP until it is disposed. */
export function keepSending(datagrams: readonly Datagram[]): Disposable {
  const peers = datagrams.map(({ from, port, bytes }) => {
    const socket = createSocket("udp4");
    socket.bind({ address: from });
    const timer = setInterval(() => socket.send(bytes, port, "127.0.0.1"), EVERY_MS);
    return { socket, timer };
  });
  return {
    [Symbol.dispose]() {
      for (const { socket, timer } of peers) {
        clearInterval(timer);
        socket.close();
      }
    },
  };
}

/** Sends over HTTP until it is disposed. */
export function keepPushing(pushes: readonly Push[]): Disposable {
  const timers = pushes.map(({ from, port, path, body }) =>
    setInterval(() => {
      const headers = { "content-type": "application/json" };
      const to = { host: "127.0.0.1", port, path, method: "POST", headers, localAddress: from };
      // Nobody listens yet, or any more.
      request(to, (response) => void response.resume()).on("error", () => {}).end(body);
    }, EVERY_MS)
  );
  return {
    [Symbol.dispose]() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
