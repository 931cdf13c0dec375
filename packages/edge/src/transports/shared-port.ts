/**
 * One port for WebSockets and HTTP. Each new connection is looked at first: one that begins with the plain head of
 * an upgrade never meets the HTTP server, for whom it would cost more than all of ours. Everything else is the HTTP
 * server's as if nobody had looked, with its own limits and time-outs; an upgrade that it finds comes back here.
 *
 * Invariants
 * 1. A connection is looked at for UPGRADE_LOOK_MS and in UPGRADE_HEAD_MAX_PIECES pieces at most; then it is HTTP's.
 * 2. Every byte is given to one side, once: the HTTP server gets a connection with all that was read of it.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { UPGRADE_HEAD_MAX_PIECES, UPGRADE_LOOK_MS } from '@munova/contracts';
import type { Timers } from '@munova/contracts';
import type { UpgradeRequest } from '../adapters/upgrade-guard.js';
import { lookForUpgrade } from './upgrade-head.js';

const NOTHING = Buffer.alloc(0);

/** @param head what came behind the request */
export type AcceptUpgrade = (request: UpgradeRequest, socket: Socket, head: Buffer) => void;

/** To be called once, before `server` listens. */
export const sharePort = (server: Server, accept: AcceptUpgrade, timers: Timers): void => {
  const served = server.listeners('connection');
  const serve = (socket: Socket): void => {
    for (const listener of served) listener.call(server, socket);
  };
  server.removeAllListeners('connection').on('connection', (socket) => {
    lookAt(socket, { server, serve, accept, timers });
  });
  server.on('upgrade', (request, _socket, head) => accept(request, request.socket, head));
};

interface Sides {
  readonly server: Server;
  /** The HTTP server's. */
  readonly serve: (socket: Socket) => void;
  readonly accept: AcceptUpgrade;
  readonly timers: Timers;
}

const lookAt = (socket: Socket, { server, serve, accept, timers }: Sides): void => {
  let read: Buffer = NOTHING;
  let pieces = 0;
  const leave = (): void => {
    timer.cancel();
    // Paused, so that nothing is lost until whoever gets it begins to read.
    socket.pause();
    socket.off('data', onData).off('end', onEnd).off('error', onError);
  };
  const handOver = (): void => {
    leave();
    if (socket.destroyed) return;
    if (read.length > 0) socket.unshift(read);
    serve(socket);
    socket.resume();
  };
  const onData = (chunk: Buffer): void => {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
    const look = lookForUpgrade(read);
    if (look === 'other' || (look === 'incomplete' && ++pieces === UPGRADE_HEAD_MAX_PIECES)) handOver();
    if (typeof look === 'string') return;
    leave();
    accept(look, socket, read.subarray(look.length));
  };
  const onEnd = (): void => {
    leave();
    if (read.length === 0) socket.end();
    else if (!server.emit('clientError', new Error('The request did not end.'), socket)) socket.destroy();
  };
  const onError = (): void => {
    leave();
    socket.destroy();
  };
  const timer = timers.after(UPGRADE_LOOK_MS, handOver);
  socket.on('data', onData).on('end', onEnd).on('error', onError);
};
