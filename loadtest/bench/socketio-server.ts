/** The peer: a Socket.IO server that repeats what it hears to one room, in its best tuned form. Prints its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';

interface Said {
  readonly roomId: string;
  readonly senderId: string;
  readonly senderName: string;
  readonly type: string;
  readonly content: string;
}

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, httpCompression: false });
let seq = 0;
io.on('connection', (socket) => {
  void socket.join('everybody');
  socket.on('say', (said: Said, acknowledge: (seq: number) => void) => {
    seq += 1;
    const createdAt = new Date().toISOString();
    const view = {
      ...said,
      seq,
      n: seq,
      kind: 'message',
      senderRole: 'buyer',
      clientMessageId: String(seq),
      data: null,
      createdAt,
    };
    io.to('everybody').emit('said', view);
    acknowledge(seq);
  });
});
http.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () => {
  process.stdout.write(`${String((http.address() as AddressInfo).port)}\n`);
});
process.on('SIGTERM', () => process.exit(0));
