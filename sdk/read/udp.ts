/**
 * Hears datagrams, in batches, through a bounded ring.
 *
 * @module
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { parseBind, peerAddress } from "./bind.ts";
import type { Listener, ListenOptions, StreamMessage } from "./io.ts";
import { Ring } from "./ring.ts";

const DEFAULT_MESSAGE_BYTES = 64 * 1024;
const DEFAULT_RING_BYTES = 8 * 1024 * 1024;
const KERNEL_BUFFER_BYTES = 4 * 1024 * 1024;

/** Binds `bind` and hears until `signal` aborts or its reader leaves. */
export async function listenUdp(
  bind: string,
  options: ListenOptions,
  signal: AbortSignal,
): Promise<Listener<StreamMessage>> {
  const { address, port } = parseBind(bind);
  const most = options.maxMessageBytes ?? DEFAULT_MESSAGE_BYTES;
  const ring = new Ring<StreamMessage>(options.ringBytes ?? DEFAULT_RING_BYTES);
  const socket = createSocket({ type: address.includes(":") ? "udp6" : "udp4" });
  socket.on("message", (bytes, { address: from, port: fromPort }) => {
    if (bytes.length === 0) return;
    const message = cutTo(most, { bytes, from: peerAddress(from) });
    const answer = ring.hasRoomFor(message) ? options.answer?.(message) : undefined;
    if (answer?.keep !== false) ring.offer(message);
    // What cannot be sent is asked for again.
    if (answer?.reply !== undefined) {
      socket.send(answer.reply, answer.port ?? fromPort, from, () => {});
    }
  });
  const listening = once(socket, "listening");
  socket.bind(port, address);
  await listening;
  growKernelBuffer(socket);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) socket.close();
    isOpen = false;
    ring.close();
  };
  socket.on("error", close);
  if (signal.aborted) close();
  signal.addEventListener("abort", close, { once: true });
  return {
    port: isOpen ? socket.address().port : port,
    async *[Symbol.asyncIterator]() {
      try {
        yield* ring.take();
      } finally {
        signal.removeEventListener("abort", close);
        close();
      }
    },
  };
}

function cutTo(most: number, { bytes, from }: StreamMessage): StreamMessage {
  if (bytes.length <= most) return { bytes, from };
  return { bytes: bytes.subarray(0, most), from, cut: { messageBytes: bytes.length } };
}

/** A burst must find room in the kernel while the agent writes to its disk. */
function growKernelBuffer(socket: ReturnType<typeof createSocket>): void {
  try {
    socket.setRecvBufferSize(KERNEL_BUFFER_BYTES);
  } catch {
    // Not every runtime can set it; the system's default serves then.
  }
}
